"""What can go wrong when a reference model is configured or called.

Guarantees:

- every error of ours is a `ModelError`, and also a `ValueError`;
- the message says what came, what was expected and, where it helps, what to do.
"""

from __future__ import annotations

from torch import Tensor

__all__ = ["ConfigError", "ModelError", "ShapeError", "require", "require_shape"]


class ModelError(ValueError):
    """Root of all errors raised by the reference."""


class ConfigError(ModelError):
    """A hyperparameter or an argument makes no sense."""


class ShapeError(ModelError):
    """A tensor does not have the shape that the equation needs."""


def require(condition: bool, message: str) -> None:
    """Raise `ConfigError` with `message` unless `condition` holds."""
    if not condition:
        raise ConfigError(message)


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
