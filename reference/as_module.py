"""Functions as modules, so that one registry and one test-suite can try them like any model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

__all__ = ["AsModule"]


class AsModule(nn.Module):
    """A pure function with an `nn.Module`'s face and no parameters.

    Args:
        function: takes what `forward` gets.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Any) -> Any:
        """Call the function."""
        return self.function(*inputs)
