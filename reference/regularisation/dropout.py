"""Dropout: switch units off at random while training.

Guarantees: the mean output equals the input (inverted dropout), so nothing changes at test time.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.errors import require
from reference.examples import normal
from reference.registry import System

__all__ = ["Dropout", "dropout"]


def dropout(
    x: Tensor, rate: float, training: bool = True, generator: Generator | None = None
) -> Tensor:
    """Zero each unit with probability p, and scale up those that stay.

    Equation: ``y = x ⊙ mask / (1 - p)``, mask_i = 1 with probability 1 - p; when testing ``y = x``

    Args:
        x: any shape.
        rate: p, from 0 to below 1.
        training: False gives x back.
        generator: where the mask comes from.

    Source: S0, S4.
    """
    require(0 <= rate < 1, f"rate is {rate}, expected from 0 to below 1")
    if not training or rate == 0:
        return x
    device = x.device if generator is None else generator.device
    mask = (torch.rand(x.shape, generator=generator, device=device) >= rate).to(x.device)
    # y = x ⊙ mask / (1 - p)
    return x * mask / (1 - rate)


class Dropout(nn.Module):
    """Dropout as a layer that is active only in training mode."""

    def __init__(self, rate: float = 0.5, generator: Generator | None = None) -> None:
        super().__init__()
        require(0 <= rate < 1, f"rate is {rate}, expected from 0 to below 1")
        self.rate = rate
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return dropout(x, self.rate, self.training, self.generator)


SYSTEMS = (
    System("dropout", "S0, S4", lambda generator: Dropout(0.5, generator), (normal("B", 2, 6, 5),)),
)
