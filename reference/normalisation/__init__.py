"""Batch normalisation and local response normalisation."""

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
from reference.normalisation.local_response import (
    LocalResponseNorm,
    LocalResponseNormConfig,
    local_response_norm,
)
from reference.normalisation.whitening import Whitening, fit_whitening

__all__ = [
    "BatchNorm",
    "BatchNormCache",
    "BatchNormConfig",
    "BatchNormGradients",
    "LocalResponseNorm",
    "LocalResponseNormConfig",
    "Whitening",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_inference",
    "fit_whitening",
    "local_response_norm",
    "update_running",
]
