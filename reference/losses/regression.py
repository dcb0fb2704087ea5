"""Squared error."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from reference.as_module import AsModule
from reference.examples import normal
from reference.losses.reduction import Reduction, reduce
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["squared_error", "squared_error_gradient"]


def squared_error(prediction: Tensor, target: Tensor, reduction: Reduction = "mean") -> Tensor:
    """Half of the squared difference.

    Equation: ``L = 1/2 (t - y)²``

    Args:
        prediction: y, any shape.
        target: t, the same shape.
        reduction: "mean" over all elements, "sum", or "none".

    Source: S4, perceptron.

    Deviation: torch's `mse_loss` has no half.
    """
    check_shape("target", target, *prediction.shape)
    # L = 1/2 (t - y)²
    return reduce(0.5 * (target - prediction) ** 2, reduction)


def squared_error_gradient(prediction: Tensor, target: Tensor) -> Tensor:
    """Derivative of one element's loss.

    Equation: ``dL/dy = y - t``
    """
    check_shape("target", target, *prediction.shape)
    # dL/dy = y - t
    return prediction - target


SYSTEMS = (
    System(
        "squared_error",
        "S4",
        lambda _: AsModule(partial(squared_error, reduction="none")),
        (normal("B", 3), normal("B", 3)),
        wrong=(normal("B", 3), normal("B", 4)),
    ),
)
