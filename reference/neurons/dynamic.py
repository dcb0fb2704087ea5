"""A neuron with memory of its own: the discrete-time dynamic neuron.

Guarantees: with τ = 0 it is the artificial neuron with a delay of one step; with |τ| < 1 it forgets
at the rate τ per step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.initial import uniform
from reference.neurons.activations import activation
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["DynamicNeuron", "DynamicNeuronConfig", "dynamic_neuron_step"]


def dynamic_neuron_step(s: Tensor, x: Tensor, w: Tensor, tau: float) -> Tensor:
    """Mix the old state with the new input.

    Equation: ``s(t + 1) = τ s(t) + w_0 + sum_i w_i x_i(t)``

    Args:
        s: state s(t), (...,).
        x: inputs x_1 … x_D at time t, (..., D); x_0 = 1 is added here.
        w: weights w_0 … w_D, (D + 1,).
        tau: how much of the state stays.

    Returns: s(t + 1), (...,).

    Source: S2, internal processing of order at the neuron level.
    """
    check_shape("w", w, "D + 1")
    check_shape("x", x, ..., len(w) - 1)
    check_shape("s", s, *x.shape[:-1])
    # s(t + 1) = τ s(t) + w_0 + sum_i w_i x_i(t)
    return tau * s + w[0] + (x * w[1:]).sum(dim=-1)


@dataclass(frozen=True)
class DynamicNeuronConfig:
    """Inputs D, memory τ and output function of a dynamic neuron."""

    inputs: int
    tau: float = 0.5
    activation: str = "tanh"

    def __post_init__(self) -> None:
        require_positive(inputs=self.inputs)
        require(-1 < self.tau < 1, f"tau is {self.tau}, expected between -1 and 1 (it must forget)")
        activation(self.activation)


class DynamicNeuron(nn.Module):
    """The dynamic neuron over a sequence, from the state 0; D + 1 weights.

    Equation: ``y(t) = f(s(t))``
    """

    def __init__(self, config: DynamicNeuronConfig, generator: Generator | None = None) -> None:
        require_config(config, DynamicNeuronConfig)
        super().__init__()
        self.config = config
        self.weight = uniform(config.inputs + 1, bound=config.inputs**-0.5, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (T, ..., D) to outputs y(1) … y(T), (T, ...)."""
        check_shape("x", x, "T", ..., self.config.inputs)
        s = x.new_zeros(x.shape[1:-1])
        states = []
        for x_t in x:
            s = dynamic_neuron_step(s, x_t, self.weight, self.config.tau)
            states.append(s)
        # y(t) = f(s(t))
        return activation(self.config.activation)(torch.stack(states))


SYSTEMS = (
    System(
        "dynamic_neuron",
        "S2",
        lambda generator: DynamicNeuron(DynamicNeuronConfig(3), generator),
        SEQUENCE,
        parameters=3 + 1,
        wrong=TOO_WIDE,
    ),
)
