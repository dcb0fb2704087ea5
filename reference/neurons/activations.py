"""Activation functions of a neuron and their derivatives.

Guarantees: any shape; the derivatives equal autograd's where the function has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from reference.errors import ConfigError

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "activation",
    "linear",
    "linear_derivative",
    "relu",
    "relu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "sign",
    "step",
    "tanh",
    "tanh_derivative",
]

Activation = Callable[[Tensor], Tensor]


def step(a: Tensor) -> Tensor:
    """Threshold unit.

    Equation: ``g(a) = 1 if a >= 0 else 0``

    Source: S0, S2.
    """
    # g(a) = 1 if a >= 0 else 0
    return (a >= 0).to(a.dtype)


def sign(a: Tensor) -> Tensor:
    """Sign unit, which counts zero as positive.

    Equation: ``g(a) = 1 if a >= 0 else -1``

    Source: S4, XOR revisited.
    """
    # g(a) = 1 if a >= 0 else -1
    return 2 * step(a) - 1


def linear(a: Tensor) -> Tensor:
    """Identity, for regression.

    Equation: ``g(a) = a``
    """
    return a


def sigmoid(a: Tensor) -> Tensor:
    """Logistic function, range (0, 1).

    Equation: ``g(a) = 1 / (1 + exp(-a))``

    Source: S4. Computed from exp(-|a|), which cannot overflow.
    """
    z = torch.exp(-a.abs())
    # 1/(1 + exp(-a)) where a >= 0; exp(a)/(1 + exp(a)) elsewhere, the same number
    return torch.where(a >= 0, 1 / (1 + z), z / (1 + z))


def tanh(a: Tensor) -> Tensor:
    """Hyperbolic tangent, range (-1, 1): a stretched sigmoid.

    Equation: ``g(a) = (exp(2a) - 1) / (exp(2a) + 1) = 2 σ(2a) - 1``

    Source: S4.
    """
    # g(a) = 2 σ(2a) - 1
    return 2 * sigmoid(2 * a) - 1


def relu(a: Tensor) -> Tensor:
    """Rectified linear unit.

    Equation: ``g(a) = max(0, a)``

    Source: S0, S4.
    """
    # g(a) = max(0, a)
    return a.clamp(min=0)


def linear_derivative(a: Tensor) -> Tensor:
    """Slope one everywhere."""
    return torch.ones_like(a)


def sigmoid_derivative(a: Tensor) -> Tensor:
    """Slope of the sigmoid, at most 0.25 (at 0).

    Equation: ``g'(a) = h (1 - h)`` with ``h = σ(a)``
    """
    h = sigmoid(a)
    # g'(a) = h (1 - h)
    return h * (1 - h)


def tanh_derivative(a: Tensor) -> Tensor:
    """Slope of tanh, at most 1 (at 0).

    Equation: ``g'(a) = 1 - tanh²(a)``
    """
    # g'(a) = 1 - tanh²(a)
    return 1 - tanh(a) ** 2


def relu_derivative(a: Tensor) -> Tensor:
    """Slope of the rectifier; at 0, where there is none, we take 0 as torch does."""
    return (a > 0).to(a.dtype)


ACTIVATIONS: Mapping[str, tuple[Activation, Activation | None]] = MappingProxyType(
    {
        "step": (step, None),
        "sign": (sign, None),
        "linear": (linear, linear_derivative),
        "sigmoid": (sigmoid, sigmoid_derivative),
        "tanh": (tanh, tanh_derivative),
        "relu": (relu, relu_derivative),
    }
)
"""Name to (function, derivative); None where the slope is zero almost everywhere."""


def activation(name: str) -> Activation:
    """The activation function of that name.

    Raises: `ConfigError` for an unknown name, with those there are.
    """
    if name not in ACTIVATIONS:
        raise ConfigError(f"no activation {name!r}; there are: {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name][0]
