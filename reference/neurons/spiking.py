"""A spiking neuron: the leaky integrate-and-fire model.

Guarantees: one step is the exact solution for a current that is constant during the step, so the
spike times do not depend on a solver; any shape of neurons at once.

Does not: model synapses, refractory time or the shape of a spike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reference.errors import require, require_config
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["LIF", "LIFConfig", "firing_rate", "lif", "lif_step"]


@dataclass(frozen=True)
class LIFConfig:
    """Constants of the membrane, in milliseconds and in units of the threshold.

    Args:
        tau: time constant of the leak, ms.
        rest: potential without input.
        threshold: potential at which the neuron fires.
        reset: potential right after a spike.
        resistance: of the membrane.
        step_ms: length of one time step.
    """

    tau: float = 20.0
    rest: float = 0.0
    threshold: float = 1.0
    reset: float = 0.0
    resistance: float = 1.0
    step_ms: float = 1.0

    def __post_init__(self) -> None:
        for name in ("tau", "resistance", "step_ms"):
            value = getattr(self, name)
            require(value > 0, f"{name} is {value}, expected above 0")
        require(
            self.threshold > max(self.rest, self.reset),
            f"threshold is {self.threshold}, expected above rest {self.rest} and reset "
            f"{self.reset}; otherwise the neuron fires without input",
        )


def lif_step(v: Tensor, current: Tensor, config: LIFConfig) -> tuple[Tensor, Tensor]:
    """One time step: leak, integrate, and fire where the threshold is reached.

    Equation: ``τ dv/dt = -(v - v_rest) + R I``, for constant I over a step
    ``v <- v_∞ + (v - v_∞) exp(-Δt/τ)`` with ``v_∞ = v_rest + R I``;
    ``spike = [v >= θ]``; where it spikes ``v <- v_reset``

    Args:
        v: membrane potential, any shape.
        current: input current I during the step, the same shape.
        config: constants.

    Returns: new potential and spikes (0 or 1), shaped like v.

    Source: S0 names the spiking neuron; Lapicque 1907, Gerstner & Kistler 2002.

    Deviation: exact exponential step instead of Euler's v + Δt/τ (…).
    """
    check_shape("current", current, *v.shape)
    limit = config.rest + config.resistance * current
    # v <- v_∞ + (v - v_∞) exp(-Δt/τ)
    v = limit + (v - limit) * math.exp(-config.step_ms / config.tau)
    # spike = [v >= θ]
    spike = (v >= config.threshold).to(v.dtype)
    return torch.where(spike > 0, torch.full_like(v, config.reset), v), spike


def lif(current: Tensor, config: LIFConfig) -> tuple[Tensor, Tensor]:
    """Run neurons over a train of currents, from rest.

    Args:
        current: (T, ...).
        config: constants.

    Returns: potentials after each step and spikes, both (T, ...).
    """
    check_shape("current", current, "time", ...)  # no current, no spikes: T = 0 is fine
    v = torch.full_like(current[0], config.rest) if len(current) else current.sum(dim=0)
    potentials, spikes = torch.empty_like(current), torch.empty_like(current)
    for t in range(len(current)):
        v, spikes[t] = lif_step(v, current[t], config)
        potentials[t] = v
    return potentials, spikes


def firing_rate(current: float, config: LIFConfig) -> float:
    """Spikes per millisecond for a constant current, in continuous time.

    Equation: ``f = 1 / (τ ln((R I + v_rest - v_reset) / (R I + v_rest - θ)))``, 0 below threshold
    """
    limit = config.rest + config.resistance * current
    if limit <= config.threshold:
        return 0.0
    # f = 1 / (τ ln((v_∞ - v_reset) / (v_∞ - θ)))
    return 1 / (config.tau * math.log((limit - config.reset) / (limit - config.threshold)))


class LIF(nn.Module):
    """A layer of leaky integrate-and-fire neurons, without learned parameters."""

    def __init__(self, config: LIFConfig) -> None:
        require_config(config, LIFConfig)
        super().__init__()
        self.config = config

    def forward(self, current: Tensor) -> tuple[Tensor, Tensor]:
        """Map currents (T, ...) to potentials and spikes (T, ...)."""
        return lif(current, self.config)


SYSTEMS = (
    System(
        "leaky_integrate_and_fire",
        "S0",
        lambda _: LIF(LIFConfig()),
        (normal("T", "B", 3),),
        differentiable=False,
    ),
)
