"""The systems of this family, in sizes for tests."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.losses.cross_entropy import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
)
from reference.losses.divergence import gaussian_kl, kl_divergence
from reference.losses.reduction import Reduction
from reference.losses.regression import squared_error
from reference.registry import System


def _two(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return tuple(torch.randn(2, batch, 3, generator=generator))


def _probabilities(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return tuple(torch.rand(2, batch, 3, generator=generator) * 0.8 + 0.1)


def _distributions(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return tuple(torch.randn(2, batch, 3, generator=generator).softmax(dim=-1))


def _classes(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    logits = torch.randn(batch, 4, generator=generator)
    return logits, torch.randint(4, (batch,), generator=generator)


def _uneven(generator: Generator) -> tuple[Tensor, ...]:
    return torch.rand(2, 3, generator=generator), torch.rand(2, 4, generator=generator)


def _uneven_classes(generator: Generator) -> tuple[Tensor, ...]:
    return torch.rand(2, 3, generator=generator), torch.zeros(5, dtype=torch.int64)


def _loss(function: Callable[[Tensor, Tensor, Reduction], Tensor]) -> Callable[[object], AsModule]:
    return lambda _: AsModule(lambda a, b: function(a, b, "none"))


SYSTEMS = (
    System(
        "squared_error",
        "losses",
        "S4",
        _loss(squared_error),
        _two,
        None,
        wrong=_uneven,
    ),
    System(
        "binary_cross_entropy",
        "losses",
        "S0, S4",
        _loss(binary_cross_entropy),
        _probabilities,
        None,
        wrong=_uneven,
    ),
    System(
        "binary_cross_entropy_with_logits",
        "losses",
        "S0, S4",
        _loss(binary_cross_entropy_with_logits),
        _two,
        None,
        wrong=_uneven,
    ),
    System(
        "cross_entropy",
        "losses",
        "S0, S4",
        _loss(cross_entropy),
        _classes,
        None,
        wrong=_uneven_classes,
    ),
    System(
        "kl_divergence",
        "losses",
        "S0, S4",
        _loss(kl_divergence),
        _distributions,
        None,
        wrong=_uneven,
    ),
    System(
        "gaussian_kl",
        "losses",
        "S0, S3",
        _loss(gaussian_kl),
        _two,
        None,
        wrong=_uneven,
    ),
)
