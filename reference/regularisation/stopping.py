"""When to stop training: five criteria, any of which is enough.

Guarantees: each says its reason; a loss that is not a number always stops.

Does not: keep the best weights (see `early_stopping`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from reference.as_module import AsModule
from reference.errors import require
from reference.examples import normal
from reference.registry import System
from reference.regularisation.early_stopping import EarlyStopping

__all__ = ["Criteria", "StopWatch"]


@dataclass(frozen=True)
class Criteria:
    """What ends training; None where it does not matter.

    Args:
        epochs: most passes over the data.
        goal: a training loss that is good enough.
        least_slope: norm of the gradient below which the surface is flat. Flat is not done: saddle
            points are flat, too.
        patience: epochs without a lower validation loss.

    Source: S2 (early stopping), S4.
    """

    epochs: int | None = None
    goal: float | None = None
    least_slope: float | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        require(
            any(v is not None for v in (self.epochs, self.goal, self.least_slope, self.patience)),
            "there is no criterion, so training would never end",
        )
        for name in ("epochs", "patience"):
            value = getattr(self, name)
            require(value is None or value >= 1, f"{name} is {value}, expected at least 1")


class StopWatch:
    """Looks at each epoch of a training."""

    def __init__(self, criteria: Criteria) -> None:
        self.criteria = criteria
        self.epochs = 0
        self.validation = None if criteria.patience is None else EarlyStopping(criteria.patience)

    def update(
        self, loss: float, validation_loss: float = math.inf, slope: float = math.inf
    ) -> str | None:
        """Take note of one epoch; returns why to stop, or None."""
        c = self.criteria
        self.epochs += 1
        if math.isnan(loss):
            return "the loss is not a number"
        if c.goal is not None and loss <= c.goal:
            return f"the loss {loss:g} reached its goal {c.goal:g}"
        if c.least_slope is not None and slope < c.least_slope:
            return f"the slope {slope:g} is below {c.least_slope:g}"
        if self.validation is not None and self.validation.update(validation_loss):
            return f"no lower validation loss for {c.patience} epochs"
        if c.epochs is not None and self.epochs >= c.epochs:
            return f"{c.epochs} epochs are over"
        return None


def _epochs(losses: Tensor) -> Tensor:
    """After how many epochs each training stops whose validation losses are (T, B), (B,)."""
    lasted = []
    for history in losses.T.tolist():
        watch = StopWatch(Criteria(epochs=len(history), goal=-1.0, patience=2))
        next(reason for loss in history if (reason := watch.update(loss, loss)))
        lasted.append(watch.epochs)
    return torch.tensor(lasted, device=losses.device)


SYSTEMS = (
    System(
        "stopping_criteria",
        "S2, S4",
        lambda _: AsModule(_epochs),
        (normal("T", "B"),),
        output_axis=0,
        differentiable=False,
    ),
)
