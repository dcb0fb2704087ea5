"""The systems of this family: a small MLP started by each scheme."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from reference.initialisation.schemes import Distribution, Scheme, initialise
from reference.multilayer_perceptron import MLP, MLPConfig
from reference.registry import System


def _inputs(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 3, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 4, generator=generator),)


def _started(scheme: Scheme, distribution: Distribution) -> Callable[[Generator | None], MLP]:
    def build(generator: Generator | None) -> MLP:
        model = MLP(MLPConfig((3, 4, 2), "tanh"), generator)
        initialise(model, scheme, distribution, generator)
        return model

    return build


_ALL: tuple[tuple[str, Scheme, Distribution], ...] = (
    ("zero_initialisation", "zero", "normal"),
    ("fixed_variance_initialisation", "fixed", "normal"),
    ("xavier_one_sided_normal", "xavier_one_sided", "normal"),
    ("xavier_one_sided_uniform", "xavier_one_sided", "uniform"),
    ("xavier_normal", "xavier", "normal"),
    ("xavier_uniform", "xavier", "uniform"),
    ("he_normal", "he", "normal"),
    ("he_uniform", "he", "uniform"),
)

SYSTEMS = tuple(
    System(
        name,
        "initialisation",
        "S4",
        _started(scheme, distribution),
        _inputs,
        4 * 4 + 5 * 2,
        random_start=scheme != "zero",
        wrong=_wrong,
    )
    for name, scheme, distribution in _ALL
)
