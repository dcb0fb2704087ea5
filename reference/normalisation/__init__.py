"""Batch normalisation."""

from reference.normalisation.batch_norm import (
    BatchNorm,
    BatchNormCache,
    BatchNormConfig,
    BatchNormGradients,
    batch_norm,
    batch_norm_backward,
    batch_norm_inference,
    update_running,
)

__all__ = [
    "BatchNorm",
    "BatchNormCache",
    "BatchNormConfig",
    "BatchNormGradients",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_inference",
    "update_running",
]
