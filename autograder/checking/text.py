"""Values and tracebacks put into words that are fit to be read by people.

What it guarantees:

- `trace_text` has the author's lines of a traceback and does not tell where things are installed.
- `describe` never calls anything on a value but what numpy, torch and exact builtin types offer,
  and its result is bounded.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from autograder.checking.clean import clean

_ARGUMENTS_CHARACTERS = 200
_SHOWN_ENTRIES = 6
DETAIL_CHARACTERS = 8_000


def trace_text(error: BaseException, folder: Path) -> str:
    """Return the author's lines of a traceback, the same wherever the course lies.

    It becomes part of the report, which must not depend on the machine.

    Args:
        error: as caught.
        folder: of the check files; where no line is in it, all lines are kept.
    """
    trace = traceback.TracebackException.from_exception(error)
    left, seen = [trace], set()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept = [frame for frame in one.stack if folder in Path(frame.filename).parents]
        one.stack[:] = kept or one.stack
        for frame in one.stack:
            frame.filename = "/".join(Path(frame.filename).parts[-2:])
        left += [next_ for next_ in (one.__cause__, one.__context__) if next_ is not None]
        left += one.exceptions or []
    return "".join(trace.format())


def cause_text(error: BaseException, path: Path) -> str:
    """Return what was raised and in which line of a check file, in one line."""
    lines = [
        f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path
    ]
    if isinstance(error, SyntaxError) and str(error.filename) == str(path):
        lines, said = [error.lineno], error.msg
    else:
        said = str(error)
    place = f"{path.name}:{lines[-1]}" if lines else path.name
    return clean(" ".join(f"{place}: {type(error).__name__}: {said}".split()), 500, brackets=False)


_ARTICLES = ("the ", "a ", "an ", "what ", "your ", "both ", "each ", "one ")
_BLANKS = ("", "?", "??", "_", "__", "...", "…")


def title(what: str) -> str:
    """Return how a value is called at the beginning of a sentence; a name stays as it is."""
    return what[:1].upper() + what[1:] if what.startswith(_ARTICLES) else what


def is_blank(value: object) -> bool:
    """Say whether a value is what stands where nothing was filled in: `None`, `...`, `"?"`."""
    if isinstance(value, str):
        return value.strip() in _BLANKS
    left_out = getattr(type(value), "type_name", None) is not None  # a `RemoteObject`
    return value is None or value is Ellipsis or (left_out and _type_name(value) == "ellipsis")


def _type_name(value: object) -> str:
    return str(value.type_name)  # type: ignore[attr-defined]  # a `RemoteObject`


def quote(text: str, characters: int = 80) -> str:
    """Return student text in quotes on one line, cleaned and cut."""
    flat = " ".join(clean(text, characters).split())
    return f"“{flat}”"


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as one would write it."""
    return "(" + ", ".join(str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"


def dtype_name(dtype: object) -> str:
    """Return `float32` for torch's and numpy's dtype alike."""
    return str(dtype).removeprefix("torch.")


def describe(value: object) -> str:
    """Say what a value is: its type, shape and dtype; short plain values are shown."""
    if value is None:
        return "None (was something returned?)"
    if is_blank(value) and not isinstance(value, str):
        return "... (it is not filled in yet)"
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {shape_text(tuple(value.shape))}, {dtype_name(value.dtype)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {shape_text(value.shape)}, {dtype_name(value.dtype)}"
    if isinstance(value, bool | int | float | complex | np.generic):
        return f"{show(value)} ({type(value).__name__})"
    if isinstance(value, str):
        return f"the text {quote(value)}"
    if isinstance(value, list | tuple | set | dict):
        unit = "entry" if len(value) == 1 else "entries"
        return f"a {type(value).__name__} of {len(value)} {unit}"
    if getattr(type(value), "type_name", None) is not None:  # a `RemoteObject`
        return f"an object of type {clean(_type_name(value), 60)}"
    return f"a {clean(type(value).__name__, 60)}"


def show(value: object) -> str:
    """Return one plain value as text, short."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        # a number of thousands of digits may not even be written out
        number = int(value)
        return (
            str(number) if number.bit_length() < 130 else f"a number of {number.bit_length()} bits"
        )
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, complex | np.complexfloating):
        return f"{complex(value):.6g}"
    if value is None:
        return "None"
    return describe(value)


def called_with(args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    """Return a call's arguments as a student would write them, cut: `7, kernel=3`."""
    parts = [_argument(value) for value in args]
    parts += [f"{clean(name, 40)}={_argument(value)}" for name, value in kwargs.items()]
    text = ", ".join(parts)
    return text if len(text) <= _ARGUMENTS_CHARACTERS else text[:_ARGUMENTS_CHARACTERS] + " …"


def _argument(value: object) -> str:
    if isinstance(value, torch.Tensor | np.ndarray) and 0 < np.prod(value.shape) <= _SHOWN_ENTRIES:
        return f"{'tensor' if isinstance(value, torch.Tensor) else 'array'}({value.tolist()})"
    if type(value) in (list, tuple) and len(repr(value)) <= _ARGUMENTS_CHARACTERS // 2:
        return clean(repr(value), _ARGUMENTS_CHARACTERS)
    return show(value)


def values_text(value: object, characters: int = 1_200) -> str:
    """Return values for staff: everything, as far as it fits."""
    try:
        return clean(repr(value), characters, brackets=False)
    except Exception as error:  # noqa: BLE001 - text for staff only; must not hide the verdict
        return f"(cannot be shown: {type(error).__name__})"
