"""Shape checks whose message says what came, what was expected, and where.

What it guarantees:

- `check_shape` names the tensor, its shape and the pattern; it costs no tensor operation.

What it does not do: check dtypes or values.
"""

from __future__ import annotations

from types import EllipsisType

from torch import Tensor

from reference.errors import ShapeError

Axis = int | str | EllipsisType


def check_shape(name: str, tensor: Tensor, *axes: Axis) -> None:
    """Raise `ShapeError` unless the tensor's shape follows the pattern.

    Args:
        name: what the tensor is called in the message.
        tensor: any tensor.
        axes: a number fixes the size of an axis, a letter leaves it open (the same letter twice
            must be the same size), `...` stands for any number of axes (at most once).

    Raises:
        ShapeError: the shape does not follow the pattern.

    >>> import torch
    >>> check_shape("x", torch.zeros(7, 2, 3), "T", ..., 3)
    >>> check_shape("x", torch.zeros(7, 2, 4), "T", ..., 3)
    Traceback (most recent call last):
    reference.errors.ShapeError: x has shape (7, 2, 4), expected (T, ..., 3): axis 2 is 4, not 3
    """
    shape = tuple(tensor.shape)
    pattern = "(" + ", ".join("..." if axis is ... else str(axis) for axis in axes) + ")"
    start = f"{name} has shape {shape}, expected {pattern}"
    fixed = [axis for axis in axes if axis is not ...]
    if len(shape) < len(fixed) or (len(shape) > len(fixed) and ... not in axes):
        raise ShapeError(f"{start}: it has {len(shape)} axes")
    split = axes.index(...) if ... in axes else len(axes)
    after = len(fixed) - split
    positions = [*range(split), *range(len(shape) - after, len(shape))]
    seen: dict[str, int] = {}
    for position, axis in zip(positions, fixed, strict=True):
        size = shape[position]
        wanted = axis if isinstance(axis, int) else seen.setdefault(str(axis), size)
        if size != wanted:
            raise ShapeError(f"{start}: axis {position} is {size}, not {wanted}")
