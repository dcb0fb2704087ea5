"""Delays on the connections: the other way to give a network a sense of order.

What it guarantees:

- A connection with delay d carries at step t what its neuron said at t - d; zeros before the start.
- A delay of 0 is the feed-forward case: the signal arrives within the step.
- Neurons are updated in their order, so a connection without delay leads to a later neuron only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config
from reference.examples import normal
from reference.initial import uniform
from reference.neurons.activations import activation
from reference.registry import System
from reference.shapes import check_alike, check_shape

__all__ = ["TwoNeurons", "TwoNeuronsConfig", "delayed", "two_neuron_step"]


def delayed(y: Tensor, delay: int) -> Tensor:
    """What arrives over a connection with a delay, (T, ...) to (T, ...).

    Equation: ``z(t) = y(t - d)``, 0 before the first step

    Source: S2 p. 36, internal processing of order at the connection level.

    >>> delayed(torch.tensor([1.0, 2.0, 3.0]), 1).tolist()
    [0.0, 1.0, 2.0]
    """
    require(delay >= 0, f"delay is {delay}, expected at least 0")
    # z(t) = y(t - d)
    return torch.cat([torch.zeros_like(y[:delay]), y[: len(y) - delay]])


def two_neuron_step(
    x: Tensor, y1_prev: Tensor, y2_prev: Tensor, w: Tensor, name: str = "linear"
) -> tuple[Tensor, Tensor]:
    """One step of S2's two recurrent neurons.

    Equation: ``y_1(t) = f(w_x1 x(t) + w_11 y_1(t-1) + w_21 y_2(t-1))``;
    ``y_2(t) = f(w_12 y_1(t) + w_22 y_2(t-1))``

    The connection from neuron 1 to neuron 2 leads forward and has no delay: y_2(t) sees y_1(t).

    Args:
        x: input now, (...,).
        y1_prev: y_1(t-1), (...,).
        y2_prev: y_2(t-1), (...,).
        w: w_x1, w_11, w_21, w_12, w_22, (5,).
        name: activation f; S2 writes none.

    Returns: y_1(t) and y_2(t), (...,) each.

    Source: S2 p. 38, forward propagation of recurrent networks.
    """
    check_shape("w", w, 5)
    check_alike("x", x, y1_prev=y1_prev, y2_prev=y2_prev)
    w_x1, w_11, w_21, w_12, w_22 = w
    f = activation(name)
    # y_1(t) = f(w_x1 x(t) + w_11 y_1(t-1) + w_21 y_2(t-1))
    y1 = f(w_x1 * x + w_11 * y1_prev + w_21 * y2_prev)
    # y_2(t) = f(w_12 y_1(t) + w_22 y_2(t-1))
    y2 = f(w_12 * y1 + w_22 * y2_prev)
    return y1, y2


@dataclass(frozen=True)
class TwoNeuronsConfig:
    """The activation of both neurons."""

    activation: str = "tanh"

    def __post_init__(self) -> None:
        activation(self.activation)


class TwoNeurons(nn.Module):
    """S2's two neurons over a sequence, from rest; five weights."""

    def __init__(self, config: TwoNeuronsConfig, generator: Generator | None = None) -> None:
        require_config(config, TwoNeuronsConfig)
        super().__init__()
        self.config = config
        self.w = uniform(5, bound=1.0, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (T, ...) to both neurons' outputs (T, ..., 2)."""
        check_shape("x", x, "T", "B", ...)
        y1 = y2 = torch.zeros_like(x[0])
        outputs = []
        for x_t in x:
            y1, y2 = two_neuron_step(x_t, y1, y2, self.w, self.config.activation)
            outputs.append(torch.stack([y1, y2], dim=-1))
        return torch.stack(outputs)


SYSTEMS = (
    System(
        "two_recurrent_neurons",
        "S2",
        lambda generator: TwoNeurons(TwoNeuronsConfig(), generator),
        (normal("T", "B"),),
        parameters=5,
        wrong=(normal("T"),),
    ),
)
