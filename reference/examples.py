"""Inputs that a system of the registry is tried on: a shape, and the domain of its numbers.

What it guarantees:

- Letters in a shape are axes that `draw` sizes: `"B"` the batch, `"T"` time, `"S"` the time of a
  source, which is another length unless both are one step.
- The domain says which special values make sense: zeros anywhere, huge numbers only for reals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import Generator, Tensor, nn

__all__ = [
    "SEQUENCE",
    "TOO_WIDE",
    "Domain",
    "Input",
    "bits",
    "distribution",
    "ids",
    "normal",
    "off_the_kinks",
    "signs",
    "unit",
]

Domain = Literal["real", "unit", "distribution", "bits", "signs", "ids"]
Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class Input:
    """One input of a system.

    Args:
        shape: sizes of all axes, or `"B"`, `"T"`, `"S"`, each at most once.
        domain: reals, numbers between 0 and 1, distributions over the last axis, 0 and 1, -1 and 1,
            or whole numbers below `count`.
        count: of ids.
    """

    shape: tuple[int | str, ...]
    domain: Domain = "real"
    count: int = 0

    @property
    def batch_axis(self) -> int | None:
        """Where the batch is, None where there is none."""
        return self.shape.index("B") if "B" in self.shape else None

    def draw(self, batch: int, generator: Generator, steps: int = 4) -> Tensor:
        """Numbers of the domain; float32 but for ids."""
        sizes = {"B": batch, "T": steps, "S": 2 * steps - 1}
        shape = [sizes[size] if isinstance(size, str) else size for size in self.shape]
        match self.domain:
            case "ids":
                return torch.randint(self.count, shape, generator=generator)
            case "bits":
                return torch.randint(2, shape, generator=generator).float()
            case "signs":
                return torch.randint(2, shape, generator=generator) * 2.0 - 1
            case "unit":
                return torch.rand(shape, generator=generator) * 0.8 + 0.1
            case "distribution":
                return torch.randn(shape, generator=generator).softmax(dim=-1)
            case _:
                return torch.randn(shape, generator=generator)


def normal(*shape: int | str) -> Input:
    """Real numbers, drawn from N(0, 1)."""
    return Input(shape)


def unit(*shape: int | str) -> Input:
    """Numbers between 0 and 1: probabilities, pixels."""
    return Input(shape, "unit")


def distribution(*shape: int | str) -> Input:
    """Distributions over the last axis."""
    return Input(shape, "distribution")


def bits(*shape: int | str) -> Input:
    """Numbers 0 and 1."""
    return Input(shape, "bits")


def signs(*shape: int | str) -> Input:
    """Numbers -1 and 1."""
    return Input(shape, "signs")


def ids(count: int, *shape: int | str) -> Input:
    """Whole numbers from 0 to count - 1."""
    return Input(shape, "ids", count)


SEQUENCE = (normal("T", "B", 3),)
"""Three numbers a step, time first."""

TOO_WIDE = (normal("T", "B", 9),)
"""The same with nine numbers a step."""


def off_the_kinks(model: Model, generator: Generator | None) -> Model:
    """Draw all biases that start at zero, so that no rectifier sits exactly on its kink at 0."""
    for module in model.modules():
        bias = getattr(module, "bias", None)
        if isinstance(bias, nn.Parameter) and not bool(bias.any()):
            nn.init.normal_(bias, generator=generator)
    return model
