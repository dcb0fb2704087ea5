"""The artificial neuron, the perceptron, and the two rules by which one learns.

Guarantees:

- `perceptron_rule_step` reaches a separating line in finitely many steps if there is one;
- `gradient_step` is one step of gradient descent on the squared error, equal to autograd's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive, require_within
from reference.examples import normal
from reference.initial import uniform
from reference.neurons.activations import activation, sigmoid
from reference.registry import System
from reference.shapes import check_alike, check_shape

__all__ = [
    "LOGIC_GATES",
    "Gate",
    "Perceptron",
    "PerceptronConfig",
    "PerceptronFit",
    "gradient_step",
    "neuron",
    "perceptron_rule_step",
    "squared_error_gradient_by_weight",
    "train_perceptron",
]


def neuron(x: Tensor, w: Tensor, b: Tensor | float, name: str = "sigmoid") -> Tensor:
    """Output of one artificial neuron.

    Equation: ``a = b + sum_i w_i x_i``; ``h = g(a)``

    Args:
        x: inputs (..., D).
        w: weights (D,).
        b: bias, a number or a tensor of no axes.
        name: the activation g: step, sign, linear, sigmoid, tanh or relu.

    Returns: h, (...,).

    Source: S0, S2, S4.

    >>> neuron(torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0]), -1.5, "step")
    tensor(1.)
    """
    check_shape("w", w, "D")
    check_shape("x", x, ..., len(w))
    # a = b + sum_i w_i x_i
    a = (x * w).sum(dim=-1) + b
    # h = g(a)
    return activation(name)(a)


@dataclass(frozen=True)
class Gate:
    """Weights and bias of a step neuron that computes a logic function of two bits."""

    weights: tuple[float, float]
    bias: float

    def __call__(self, x: Tensor) -> Tensor:
        """Map bits (..., 2) to bits (...,)."""
        return neuron(x, x.new_tensor(self.weights), self.bias, "step")


LOGIC_GATES: Mapping[str, Gate] = MappingProxyType(
    {
        "and": Gate((1.0, 1.0), -1.5),
        "or": Gate((1.0, 1.0), -0.5),
        "nand": Gate((-1.0, -1.0), 1.5),
    }
)
"""Source: S0: one line separates AND and OR; none separates XOR."""


def _check_example(w: Tensor, b: Tensor, x: Tensor, t: Tensor) -> None:
    """Raise `ShapeError` unless it is one neuron and one example."""
    check_shape("w", w, "D")
    check_shape("b", b)
    check_alike("w", w, x=x)
    check_shape("t", t)


def perceptron_rule_step(
    w: Tensor, b: Tensor, x: Tensor, t: Tensor, learning_rate: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Rosenblatt's rule for one example: move only when the step neuron is wrong.

    Equation: ``w <- w + η (t - y) x``; ``b <- b + η (t - y)`` with ``y = step(w·x + b)``

    Args:
        w: (D,).
        b: bias, no axes.
        x: one example (D,).
        t: its target 0 or 1, no axes.
        learning_rate: η.

    Returns: new w and b.

    Source: Rosenblatt 1958. S2 and S4 show the perceptron, and train it by its slope
    (`gradient_step`).
    """
    _check_example(w, b, x, t)
    require_within(0, math.inf, learning_rate=learning_rate)
    y = neuron(x, w, b, "step")
    # w <- w + η (t - y) x
    return w + learning_rate * (t - y) * x, b + learning_rate * (t - y)


def squared_error_gradient_by_weight(w: Tensor, b: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """Slope of ½(t - y)² of a sigmoid neuron by its weights.

    Equation: ``dL/dw_i = (y - t) · h (1 - h) · x_i`` with ``y = h = σ(a)``

    Args:
        w: (D,).
        b: bias, no axes.
        x: (..., D).
        t: (...,).

    Returns: (..., D); without the factor x_i it is the slope by the bias.

    Source: S4, learning by gradient descent.
    """
    h = neuron(x, w, b, "sigmoid")
    # dL/dw_i = (y - t) h (1 - h) x_i
    return ((h - t) * h * (1 - h))[..., None] * x


def gradient_step(
    w: Tensor, b: Tensor, x: Tensor, t: Tensor, learning_rate: float
) -> tuple[Tensor, Tensor]:
    """One step of gradient descent on one example with a sigmoid neuron.

    Equation: ``w_i <- w_i - η (y - t) h (1 - h) x_i``

    Source: S4, examples (2, 2) -> 1 and (3, 3) -> 0 at the rates 1 and 0.5, which S4 calls α.
    """
    _check_example(w, b, x, t)
    require_within(0, math.inf, learning_rate=learning_rate)
    # y = h = σ(wᵀ x + b)
    h = sigmoid((x * w).sum(dim=-1) + b)
    # δ = (y - t) h (1 - h)
    delta = (h - t) * h * (1 - h)
    # w_i <- w_i - η δ x_i; the bias has the input 1
    return w - learning_rate * delta * x, b - learning_rate * delta


@dataclass(frozen=True)
class PerceptronFit:
    """Result of training: weights, bias, mistakes made in each pass over the data."""

    weights: Tensor
    bias: Tensor
    mistakes: tuple[int, ...]

    @property
    def converged(self) -> bool:
        """Whether the last pass made no mistake."""
        return bool(self.mistakes) and self.mistakes[-1] == 0


def train_perceptron(
    inputs: Tensor, targets: Tensor, learning_rate: float = 1.0, passes: int = 100
) -> PerceptronFit:
    """Apply Rosenblatt's rule to all examples in turn until a pass has no mistake.

    Args:
        inputs: (B, D).
        targets: (B,) of 0 and 1.
        learning_rate: η.
        passes: most passes over the data; XOR never ends by itself.

    Source: Rosenblatt 1958; the convergence theorem is Novikoff's, 1962.
    """
    check_shape("inputs", inputs, "B", "D")
    check_shape("targets", targets, len(inputs))
    require_positive(passes=passes)
    require(learning_rate > 0, f"learning_rate is {learning_rate}, expected above 0")
    w, b = inputs.new_zeros(inputs.shape[1]), inputs.new_zeros(())
    mistakes: list[int] = []
    for _ in range(passes):
        wrong = 0
        for x, t in zip(inputs, targets.to(inputs.dtype), strict=True):
            wrong += int(neuron(x, w, b, "step") != t)
            w, b = perceptron_rule_step(w, b, x, t, learning_rate)
        mistakes.append(wrong)
        if wrong == 0:
            break
    return PerceptronFit(w, b, tuple(mistakes))


@dataclass(frozen=True)
class PerceptronConfig:
    """Inputs D and activation of one neuron."""

    inputs: int
    activation: str = "sigmoid"

    def __post_init__(self) -> None:
        require_positive(inputs=self.inputs)
        activation(self.activation)


class Perceptron(nn.Module):
    """An organism with only one neuron: D weights and one bias."""

    def __init__(self, config: PerceptronConfig, generator: Generator | None = None) -> None:
        require_config(config, PerceptronConfig)
        super().__init__()
        self.config = config
        self.weight = uniform(config.inputs, bound=config.inputs**-0.5, generator=generator)
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., D) to (...,)."""
        return neuron(x, self.weight, self.bias, self.config.activation)


def _small(name: str) -> Callable[[Generator | None], Perceptron]:
    return lambda generator: Perceptron(PerceptronConfig(3, name), generator)


SYSTEMS = tuple(
    System(
        f"perceptron_{name}",
        "S0, S2, S4",
        _small(name),
        (normal("B", 3),),
        parameters=3 + 1,
        wrong=(normal("B", 4),),
        differentiable=name not in {"step", "sign"},
    )
    for name in ("step", "sign", "linear", "sigmoid", "tanh", "relu")
)
