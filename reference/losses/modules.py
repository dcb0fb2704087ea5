"""The losses as modules, one per function, so that they can be listed, tried and swapped."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from reference.losses.reduction import Reduction

__all__ = ["Loss"]


class Loss(nn.Module):
    """A loss function with its reduction; no parameters.

    Args:
        function: takes (prediction, target, reduction).
        reduction: "mean", "sum" or "none".
    """

    def __init__(
        self,
        function: Callable[[Tensor, Tensor, Reduction], Tensor],
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__()
        self.function = function
        self.reduction = reduction

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Compare prediction and target."""
        return self.function(prediction, target, self.reduction)
