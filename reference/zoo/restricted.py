"""The restricted Boltzmann machine: visible and hidden units, wired only across.

What it guarantees:

- Given one layer the units of the other are independent, so a whole layer is tossed at once.
- `free_energy` sums the hidden units out exactly; its gradient is the exact positive phase.
- `contrastive_divergence` draws from the generator that it is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_numbers, require_positive
from reference.examples import bits
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape


class Divergence(NamedTuple):
    """One step of contrastive divergence: what to add, times a rate, and what it says of the data.

    Args:
        W, b, c: directions, shaped like the machine's.
        reconstruction: the data once up and down by chances, P(v | P(h | v)), (B, V), by the
            weights before the step; no coin is tossed for it, and it is not the v of the last
            tossing, which the directions use.
    """

    W: Tensor
    b: Tensor
    c: Tensor
    reconstruction: Tensor


@dataclass(frozen=True)
class RestrictedConfig:
    """Sizes: V visible and H hidden units."""

    visible: int
    hidden: int

    def __post_init__(self) -> None:
        require_positive(visible=self.visible, hidden=self.hidden)


class RestrictedBoltzmannMachine(nn.Module):
    """A layer of hidden causes over a layer of visible units.

    Equation:
        E(v, h) = -bᵀ v - cᵀ h - hᵀ W v
        P(h_j = 1 | v) = σ(W v + c)_j,  P(v_i = 1 | h) = σ(Wᵀ h + b)_i

    Source: S4 "Restricted BM (RBM)". Smolensky, 1986; Hinton, 2002.
    """

    def __init__(self, config: RestrictedConfig, generator: Generator | None = None) -> None:
        require_config(config, RestrictedConfig)
        super().__init__()
        self.config = config
        V, H = config.visible, config.hidden
        self.W = uniform(H, V, bound=1 / math.sqrt(V), generator=generator)
        self.b = zeros(V)
        self.c = zeros(H)

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """The energy of joint states v (..., V), h (..., H) -> (...)."""
        # E = -bᵀ v - cᵀ h - hᵀ W v
        return -(v @ self.b) - h @ self.c - (h * (v @ self.W.T)).sum(-1)

    def forward(self, v: Tensor) -> Tensor:
        """Map visible (..., V) to the chances of the hidden units (..., H)."""
        check_shape("v", v, ..., self.config.visible)
        # P(h = 1 | v) = σ(W v + c)
        return torch.sigmoid(v @ self.W.T + self.c)

    def visible(self, h: Tensor) -> Tensor:
        """Map hidden (..., H) to the chances of the visible units (..., V)."""
        check_shape("h", h, ..., self.config.hidden)
        # P(v = 1 | h) = σ(Wᵀ h + b)
        return torch.sigmoid(h @ self.W + self.b)

    def free_energy(self, v: Tensor) -> Tensor:
        """The energy of visible states with all hidden ones summed out, (..., V) -> (...).

        Equation:
            F(v) = -bᵀ v - sum_j log(1 + exp(W v + c)_j),  P(v) = exp(-F(v)) / Z
        """
        # F = -bᵀ v - sum_j log(1 + exp a)_j with a = W v + c, and log(1 + exp a) = -log σ(-a)
        return -(v @ self.b) + nn.functional.logsigmoid(-(v @ self.W.T + self.c)).sum(-1)


def toss(chance: Tensor, generator: Generator) -> Tensor:
    """Toss a coin for each chance: 1 with that chance, else 0; the same shape."""
    require_numbers("chance", chance, 0, 1)
    draw = torch.rand(chance.shape, generator=generator, device=generator.device)
    return (draw.to(chance) < chance).to(chance)


def contrastive_divergence(
    model: RestrictedBoltzmannMachine, v: Tensor, generator: Generator, steps: int = 1
) -> Divergence:
    """The update of CD-k.

    Equation:
        dW = <h vᵀ>_data - <h vᵀ>_after k steps of tossing,  the same for b and c

    Args:
        model: the machine.
        v: data, 0 to 1, (B, V).
        generator: where the tosses come from.
        steps: k.

    Returns:
        directions to add, averaged over the batch, and the reconstruction; see `Divergence`.

    Raises:
        DataError: a number of the data is not 0 to 1.

    Source: S4 (energy function between two adjacent layers). Hinton, 2002.

    Deviation: chances in place of tosses for the last hidden layer, as Hinton's guide advises.
    """
    check_shape("v", v, "B", model.config.visible)
    require_numbers("v", v, 0, 1)
    require_positive(steps=steps)

    with torch.no_grad():
        h_data = model(v)  # (B, H)
        h = h_data
        v_model = v
        for _ in range(steps):
            v_model = toss(model.visible(toss(h, generator)), generator)
            h = model(v_model)
        # dW = <h vᵀ>_data - <h vᵀ>_model
        dW = (h_data.T @ v - h.T @ v_model) / len(v)
        return Divergence(dW, (v - v_model).mean(0), (h_data - h).mean(0), model.visible(h_data))


SYSTEMS = (
    System(
        "restricted_boltzmann_machine",
        "S4",
        lambda generator: RestrictedBoltzmannMachine(RestrictedConfig(5, 3), generator),
        (bits("B", 5),),
        parameters=5 * 3 + 5 + 3,
        wrong=(bits("B", 9),),
    ),
)
