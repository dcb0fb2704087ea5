"""The Boltzmann machine: a network of coin-tossing units whose states follow an energy.

What it guarantees:

- Units are 0 or 1; the chance of a state is exp(-energy), made to sum to one.
- For few units everything is exact by listing all states; `gibbs` samples for more.

What it does not do: hidden units (`reference.zoo.restricted`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_positive
from reference.examples import bits
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape

MOST_UNITS = 16  # 65,536 states to list


def boltzmann_energy(s: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """The energy of states.

    Equation:
        E(s) = -1/2 s^T W s - b^T s

    Args:
        s: states, 0 or 1, (..., N).
        W: symmetric, zero diagonal, (N, N).
        b: (N,).

    Returns:
        (...).

    Source: S4 "Boltzmann Machine (BM)". Ackley, Hinton, Sejnowski, 1985.
    """
    check_shape("s", s, ..., len(b))
    # E = -1/2 s^T W s - b^T s
    return -((s @ W) * s).sum(-1) / 2 - s @ b


def all_states(units: int) -> Tensor:
    """Every state of so many units, (2^N, N), float32, the first unit the fastest."""
    require_positive(units=units)
    require(units <= MOST_UNITS, f"at most {MOST_UNITS} units can be listed, got {units}")
    return (torch.arange(2**units).unsqueeze(1) >> torch.arange(units) & 1).float()


@dataclass(frozen=True)
class BoltzmannConfig:
    """The size of a Boltzmann machine: N units, all visible."""

    units: int

    def __post_init__(self) -> None:
        require_positive(units=self.units)


class BoltzmannMachine(nn.Module):
    """A fully visible Boltzmann machine.

    Equation:
        P(s) = exp(-E(s)) / Z,  P(s_i = 1 | rest) = sigmoid(sum_j W_ij s_j + b_i)

    Deviation: the weights are the strict lower half of a matrix, mirrored, so that they stay
        symmetric with a zero diagonal whatever training does.
    """

    def __init__(self, config: BoltzmannConfig, generator: Generator | None = None) -> None:
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
        """Map states (..., N) to energies (...)."""
        return boltzmann_energy(s, self.W, self.b)

    def log_probability(self, s: Tensor) -> Tensor:
        """The exact log chance of states (..., N), by listing all; few units only."""
        every = all_states(self.config.units).to(self.b)
        log_Z = torch.logsumexp(-self(every), dim=0)
        energy: Tensor = self(s)
        return -energy - log_Z

    def gibbs(self, s: Tensor, sweeps: int, generator: Generator) -> Tensor:
        """Toss each unit in turn, given all others, for so many sweeps; states (B, N)."""
        check_shape("s", s, "B", self.config.units)
        s = s.clone()
        W = self.W.detach()
        for _ in range(sweeps):
            for i in range(self.config.units):
                # P(s_i = 1 | rest) = sigmoid(sum_j W_ij s_j + b_i)
                chance = torch.sigmoid(s @ W[i] + self.b[i].detach())
                draw = torch.rand(len(s), generator=generator, device=generator.device)
                toss = draw.to(s)
                s[:, i] = (toss < chance).to(s.dtype)
        return s


SYSTEMS = (
    System(
        "boltzmann_machine",
        "S4",
        lambda generator: BoltzmannMachine(BoltzmannConfig(5), generator),
        (bits("B", 5),),
        parameters=5 * 5 + 5,
        wrong=(bits("B", 9),),
    ),
)
