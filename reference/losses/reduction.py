"""How many losses become one."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from reference.errors import ConfigError

__all__ = ["Reduction", "reduce"]

Reduction = Literal["mean", "sum", "none"]


def reduce(losses: Tensor, reduction: Reduction) -> Tensor:
    """Average, add, or leave the losses as they are."""
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ConfigError(f"reduction is {reduction!r}, expected 'mean', 'sum' or 'none'")
