"""Penalties on the size of the weights.

Guarantees: gradients equal autograd's wherever there is one; at a weight of exactly 0 the L1
gradient is 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from reference.as_module import AsModule
from reference.errors import require
from reference.examples import normal
from reference.registry import System

__all__ = ["l1_gradient", "l1_penalty", "l2_gradient", "l2_penalty"]


def _check(strength: float, examples: int) -> None:
    require(strength >= 0, f"strength is {strength}, expected at least 0")
    require(examples >= 1, f"examples is {examples}, expected at least 1")


def _sum(parts: Iterable[Tensor]) -> Tensor:
    return torch.stack(tuple(parts)).sum()


def l1_penalty(weights: Iterable[Tensor], strength: float, examples: int = 1) -> Tensor:
    """Cost that drives weights to exactly zero.

    Equation: ``λ/(2m) sum_i |w_i|``

    Args:
        weights: one or more tensors.
        strength: λ.
        examples: m, number of training examples.

    Source: S4, S0.
    """
    _check(strength, examples)
    # λ/(2m) sum |w|
    return strength / (2 * examples) * _sum(w.abs().sum() for w in weights)


def l2_penalty(weights: Iterable[Tensor], strength: float, examples: int = 1) -> Tensor:
    """Cost that shrinks all weights (weight decay).

    Equation: ``λ/(2m) sum_i w_i²``

    Source: S4, S0.
    """
    _check(strength, examples)
    # λ/(2m) sum w²
    return strength / (2 * examples) * _sum((w**2).sum() for w in weights)


def l1_gradient(w: Tensor, strength: float, examples: int = 1) -> Tensor:
    """Slope of the L1 penalty.

    Equation: ``λ/(2m) sign(w)`` with ``sign(0) = 0``
    """
    _check(strength, examples)
    # λ/(2m) sign(w); sign(0) = 0
    return strength / (2 * examples) * w.sign()


def l2_gradient(w: Tensor, strength: float, examples: int = 1) -> Tensor:
    """Slope of the L2 penalty.

    Equation: ``λ/m w``
    """
    _check(strength, examples)
    # λ/m w
    return strength / examples * w


SYSTEMS = (
    System(
        "l1_penalty",
        "S0, S4",
        lambda _: AsModule(lambda w: l1_penalty([w], 0.5, 10)),
        (normal(4, 5),),
    ),
    System(
        "l2_penalty",
        "S0, S4",
        lambda _: AsModule(lambda w: l2_penalty([w], 0.5, 10)),
        (normal(4, 5),),
    ),
)
