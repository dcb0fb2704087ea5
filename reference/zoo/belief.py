"""The deep belief network: restricted Boltzmann machines stacked, each trained on the one below.

What it guarantees:

- `fit` trains greedily, one machine after the other; layers below are frozen meanwhile.
- `forward` is the upward pass of chances: features for a classifier.
- `sample` generates: the top two layers are tossed to and fro, then one pass goes down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

from reference.errors import (
    require,
    require_config,
    require_numbers,
    require_positive,
    require_within,
)
from reference.examples import bits
from reference.registry import System
from reference.shapes import check_shape
from reference.zoo.restricted import (
    RestrictedBoltzmannMachine,
    RestrictedConfig,
    contrastive_divergence,
    toss,
)


@dataclass(frozen=True)
class BeliefConfig:
    """Units of each layer, the visible one first."""

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        require(len(self.sizes) >= 2, f"sizes must name at least two layers, got {self.sizes}")
        for size in self.sizes:
            require_positive(size=size)


class DeepBeliefNetwork(nn.Module):
    """A stack of restricted Boltzmann machines.

    Equation:
        h^(l) = σ(W^(l) h^(l-1) + c^(l)),  h^(0) = v

    Source: S4 "Deep Belief Network (DBN)", "Layer-wise training". Hinton et al., 2006.
    """

    def __init__(self, config: BeliefConfig, generator: Generator | None = None) -> None:
        require_config(config, BeliefConfig)
        super().__init__()
        self.config = config
        self.machines = nn.ModuleList(
            RestrictedBoltzmannMachine(RestrictedConfig(below, above), generator)
            for below, above in pairwise(config.sizes)
        )

    def forward(self, v: Tensor) -> Tensor:
        """Map visible (..., V) to the top layer's chances (..., H)."""
        check_shape("v", v, ..., self.config.sizes[0])
        for machine in self.machines:
            v = machine(v)
        return v

    def reconstruct(self, v: Tensor) -> Tensor:
        """Up to the top and down again by chances, (..., V) to (..., V)."""
        h: Tensor = self(v)
        for i in reversed(range(len(self.machines))):
            h = self._machine(i).visible(h)
        return h

    def sample(self, count: int, sweeps: int, generator: Generator) -> Tensor:
        """Dream up `count` visible patterns, as chances (count, V).

        Equation:
            P(v, h¹, …, hᴸ) = P(v | h¹) … P(hᴸ⁻² | hᴸ⁻¹) P(hᴸ⁻¹, hᴸ): only the top is undirected

        Args:
            count: how many.
            sweeps: of tossing the top machine's two layers, which have to forget their start.
            generator: where the tosses come from.

        Source: S4 "Deep Belief Network (DBN)". Hinton, Osindero and Teh, 2006.
        """
        require_positive(count=count, sweeps=sweeps)
        *below, top = [self._machine(i) for i in range(len(self.machines))]
        with torch.no_grad():
            v = torch.full((count, top.config.visible), 0.5).to(top.b)
            for _ in range(sweeps):
                # hᴸ ~ P(hᴸ | hᴸ⁻¹), hᴸ⁻¹ ~ P(hᴸ⁻¹ | hᴸ)
                h = toss(top(toss(v, generator)), generator)
                v = top.visible(h)
            for machine in reversed(below):
                # hˡ⁻¹ ~ P(hˡ⁻¹ | hˡ)
                v = machine.visible(toss(v, generator))
        return v

    def _machine(self, i: int) -> RestrictedBoltzmannMachine:
        machine = self.machines[i]
        assert isinstance(machine, RestrictedBoltzmannMachine)
        return machine

    def fit(
        self, v: Tensor, epochs: int, learning_rate: float, batch: int, generator: Generator
    ) -> None:
        """Train greedily by contrastive divergence on data (N, V) between 0 and 1."""
        check_shape("v", v, "N", self.config.sizes[0])
        require_numbers("v", v, 0, 1)
        require_positive(epochs=epochs, batch=batch)
        require_within(0, math.inf, learning_rate=learning_rate)
        for i in range(len(self.machines)):
            machine = self._machine(i)
            for _ in range(epochs):
                for part in torch.split(torch.randperm(len(v), generator=generator), batch):
                    step = contrastive_divergence(machine, v[part], generator)
                    with torch.no_grad():
                        machine.W.add_(step.W, alpha=learning_rate)
                        machine.b.add_(step.b, alpha=learning_rate)
                        machine.c.add_(step.c, alpha=learning_rate)
            with torch.no_grad():
                v = machine(v)  # what the next machine learns from


SYSTEMS = (
    System(
        "deep_belief_network",
        "S4",
        lambda generator: DeepBeliefNetwork(BeliefConfig((5, 4, 3)), generator),
        (bits("B", 5),),
        parameters=(5 * 4 + 5 + 4) + (4 * 3 + 4 + 3),
        wrong=(bits("B", 9),),
    ),
)
