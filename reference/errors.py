"""What can go wrong when a reference model is configured or called.

Guarantees:

- every error of ours is a `ModelError`, and also a `ValueError`;
- the message says what came, what was expected and, where it helps, what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that `import reference` does not load torch
    from torch import Tensor

__all__ = [
    "ConfigError",
    "DataError",
    "ModelError",
    "ShapeError",
    "require",
    "require_positive",
    "require_shape",
]


class ModelError(ValueError):
    """Root of all errors raised by the reference."""


class ConfigError(ModelError):
    """A hyperparameter or an argument makes no sense."""


class ShapeError(ModelError):
    """A tensor does not have the shape that the equation needs."""


class DataError(ModelError):
    """Data is missing, or does not mean what the function needs."""


def require(condition: bool, message: str) -> None:
    """Raise `ConfigError` with `message` unless `condition` holds."""
    if not condition:
        raise ConfigError(message)


def require_positive(**sizes: int) -> None:
    """Raise `ConfigError` unless every named size is a whole number above zero.

    >>> require_positive(input_size=3)
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ConfigError(f"{name} must be a whole number above 0, got {size!r}")


def require_shape(name: str, tensor: Tensor, pattern: str, *sizes: int | None) -> None:
    """Raise `ShapeError` unless `tensor` has the given sizes; None allows any size.

    >>> import torch
    >>> require_shape("image", torch.zeros(2, 3, 8, 8), "(B, 3, H, W)", None, 3, None, None)
    """
    shape = tuple(tensor.shape)
    fits = len(shape) == len(sizes) and all(
        wanted is None or size == wanted for size, wanted in zip(shape, sizes, strict=True)
    )
    if not fits:
        raise ShapeError(f"{name} has shape {shape}, expected {pattern}")
