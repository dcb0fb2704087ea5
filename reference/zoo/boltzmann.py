"""The Boltzmann machine: a network of coin-tossing units whose states follow an energy.

What it guarantees:

- Units are 0 or 1, any two of them wired; the first ones are visible, the others hidden.
- For few units everything is exact by listing all states; `gibbs` samples for more.
- `boltzmann_update` is the slope of the log-likelihood of the visible units, equal to autograd's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_only, require_positive, require_within
from reference.examples import bits
from reference.initial import uniform, zeros
from reference.neurons.activations import sigmoid
from reference.registry import System
from reference.shapes import check_shape

MOST_UNITS = 16  # 65,536 states to list


def boltzmann_energy(s: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The energy of states.

    Equation:
        E(s) = -1/2 sᵀ W s - bᵀ s

    Args:
        s: states, 0 or 1, (..., N).
        W: symmetric, zero diagonal, (N, N).
        b: (N,).

    Returns:
        (...).

    Source: S4 "Boltzmann Machine (BM)". Ackley, Hinton, Sejnowski, 1985.
    """
    check_shape("s", s, ..., len(b))
    # E = -1/2 sᵀ W s - bᵀ s
    return -((s @ W) * s).sum(-1) / 2 - s @ b


def all_states(units: int) -> Tensor:
    """Every state of so many units, (2^N, N), float32, the first unit the fastest."""
    require_positive(units=units)
    require(units <= MOST_UNITS, f"at most {MOST_UNITS} units can be listed, got {units}")
    return (torch.arange(2**units).unsqueeze(1) >> torch.arange(units) & 1).float()


@dataclass(frozen=True)
class BoltzmannConfig:
    """The size of a Boltzmann machine: visible units, and hidden ones that explain them."""

    visible: int
    hidden: int = 0

    def __post_init__(self) -> None:
        require_positive(visible=self.visible)
        require(self.hidden >= 0, f"hidden is {self.hidden}, expected at least 0")

    @property
    def units(self) -> int:
        """N, all units together."""
        return self.visible + self.hidden


class BoltzmannMachine(nn.Module):
    """A Boltzmann machine.

    Equation:
        P(s) = exp(-E(s)) / Z,  P(s_i = 1 | rest) = σ(sum_j W_ij s_j + b_i)
        P(v) = sum_h P(v, h)

    Deviation: the weights are the strict lower half of a matrix, mirrored, so that they stay
        symmetric with a zero diagonal whatever training does.
    """

    def __init__(self, config: BoltzmannConfig, generator: Generator | None = None) -> None:
        require_config(config, BoltzmannConfig)
        super().__init__()
        self.config = config
        N = config.units
        self.wires = uniform(N, N, bound=0.1, generator=generator)
        self.b = zeros(N)

    @property
    def W(self) -> Tensor:  # noqa: N802 - the weights' name in every equation
        """The symmetric weights, (N, N)."""
        lower = self.wires.tril(-1)
        return lower + lower.T

    def forward(self, s: Tensor) -> Tensor:
        """Map states of all units (..., N) to energies (...)."""
        return boltzmann_energy(s, self.W, self.b)

    def clamped(self, v: Tensor) -> Tensor:
        """Visible states (..., V) with every hidden state beside them, (..., 2^H, N)."""
        check_shape("v", v, ..., self.config.visible)
        require_only("v", v, 0, 1)
        if not self.config.hidden:
            return v.unsqueeze(-2)
        h = all_states(self.config.hidden).to(v)  # (2^H, H)
        shape = (*v.shape[:-1], len(h))
        return torch.cat([v.unsqueeze(-2).expand(*shape, -1), h.expand(*shape, -1)], dim=-1)

    def log_probability(self, v: Tensor) -> Tensor:
        """The exact log chance of visible states (..., V), by listing all; few units only."""
        every = all_states(self.config.units).to(self.b)
        log_Z = torch.logsumexp(-self(every), dim=0)
        # log P(v) = log sum_h exp(-E(v, h)) - log Z
        return torch.logsumexp(-self(self.clamped(v)), dim=-1) - log_Z

    def gibbs(self, s: Tensor, sweeps: int, generator: Generator, clamp: bool = False) -> Tensor:
        """Toss each unit in turn, given all others, for so many sweeps.

        Args:
            s: states of all units, (B, N).
            sweeps: how often each unit is tossed.
            generator: where the tosses come from.
            clamp: leave the visible units as they are.
        """
        check_shape("s", s, "B", self.config.units)
        require_only("s", s, 0, 1)
        require_positive(sweeps=sweeps)
        s = s.clone()
        W, b = self.W.detach(), self.b.detach()
        for _ in range(sweeps):
            for i in range(self.config.visible if clamp else 0, self.config.units):
                # P(s_i = 1 | rest) = σ(sum_j W_ij s_j + b_i)
                chance = sigmoid(s @ W[i] + b[i])
                draw = torch.rand(len(s), generator=generator, device=generator.device)
                s[:, i] = (draw.to(s) < chance).to(s.dtype)
        return s


class BoltzmannUpdate(NamedTuple):
    """Directions to add, times a rate: W (N, N), symmetric with a zero diagonal, and b (N,)."""

    W: Tensor
    b: Tensor


def boltzmann_update(
    model: BoltzmannMachine, v: Tensor, samples: tuple[Tensor, Tensor] | None = None
) -> BoltzmannUpdate:
    """The learning rule: what fires together with the data on, less what does so in a dream.

    Equation:
        ΔW_ij = <s_i s_j>_clamped - <s_i s_j>_free,  Δb_i = <s_i>_clamped - <s_i>_free

    Args:
        model: the machine.
        v: visible data, (B, V).
        samples: states (B', N) with the data clamped, and (B'', N) running free, from `gibbs`;
            without them both means are exact, by listing all states.

    Raises:
        DataError: data or samples hold other numbers than 0 and 1.

    Source: Ackley, Hinton, Sejnowski, 1985.
    """
    check_shape("v", v, "B", model.config.visible)
    require_only("v", v, 0, 1)
    for s in samples or ():
        check_shape("samples", s, "B'", model.config.units)
        require_only("samples", s, 0, 1)
    with torch.no_grad():
        if samples is None:
            beside = model.clamped(v)  # (B, 2^H, N)
            every = all_states(model.config.units).to(v)  # (2^N, N)
            # P(h | v) for each example, and P(s)
            on = torch.softmax(-model(beside), dim=-1) / len(v)
            free = torch.softmax(-model(every), dim=0)
            pairs = ((beside.flatten(0, 1), on.flatten()), (every, free))
        else:
            pairs = tuple((s, torch.full((len(s),), 1 / len(s)).to(s)) for s in samples)  # type: ignore[assignment]  # two
        (on_states, on_chance), (free_states, free_chance) = pairs
        # <s_i s_j>_clamped - <s_i s_j>_free
        dW = (on_states.T * on_chance) @ on_states - (free_states.T * free_chance) @ free_states
        db = on_chance @ on_states - free_chance @ free_states
        return BoltzmannUpdate(dW - torch.diag(torch.diag(dW)), db)


def train_boltzmann(
    model: BoltzmannMachine, v: Tensor, steps: int, learning_rate: float
) -> list[float]:
    """Climb the exact likelihood of visible data (B, V); returns its mean log before each step."""
    require_positive(steps=steps)
    require_within(0, math.inf, learning_rate=learning_rate)
    history = []
    for _ in range(steps):
        history.append(model.log_probability(v).mean().item())
        update = boltzmann_update(model, v)
        with torch.no_grad():
            model.wires.add_(update.W.tril(-1), alpha=learning_rate)
            model.b.add_(update.b, alpha=learning_rate)
    return history


SYSTEMS = (
    System(
        "boltzmann_machine",
        "S4",
        lambda generator: BoltzmannMachine(BoltzmannConfig(3, 2), generator),
        (bits("B", 5),),
        parameters=5 * 5 + 5,
        wrong=(bits("B", 9),),
    ),
)
