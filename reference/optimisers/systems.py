"""The systems of this family: one step of each rule as a module of (w, g)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.optimisers.optimiser import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Momentum,
    Nesterov,
    RMSProp,
    Rule,
)
from reference.registry import System


def _weights_and_gradient(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return tuple(torch.randn(2, batch, 3, generator=generator))


def _second_step(rule: Rule) -> Callable[[object], AsModule]:
    def step(w: Tensor, g: Tensor) -> Tensor:
        moved, state = rule.step(w, g, rule.start(w), 1)
        return rule.step(moved, g, state, 2)[0]

    return lambda _: AsModule(step)


SYSTEMS = tuple(
    System(name, "optimisers", "S4", _second_step(rule), _weights_and_gradient, None)
    for name, rule in (
        ("gradient_descent", SGD(0.1)),
        ("momentum", Momentum(0.1)),
        ("nesterov", Nesterov(0.1)),
        ("adagrad", Adagrad(0.1)),
        ("adadelta", Adadelta()),
        ("rmsprop", RMSProp(0.1)),
        ("adam", Adam(0.1)),
    )
)
