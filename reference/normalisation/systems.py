"""The systems of this family, in sizes for tests."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.normalisation.batch_norm import BatchNorm, BatchNormConfig
from reference.registry import System


def _images(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 3, 4, 2, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 4, generator=generator),)


SYSTEMS = (
    System(
        "batch_norm",
        "normalisation",
        "S4",
        lambda _: BatchNorm(BatchNormConfig(3)),
        _images,
        2 * 3,
        random_start=False,
        wrong=_wrong,
    ),
)
