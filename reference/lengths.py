"""Sentences of unequal length in one batch: what is padding, and where each sentence ends.

What it guarantees:

- With `lengths` no number that a system says depends on what stands in the padding.
- Without `lengths` every step of every sequence is real.

Axes are time first, as in every layer over time: ids (T, B), states (T, B, H), lengths (B,).
"""

from __future__ import annotations

import torch
from torch import Tensor

from reference.errors import DataError
from reference.losses import cross_entropy
from reference.shapes import check_shape

__all__ = ["last_states", "masked_cross_entropy", "real_steps", "reverse_in_time"]


def real_steps(lengths: Tensor, steps: int) -> Tensor:
    """True where a step is no padding, (T, B), for lengths (B,) from 1 to `steps`.

    >>> real_steps(torch.tensor([1, 3]), 3).int().tolist()
    [[1, 1], [0, 1], [0, 1]]
    """
    check_shape("lengths", lengths, "B")
    if bool((lengths < 1).any()) or bool((lengths > steps).any()):
        raise DataError(f"lengths must be 1 to {steps}, got {lengths.tolist()}")
    return torch.arange(steps, device=lengths.device).unsqueeze(1) < lengths


def last_states(states: Tensor, lengths: Tensor | None) -> Tensor:
    """The state after the last real step of each sequence, (T, ..., H) to (..., H).

    Args:
        states: (T, ..., H); (T, B, H) where lengths are given.
        lengths: (B,), 1 to T; None where all steps are real.

    Raises:
        DataError: a length is not 1 to T.
    """
    if lengths is None:
        return states[-1]
    check_shape("lengths", lengths, states.shape[1])
    real_steps(lengths, len(states))
    return states[lengths - 1, torch.arange(len(lengths), device=states.device)]


def reverse_in_time(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Turn each sequence round within its length; padding stays where it is, (T, B, ...).

    >>> reverse_in_time(torch.tensor([[1, 4], [2, 5], [3, 0]]), torch.tensor([3, 2])).T.tolist()
    [[3, 2, 1], [5, 4, 0]]
    """
    if lengths is None:
        return x.flip(0)
    check_shape("lengths", lengths, x.shape[1])
    real = real_steps(lengths, len(x))  # (T, B)
    t = torch.arange(len(x), device=x.device).unsqueeze(1)
    # step t of the turned sequence is step length - 1 - t
    came_from = torch.where(real, lengths - 1 - t, t)
    return x[came_from, torch.arange(x.shape[1], device=x.device)]


def masked_cross_entropy(scores: Tensor, target: Tensor, lengths: Tensor | None) -> Tensor:
    """The mean surprise at the real tokens, a number.

    Equation:
        L = - sum over real (t, b) of log p(target_tb) / how many there are

    Args:
        scores: (T, B, V).
        target: ids, (T, B).
        lengths: of the targets, (B,).
    """
    surprise = cross_entropy(scores, target, "none")  # (T, B)
    if lengths is None:
        # L = - sum over real (t, b) of log p(target_tb) / how many there are
        return surprise.mean()
    check_shape("lengths", lengths, target.shape[1])
    # only real steps count
    return surprise[real_steps(lengths, len(target))].mean()
