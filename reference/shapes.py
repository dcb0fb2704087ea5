"""Shape checks whose message says what came, what was expected, and where.

What it guarantees:

- `check_shape` names the tensor, its shape and the pattern; it costs no tensor operation.
- A sequence has at least one step: the axes T and S are never 0.
- `check_step` and `check_alike` cost a microsecond where all fits: they stand in every single step.

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
            must be the same size; T and S, which are times, are at least 1), `...` stands for any
            number of axes (at most once).

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
        raise ShapeError(f"{start}: it has {len(shape)} {'axis' if len(shape) == 1 else 'axes'}")
    split = axes.index(...) if ... in axes else len(axes)
    after = len(fixed) - split
    positions = [*range(split), *range(len(shape) - after, len(shape))]
    seen: dict[str, int] = {}
    for position, axis in zip(positions, fixed, strict=True):
        size = shape[position]
        wanted = axis if isinstance(axis, int) else seen.setdefault(str(axis), size)
        if size != wanted:
            raise ShapeError(f"{start}: axis {position} is {size}, not {wanted}")
        if size == 0 and axis in ("T", "S"):
            raise ShapeError(f"{start}: the sequence is empty, it needs at least one step")


def check_step(
    blocks: int, x_t: Tensor, W: Tensor, U: Tensor | None, b: Tensor | None, **states: Tensor
) -> None:
    """Raise `ShapeError` unless the tensors are those of one step of a recurrent layer.

    Args:
        blocks: how many gates and candidates are stacked in the weights, k.
        x_t: (..., D).
        W: (kH, D).
        U: (kH, H), None where the state has no weights.
        b: (kH,), None where there is no bias.
        states: each (..., H), with the leading axes of x_t.

    Raises:
        ShapeError: a tensor would be broadcast, or does not fit.
    """
    shapes = [state.shape for state in states.values()]
    x_shape, h_shape = x_t.shape, shapes[0]
    if x_shape and h_shape:
        D, H = x_shape[-1], h_shape[-1]
        if (
            W.shape == (blocks * H, D)
            and (U is None or U.shape == (blocks * H, H))
            and (b is None or b.shape == (blocks * H,))
            and x_shape[:-1] == h_shape[:-1]
            and shapes.count(h_shape) == len(shapes)
        ):
            return
    check_shape("x_t", x_t, ..., "D")
    *batch, D = x_shape
    H = W.shape[0] // blocks if W.ndim else 0
    check_shape("W", W, blocks * H, D)
    if U is not None:
        check_shape("U", U, blocks * H, H)
    if b is not None:
        check_shape("b", b, blocks * H)
    for name, state in states.items():
        check_shape(name, state, *batch, H)


def check_alike(name: str, like: Tensor, **others: Tensor) -> None:
    """Raise `ShapeError` unless the other tensors have the shape of the one called `name`.

    >>> import torch
    >>> check_alike("w", torch.zeros(3), g=torch.zeros(1))
    Traceback (most recent call last):
    reference.errors.ShapeError: g has shape (1,), expected (3,), as w has
    """
    shape = like.shape
    for other, tensor in others.items():
        if tensor.shape != shape:
            raise ShapeError(
                f"{other} has shape {tuple(tensor.shape)}, expected {tuple(shape)}, as {name} has"
            )
