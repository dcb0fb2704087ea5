"""XOR three ways: by rectifiers, by steep sigmoids, by sign units.

Guarantees: each solves all four points; each returns its hidden units, so that one sees the space
in which a single line is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.examples import unit
from reference.neurons.activations import relu, sigmoid, sign
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "SIGN_POINTS",
    "XOR_POINTS",
    "XorTrace",
    "xor_by_relu",
    "xor_by_sigmoids",
    "xor_by_signs",
]

XOR_POINTS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
"""The four inputs; the targets are 0, 1, 1, 0."""

SIGN_POINTS = ((0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5))
"""S4's four inputs for the sign network; the targets are -1, 1, 1, -1."""


@dataclass(frozen=True)
class XorTrace:
    """Stages of one of the networks.

    Args:
        pre_activations: a, (..., 2).
        hidden: h = g(a), (..., 2).
        output_pre_activation: o, (...,).
        output: y, (...,).
    """

    pre_activations: Tensor
    hidden: Tensor
    output_pre_activation: Tensor
    output: Tensor


def _pre_activations(x: Tensor, weight: list[list[float]], bias: list[float]) -> Tensor:
    check_shape("x", x, ..., 2)
    return x @ x.new_tensor(weight).T + x.new_tensor(bias)


def xor_by_relu(x: Tensor) -> XorTrace:
    """All weights 1, biases 0 and -1; a line h_1 - 2 h_2 in the hidden space.

    Equation: ``h_1 = ReLU(x_1 + x_2)``; ``h_2 = ReLU(x_1 + x_2 - 1)``; ``y = h_1 - 2 h_2``

    Args:
        x: (..., 2) of 0 and 1.

    Source: S0.

    >>> import torch
    >>> xor_by_relu(torch.tensor(XOR_POINTS)).output
    tensor([0., 1., 1., 0.])
    """
    a = _pre_activations(x, [[1, 1], [1, 1]], [0, -1])
    # h_1 = ReLU(x_1 + x_2), h_2 = ReLU(x_1 + x_2 - 1)
    h = relu(a)
    # y = h_1 - 2 h_2
    o = h[..., 0] - 2 * h[..., 1]
    return XorTrace(a, h, o, o)


def xor_by_sigmoids(x: Tensor) -> XorTrace:
    """OR and NAND, then AND, each a steep sigmoid.

    Equation: ``h_1 = σ(20 x_1 + 20 x_2 - 10)``; ``h_2 = σ(-20 x_1 - 20 x_2 + 30)``;
    ``y = σ(20 h_1 + 20 h_2 - 30)``

    Args:
        x: (..., 2) of 0 and 1.

    Source: S4.
    """
    a = _pre_activations(x, [[20, 20], [-20, -20]], [-10, 30])
    # h_1 = σ(20 x_1 + 20 x_2 - 10), h_2 = σ(-20 x_1 - 20 x_2 + 30)
    h = sigmoid(a)
    # o = 20 h_1 + 20 h_2 - 30
    o = 20 * h[..., 0] + 20 * h[..., 1] - 30
    return XorTrace(a, h, o, sigmoid(o))


def xor_by_signs(x: Tensor) -> XorTrace:
    """Two lines and their difference, with units that say -1 or 1.

    Equation: ``a_1 = x_1 + x_2 - 3/2``; ``a_2 = x_1 + x_2 - 5/2``; ``h = sign(a)``;
    ``o = h_1 - h_2 - 1``; ``y = sign(o)``

    Args:
        x: (..., 2) of 1/2 and 3/2.

    Source: S4.

    Deviation: S4 prints o = h_1 + h_2 - 1, which does not give its own table.
    """
    a = _pre_activations(x, [[1, 1], [1, 1]], [-1.5, -2.5])
    # h_1 = sign(x_1 + x_2 - 3/2), h_2 = sign(x_1 + x_2 - 5/2)
    h = sign(a)
    # o = h_1 - h_2 - 1
    o = h[..., 0] - h[..., 1] - 1
    return XorTrace(a, h, o, sign(o))


def _output(function: Callable[[Tensor], XorTrace]) -> Callable[[Generator | None], AsModule]:
    def output(x: Tensor) -> Tensor:
        return function(x).output

    output.__doc__ = function.__doc__
    return lambda _: AsModule(output)


SYSTEMS = tuple(
    System(
        name,
        source,
        _output(function),
        (unit("B", 2),),
        wrong=(unit("B", 4),),
        differentiable=name != "xor_by_signs",
    )
    for name, source, function in (
        ("xor_by_relu", "S0", xor_by_relu),
        ("xor_by_sigmoids", "S4", xor_by_sigmoids),
        ("xor_by_signs", "S4", xor_by_signs),
    )
)
