"""Comparison of what came with what was expected: numbers, tensors, and structures of them.

What it guarantees:

- Values are compared here, in float64 or exactly, on plain copies; nothing of the student's runs.
- The precision of what came counts: single precision is compared with seven digits, also where
  the expected value has more; half precision loosens nothing further.
- NaN and infinity equal nothing unless the author says so; a bool is no number, a number no bool;
  but where an array of zeros and ones is expected, one of bools is one.
- The student reads what came, the expected shape or type, and where the first difference is;
  expected values are in the staff's detail only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.number import read_number
from autograder.checking.remote import RemoteObject
from autograder.checking.text import (
    describe,
    dtype_name,
    is_blank,
    shape_text,
    show,
    title,
    values_text,
)
from autograder.checking.tolerance import EXACT, FLOAT32, Tolerance, at_least_float32

Array = npt.NDArray[Any]
_ROWS = 1_000  # of a tensor that stands for a tuple
_ARRAYS = (torch.Tensor, np.ndarray, np.generic)
_NUMBERS = (int, float, complex)
_SINGLE = (
    np.dtype(np.float16),
    np.dtype(np.float32),
    np.dtype(np.complex64),
)  # bfloat16 comes as float32


def assert_close(
    actual: Any,
    expected: Any,
    *,
    tolerance: Tolerance = FLOAT32,
    what: str = "the result",
    dtype: torch.dtype | None = None,
    allow_nonfinite: bool = False,
) -> None:
    """Check numbers, tensors, arrays, or lists, tuples and dicts of these, against the expected.

    Args:
        actual: what came from the student.
        expected: its like; tuples and lists count as the same, a tensor may come as an array or
            as nested lists of the same shape, and one number as an array of one entry.
        tolerance: a named one, see `autograder.checking.tolerance`; at least `FLOAT32` for what
            comes in single precision or less.
        what: how the message calls the value.
        dtype: also require this dtype of every tensor or array; the exercise's text must say so.
        allow_nonfinite: NaN equals NaN, and infinity the same infinity, at the same place.

    Raises:
        WrongAnswer: it differs.
        AuthorError: `expected` cannot be compared with.
    """
    _compare(actual, expected, what, _Rule(tolerance, dtype, allow_nonfinite))


def assert_tensor(
    value: Any,
    shape: Sequence[int | None] | None = None,
    *,
    dtype: torch.dtype | None = None,
    what: str = "the result",
) -> torch.Tensor:
    """Return the value as a finite real tensor of that shape, for checks of its properties.

    Args:
        value: what came; a tensor, array, number or nested list.
        shape: expected sizes, `None` for any size.
        dtype: required dtype.
        what: how the message calls the value.

    Raises:
        WrongAnswer: it is no such tensor.
    """
    array = _array(value, what, None)
    if shape is not None and not _fits(array.shape, shape):
        wanted = "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"
        raise WrongAnswer(f"{title(what)} is {describe(value)}; expected the shape {wanted}.")
    _require_dtype(value, dtype, what)
    if array.dtype.kind == "c":
        raise WrongAnswer(f"{title(what)} is {describe(value)}; expected real numbers.")
    _require_finite(array, what)
    if isinstance(value, torch.Tensor):
        return value
    return torch.from_numpy(np.ascontiguousarray(array))


def dtype_of(value: Any, what: str = "the result") -> torch.dtype:
    """Return the dtype of a tensor or array that came, as torch's.

    Raises:
        WrongAnswer: it is neither.
    """
    if isinstance(value, _ARRAYS):
        found = getattr(torch, dtype_name(value.dtype), None)
        if isinstance(found, torch.dtype):
            return found
    raise WrongAnswer(f"{title(what)} is {describe(value)}; expected a tensor or an array.")


def unpack(value: Any, count: int, what: str = "the result") -> tuple[Any, ...]:
    """Return the parts of a tuple or list that must have exactly that length.

    `h, c = unpack(student.lstm_step(x, h, c), 2)` tells a student who returned something else so.
    A tensor or array of so many rows is unpacked as Python does.

    Raises:
        WrongAnswer: it is something else, or of another length.
    """
    parts = _rows(value)
    if parts is None or len(parts) != count:
        raise WrongAnswer(f"{title(what)} is {describe(value)}; expected a tuple of {count}.")
    return parts


def _rows(value: Any) -> tuple[Any, ...] | None:
    """Return what `first, second = value` would unpack; `None` for what has no parts."""
    if isinstance(value, torch.Tensor) and value.layout is not torch.strided:
        return None
    if isinstance(value, torch.Tensor | np.ndarray) and value.ndim > 0:
        return tuple(value) if len(value) <= _ROWS else None
    return tuple(value) if type(value) in (tuple, list) else None


class _Rule:
    def __init__(
        self, tolerance: Tolerance, dtype: torch.dtype | None, allow_nonfinite: bool
    ) -> None:
        if not isinstance(tolerance, Tolerance):
            raise AuthorError(f"tolerance is {tolerance!r}; expected a named Tolerance")
        self.tolerance = tolerance
        self.dtype = dtype
        self.allow_nonfinite = allow_nonfinite


def _compare(actual: Any, expected: Any, what: str, rule: _Rule) -> None:
    if isinstance(expected, Mapping):
        _compare_mappings(actual, expected, what, rule)
    elif isinstance(expected, list | tuple) and not _is_numeric_list(expected):
        _compare_sequences(actual, expected, what, rule)
    elif expected is None or isinstance(expected, str | bytes):
        if type(actual) is not type(expected) or actual != expected:
            wanted = "None" if expected is None else f"a {type(expected).__name__}"
            raise WrongAnswer(
                f"{title(what)} is {describe(actual)}; expected "
                + ("another text." if type(actual) is type(expected) else f"{wanted}."),
                f"expected {values_text(expected)}",
            )
    elif isinstance(expected, (*_ARRAYS, *_NUMBERS, list, tuple)):  # bool is an int
        _compare_arrays(actual, expected, what, rule)
    else:
        raise AuthorError(f"cannot compare with an expected value of type {type(expected)}")


def _compare_mappings(actual: Any, expected: Mapping[Any, Any], what: str, rule: _Rule) -> None:
    if type(actual) is not dict:
        raise WrongAnswer(f"{title(what)} is {describe(actual)}; expected a dict.")
    missing = [key for key in expected if key not in actual]
    if missing:
        raise WrongAnswer(f"{title(what)} has no entry {show(missing[0])}.")
    extra = [key for key in actual if key not in expected]
    if extra:
        raise WrongAnswer(f"{title(what)} has an entry {show(extra[0])} too many.")
    for key, value in expected.items():
        _compare(actual[key], value, f"{what}[{show(key)}]", rule)


def _compare_sequences(actual: Any, expected: Sequence[Any], what: str, rule: _Rule) -> None:
    parts = _rows(actual)
    if parts is None:
        raise WrongAnswer(
            f"{title(what)} is {describe(actual)}; expected a tuple or list of {len(expected)}."
        )
    if len(parts) != len(expected):
        raise WrongAnswer(f"{title(what)} is {describe(actual)}; expected {len(expected)} of them.")
    for index, (came, wanted) in enumerate(zip(parts, expected, strict=True)):
        _compare(came, wanted, f"{what}[{index}]", rule)


def _compare_arrays(actual: Any, expected: Any, what: str, rule: _Rule) -> None:
    wanted = _array(expected, "expected", AuthorError)
    came = _array(actual, what, None)
    if wanted.ndim == 0 and came.size == 1:
        came = came.reshape(())  # one number is one number
    if came.shape != wanted.shape:
        raise WrongAnswer(
            f"{title(what)} is {describe(actual)}; expected the shape {shape_text(wanted.shape)}.",
            f"came {values_text(actual)}\nexpected {values_text(expected)}",
        )
    _require_dtype(actual, rule.dtype, what)
    if came.dtype.kind == "b" and wanted.dtype.kind != "b" and _is_zeros_and_ones(wanted):
        came = came.astype(np.uint8)
    if (came.dtype.kind == "b") != (wanted.dtype.kind == "b"):
        kind = "True or False" if wanted.dtype.kind == "b" else "numbers"
        raise WrongAnswer(f"{title(what)} is {describe(actual)}; expected {kind}.")
    if came.dtype.kind == "c" and wanted.dtype.kind != "c":
        raise WrongAnswer(f"{title(what)} is {describe(actual)}; expected real numbers.")
    if not rule.allow_nonfinite:
        if not _finite(wanted).all():
            raise AuthorError("expected holds NaN or infinity; say allow_nonfinite=True")
        _require_finite(came, what)
    tolerance = rule.tolerance
    if rule.dtype is None and came.dtype in _SINGLE and tolerance is not EXACT:
        tolerance = at_least_float32(tolerance)
    wrong = ~_near(came, wanted, tolerance, allow_nonfinite=rule.allow_nonfinite)
    if wrong.any():
        raise WrongAnswer(
            _where(came, wrong, what, actual),
            f"tolerance {tolerance.relative:g} relative, {tolerance.absolute:g} absolute "
            f"({tolerance.reason})\ncame     {values_text(actual)}\n"
            f"expected {values_text(expected)}",
        )


def _is_zeros_and_ones(array: Array) -> bool:
    return array.ndim > 0 and bool(np.isin(array, (0, 1)).all())


def _near(came: Array, wanted: Array, tolerance: Tolerance, *, allow_nonfinite: bool) -> Array:
    exact = tolerance.relative == tolerance.absolute == 0
    if came.dtype.kind == "b" or (exact and came.dtype.kind in "ui" and wanted.dtype.kind in "ui"):
        return np.asarray(came == wanted)
    kind = np.complex128 if "c" in (came.dtype.kind, wanted.dtype.kind) else np.float64
    with np.errstate(all="ignore"):
        if exact and came.dtype in _SINGLE:  # a copy in single precision is a copy
            wanted = wanted.astype(np.complex64 if kind is np.complex128 else np.float32)
        a, b = came.astype(kind), wanted.astype(kind)
        near = np.abs(a - b) <= tolerance.absolute + tolerance.relative * np.abs(b)
        finite = np.isfinite(a) & np.isfinite(b)
        near &= finite
        if allow_nonfinite:
            near |= ~finite & ((a == b) | (np.isnan(a) & np.isnan(b)))
    return np.asarray(near)


def _where(came: Array, wrong: Array, what: str, actual: Any) -> str:
    if came.ndim == 0:
        return f"{title(what)} is {show(came[()])}; that is not right."
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = ", ".join(str(i) for i in index)
    count, size = int(wrong.sum()), came.size
    text = (
        f"{title(what)} has the right shape {shape_text(came.shape)}, but {count} of {size} "
        f"values differ, first at [{place}], where yours is {show(came[index])}."
    )
    if dtype_name(getattr(actual, "dtype", "")) in ("float16", "bfloat16"):
        text += f" Your values are {dtype_name(actual.dtype)}, which holds only 3 digits."
    return text


def _array(value: Any, what: str, fault: type[AuthorError] | None) -> Array:
    """Return a plain array of numbers or bools."""
    problem = ""
    array: Array | None = None
    if fault is None and is_blank(value) and value is not None:
        raise WrongAnswer(f"{title(what)} is not filled in yet.")
    if isinstance(value, RemoteObject):
        number = read_number(value)
        array = None if number is None else np.asarray(float(number))
        problem = "expected a tensor, an array or numbers"
    elif isinstance(value, torch.Tensor):
        tensor = value.detach()
        if tensor.layout is not torch.strided or tensor.device.type == "meta":
            problem = "expected a dense tensor"
        else:
            tensor = tensor.resolve_conj().resolve_neg().cpu()
            array = (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy()
    elif isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
    elif isinstance(value, bool | int | float | complex):
        array = _from_lists(value)
        problem = "" if array is not None else "the number is too large"
    elif type(value) in (list, tuple):
        array = _from_lists(value)
        if array is None:
            problem = "expected numbers, every row of the same length"
    else:
        problem = "expected a tensor, an array or numbers"
    if array is not None and array.dtype.kind not in "biufc":
        array, problem = None, "expected numbers"
    if array is None:
        if fault is not None:
            raise fault(f"{what}: {describe(value)}: {problem}")
        raise WrongAnswer(f"{title(what)} is {describe(value)}; {problem}.")
    return array


def _from_lists(value: Any) -> Array | None:
    plain = _plain(value, 0)
    if plain is None:
        return None
    try:
        array = np.array(plain)
    except (ValueError, OverflowError, TypeError):
        return None
    if array.dtype.kind == "O":  # whole numbers beyond 64 bits
        try:
            array = array.astype(np.float64)
        except (ValueError, OverflowError, TypeError):
            return None
    return array if array.dtype.kind in "biufc" and not _mixes_bools(plain) else None


def _plain(value: Any, depth: int) -> Any:
    """Return nested lists of numbers with one-element tensors in them read, or `None`."""
    if depth > 8:
        return None
    if type(value) in (bool, int, float, complex):
        return value
    if isinstance(value, _ARRAYS):
        return value.tolist()
    if isinstance(value, RemoteObject):
        number = read_number(value)
        return None if number is None else float(number)
    if type(value) in (list, tuple):
        entries = [_plain(entry, depth + 1) for entry in value]
        return None if any(entry is None for entry in entries) else entries
    return None


def _mixes_bools(plain: Any) -> bool:
    kinds: set[bool] = set()
    pending = [plain]
    while pending:
        entry = pending.pop()
        if isinstance(entry, list):
            pending.extend(entry)
        else:
            kinds.add(isinstance(entry, bool))
    return len(kinds) > 1


def _is_numeric_list(value: Sequence[Any]) -> bool:
    """Say whether a list is one array of numbers rather than a structure of arrays."""
    return (
        type(value) is list
        and len(value) > 0
        and _from_lists(value) is not None
        and not any(isinstance(entry, _ARRAYS) for entry in value)
    )


def _require_dtype(value: Any, dtype: torch.dtype | None, what: str) -> None:
    if dtype is None:
        return
    came = dtype_name(getattr(value, "dtype", "")) if isinstance(value, _ARRAYS) else ""
    if came != dtype_name(dtype):
        raise WrongAnswer(
            f"{title(what)} is {describe(value)}; expected a tensor of dtype {dtype_name(dtype)}, "
            "as the exercise says."
        )


def _finite(array: Array) -> Array:
    return np.asarray(np.isfinite(array) if array.dtype.kind in "fc" else np.ones_like(array, bool))


def _require_finite(array: Array, what: str) -> None:
    finite = _finite(array)
    if finite.all():
        return
    if array.ndim == 0:
        raise WrongAnswer(f"{title(what)} is {show(array[()])}; expected a finite number.")
    index = tuple(int(i) for i in np.argwhere(~finite)[0])
    place = ", ".join(str(i) for i in index)
    raise WrongAnswer(
        f"{title(what)} holds {show(array[index])} at [{place}]; expected finite numbers. Look "
        "for a division by zero, the logarithm of zero, or an overflowing exponential."
    )


def _fits(shape: tuple[int, ...], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        size is None or size == came for came, size in zip(shape, wanted, strict=True)
    )
