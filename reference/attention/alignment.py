"""What all attention shares: scores become weights, weights make a context; masks hide positions.

What it guarantees:

- Weights are not negative and sum to one over the visible positions; hidden ones get exactly zero.
- A row with nothing visible is refused instead of becoming NaN.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from reference.errors import DataError, ShapeError, require_positive
from reference.lengths import real_steps
from reference.shapes import check_shape


def align(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights.

    Equation:
        a_s = exp(score_s) / sum_s' exp(score_s')

    Args:
        scores: one for each source position, (..., S).
        mask: True where a position may be seen; broadcasts to `scores`.

    Returns:
        weights, (..., S).

    Raises:
        ShapeError: the mask does not broadcast to the scores.
        DataError: the mask hides every position of a row.

    Source: S4 "Luong attention" (alignment vector).
    """
    if mask is not None:
        try:
            visible = mask.broadcast_to(scores.shape)
        except RuntimeError as error:
            raise ShapeError(
                f"mask has shape {tuple(mask.shape)}, expected one that broadcasts to "
                f"{tuple(scores.shape)}"
            ) from error
        if not visible.any(-1).all():
            raise DataError("the mask hides every position of at least one row")
        scores = scores.masked_fill(~visible, -math.inf)
    # a_s = exp(score_s) / sum exp(score); the largest score is taken off so that exp stays finite
    grown = torch.exp(scores - scores.amax(-1, keepdim=True))
    return grown / grown.sum(-1, keepdim=True)


def context_vector(weights: Tensor, values: Tensor) -> Tensor:
    """Average the values by the weights.

    Equation:
        c = sum_s a_s h_s

    Args:
        weights: (..., S).
        values: (..., S, H).

    Returns:
        (..., H).
    """
    check_shape("values", values, ..., weights.shape[-1], "H")
    # c = sum_s a_s h_s
    return (weights.unsqueeze(-2) @ values).squeeze(-2)


def causal_mask(steps: int, device: torch.device | str | None = None) -> Tensor:
    """A mask by which step t sees steps up to t, (T, T), True where it may look.

    >>> causal_mask(3).int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    require_positive(steps=steps)
    return torch.ones(steps, steps, dtype=torch.bool, device=device).tril()


def padding_mask(lengths: Tensor, steps: int) -> Tensor:
    """A mask by which only the first `length` positions of each row are seen, (B, S).

    >>> padding_mask(torch.tensor([1, 3]), 3).int().tolist()
    [[1, 0, 0], [1, 1, 1]]
    """
    return real_steps(lengths, steps).T
