"""Forward and backward pass of a multilayer perceptron by hand: the delta rule.

Guarantees:

- `backward` equals autograd to 1e-9 in float64 for any number of layers and batch size;
- the lecture's worked example comes out right (`worked_example`), with the slide's error fixed.

Does not: use autograd anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reference.errors import ConfigError, require
from reference.neurons.activations import ACTIVATIONS, activation
from reference.shapes import check_shape

__all__ = [
    "Layer",
    "LayerGradient",
    "Trace",
    "backward",
    "forward",
    "squared_error_delta",
    "update",
    "worked_example",
]


@dataclass(frozen=True)
class Layer:
    """Weights (D_out, D_in), bias (D_out,) and activation of one layer."""

    weight: Tensor
    bias: Tensor
    activation: str = "sigmoid"


@dataclass(frozen=True)
class LayerGradient:
    """Slopes of the loss by one layer's weight and bias, and by its pre-activation (δ)."""

    weight: Tensor
    bias: Tensor
    delta: Tensor


@dataclass(frozen=True)
class Trace:
    """All that the backward pass needs: h[0] = x, and for each layer a and h = g(a)."""

    pre_activations: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def prediction(self) -> Tensor:
        """Output of the last layer."""
        return self.outputs[-1]


def forward(layers: tuple[Layer, ...], x: Tensor) -> Trace:
    """Run the network and remember every stage.

    Equation: ``a_l = W_l h_{l-1} + b_l``; ``h_l = g(a_l)``

    Args:
        layers: first to last.
        x: (B, D).
    """
    require(len(layers) > 0, "there are no layers, expected at least one")
    check_shape("x", x, "B", layers[0].weight.shape[1])
    pre_activations, outputs = [], [x]
    for layer in layers:
        # a_l = W_l h_{l-1} + b_l
        pre_activations.append(outputs[-1] @ layer.weight.T + layer.bias)
        # h_l = g(a_l)
        outputs.append(activation(layer.activation)(pre_activations[-1]))
    return Trace(tuple(pre_activations), tuple(outputs))


def squared_error_delta(prediction: Tensor, target: Tensor) -> Tensor:
    """Slope of ``sum ½ (t - y)²`` by the prediction.

    Equation: ``dL/dy = y - t``
    """
    check_shape("target", target, *prediction.shape)
    # dL/dy = y - t
    return prediction - target


def backward(layers: tuple[Layer, ...], trace: Trace, grad: Tensor) -> tuple[LayerGradient, ...]:
    """Send the error back through the network.

    Equation: ``δ_L = dL/dh_L ⊙ g'(a_L)``; ``δ_l = (δ_{l+1} W_{l+1}) ⊙ g'(a_l)``;
    ``dL/dW_l = δ_lᵀ h_{l-1}``; ``dL/db_l = sum over the batch of δ_l``

    Args:
        layers: as in `forward`.
        trace: what `forward` returned.
        grad: slope of the loss by the prediction, (B, D_L).

    Returns: one gradient per layer, first to last.

    Source: S2, S4, error back-propagation.

    Deviation: S4 writes a(1 - a) where h(1 - h), the sigmoid's slope, is meant.
    """
    gradients: list[LayerGradient] = []
    for index in reversed(range(len(layers))):
        layer = layers[index]
        derivative = ACTIVATIONS[layer.activation][1]
        if derivative is None:
            raise ConfigError(
                f"layer {index} has the activation {layer.activation!r}, whose slope is zero; "
                "the delta rule needs linear, sigmoid, tanh or relu"
            )
        # δ_l = dL/dh_l ⊙ g'(a_l)
        delta = grad * derivative(trace.pre_activations[index])
        # dL/dW_l = δ_lᵀ h_{l-1}, dL/db_l = sum δ_l
        gradients.append(LayerGradient(delta.T @ trace.outputs[index], delta.sum(dim=0), delta))
        # dL/dh_{l-1} = δ_l W_l
        grad = delta @ layer.weight
    return tuple(reversed(gradients))


def update(
    layers: tuple[Layer, ...], gradients: tuple[LayerGradient, ...], learning_rate: float
) -> tuple[Layer, ...]:
    """One step down the slope.

    Equation: ``W <- W - η dL/dW``
    """
    # W <- W - η dL/dW
    return tuple(
        Layer(
            layer.weight - learning_rate * gradient.weight,
            layer.bias - learning_rate * gradient.bias,
            layer.activation,
        )
        for layer, gradient in zip(layers, gradients, strict=True)
    )


def worked_example() -> tuple[tuple[Layer, ...], Tensor, Tensor, float]:
    """Network, input, target and learning rate of S4's worked example.

    Two inputs of 0.5, two sigmoid hidden units, one linear output, target 1, η = 0.1.

    Deviation: S4 prints h_1 = 0.269 and h_2 = 0.818, which are σ(-a); right are 0.731 and 0.182.
    Its updates subtract η (y - ŷ) h with y the target, which goes uphill.
    """
    hidden = Layer(
        torch.tensor([[1.0, 1.0], [0.0, 1.0]], dtype=torch.float64),
        torch.tensor([0.0, -2.0], dtype=torch.float64),
        "sigmoid",
    )
    output = Layer(
        torch.ones(1, 2, dtype=torch.float64), torch.ones(1, dtype=torch.float64), "linear"
    )
    x = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    return (hidden, output), x, torch.ones(1, 1, dtype=torch.float64), 0.1
