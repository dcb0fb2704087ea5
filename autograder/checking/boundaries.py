"""Inputs at which wrong answers show: the same in every run, since they decide and are not drawn.

What it guarantees: nothing here is random but values from a generator that is passed in; every
shape, size and kind comes in every run, so that equal answers get equal grades.
"""

from __future__ import annotations

from typing import Final, TypeVar

import torch

Number = TypeVar("Number", int, float)

SIZES: Final = (0, 1, 2, 5)
# neither square nor all of one parity; one row, one column, one entry
SHAPES: Final = ((1, 1), (1, 4), (3, 1), (4, 4), (3, 6), (5, 2))
_NEAR = 0.02


def around(value: Number) -> tuple[Number, Number, Number]:
    """Return a threshold with its neighbours: just below, at, just above.

    >>> around(3), around(2.0)
    ((2, 3, 4), (1.96, 2.0, 2.04))
    """
    if isinstance(value, int):
        return value - 1, value, value + 1
    near = _NEAR * (abs(value) or 1.0)
    return value - near, value, value + near


def kinds(shape: tuple[int, ...], generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Return tensors of one shape, `()` too, float64, that differ in what wrong answers get wrong.

    Returns:
        `whole` and `fractional` numbers of both signs, `negative` ones, `equal` entries, `zero`.
    """
    drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
    return {
        "whole": (4 * drawn).round(),
        "fractional": drawn,
        "negative": -drawn.abs() - 0.5,
        "equal": torch.full_like(drawn, 1.5),
        "zero": torch.zeros_like(drawn),
    }
