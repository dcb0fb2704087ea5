"""Early stopping: end training when the validation loss no longer falls, keep the best.

Guarantees: the state kept is a copy of the one at the lowest loss, whatever came after.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reference.errors import require, require_positive

__all__ = ["EarlyStopping", "Stop", "early_stop"]


@dataclass(frozen=True)
class Stop:
    """Where training ends and where it was best, counted from 0."""

    stopped_at: int
    best_at: int


def early_stop(losses: Sequence[float], patience: int, least_gain: float = 0.0) -> Stop:
    """Find where training would have stopped on a list of validation losses.

    Equation: stop at the first t with ``t - t_best >= patience``, where ``L(t_best)`` was the last
    loss lower than the best before by more than ``least_gain``

    Args:
        losses: validation loss after each epoch.
        patience: epochs without improvement to wait.
        least_gain: what counts as an improvement.

    Returns: last epoch if the patience never ran out.

    Source: S0.

    >>> early_stop([3.0, 2.0, 2.5, 2.4, 1.0], patience=2)
    Stop(stopped_at=3, best_at=1)
    """
    require(len(losses) > 0, "there are no losses, expected at least one")
    watch = EarlyStopping(patience, least_gain)
    for t, loss in enumerate(losses):
        if watch.update(loss):
            # the first t with t - t_best >= patience
            return Stop(t, watch.best_at)
    return Stop(len(losses) - 1, watch.best_at)


class EarlyStopping:
    """Watches a validation loss during training.

    Args:
        patience: epochs without improvement to wait.
        least_gain: what counts as an improvement.
    """

    def __init__(self, patience: int, least_gain: float = 0.0) -> None:
        require_positive(patience=patience)
        require(least_gain >= 0, f"least_gain is {least_gain}, expected at least 0")
        self.patience = patience
        self.least_gain = least_gain
        self.best = math.inf
        self.best_at = 0
        self.best_state: Any = None
        self.epochs = 0

    def update(self, loss: float, state: Any = None) -> bool:
        """Take note of one epoch; True means stop.

        Args:
            loss: validation loss; not-a-number never counts as an improvement.
            state: copied if this is the best so far, for example `model.state_dict()`.
        """
        if loss < self.best - self.least_gain:
            self.best, self.best_at = loss, self.epochs
            self.best_state = copy.deepcopy(state)
        self.epochs += 1
        return self.epochs - 1 - self.best_at >= self.patience
