"""Activation functions of a neuron and their derivatives.

Guarantees:

- any shape; values and slopes agree with torch's functions at every point, 0, -0 and huge numbers
  included;
- the derivatives written here equal autograd's.
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
    # g(a) = a
    return a


def sigmoid(a: Tensor) -> Tensor:
    """Logistic function, range (0, 1).

    Equation: ``g(a) = 1 / (1 + exp(-a))``

    Source: S4. Computed from exp(-|a|), which cannot overflow.
    """
    z = torch.exp(-_size(a))
    # 1/(1 + exp(-a)) where a >= 0; exp(a)/(1 + exp(a)) elsewhere, the same number
    return torch.where(a >= 0, 1 / (1 + z), z / (1 + z))


def _size(a: Tensor) -> Tensor:
    """|a|, whose slope at 0 is 1, that of a >= 0; torch's `abs` has slope 0 there."""
    return torch.where(a >= 0, a, -a)


def tanh(a: Tensor) -> Tensor:
    """Hyperbolic tangent, range (-1, 1): a stretched sigmoid.

    Equation: ``g(a) = (exp(2a) - 1) / (exp(2a) + 1) = 2 σ(2a) - 1``

    Source: S4. Computed from m = exp(-2|a|) - 1, which cannot overflow and keeps all digits of a
    tiny a, where 2 σ(2a) - 1 rounds to 0.
    """
    m = torch.expm1(-2 * _size(a))
    # (1 - exp(-2a))/(1 + exp(-2a)) where a >= 0; (exp(2a) - 1)/(exp(2a) + 1) elsewhere
    return torch.where(a >= 0, -m / (2 + m), m / (2 + m))


def relu(a: Tensor) -> Tensor:
    """Rectified linear unit.

    Equation: ``g(a) = max(0, a)``

    Source: S0, S4.
    """
    # g(a) = a where a > 0, else 0; the slope at 0 is that of the second branch
    return torch.threshold(a, 0.0, 0.0)


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
