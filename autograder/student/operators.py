"""Python's operators by name, as the check's side asks for them on objects that stay here.

What it guarantees: each applies to the object as the language would.
What it does not do: decide which may be asked for. Everything here is within the student's reach.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any


def _next(iterator: Any) -> list[Any]:
    """Return a list of the next item; an empty one at the end."""
    for item in iterator:
        return [item]
    return []


def _enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def _leave(manager: Any, raised: str) -> None:
    """Leave a context manager, with an error when the check's block ended by one.

    Args:
        manager: what was entered.
        raised: the text of that error; empty without.
    """
    if raised:
        error = RuntimeError(raised)
        type(manager).__exit__(manager, RuntimeError, error, None)
    else:
        type(manager).__exit__(manager, None, None, None)


OPERATORS: Mapping[str, Callable[..., Any]] = {
    **{
        name: getattr(operator, name)
        for name in (
            "abs", "add", "contains", "delitem", "eq", "floordiv", "ge", "getitem", "gt", "invert",
            "le", "lshift", "lt", "matmul", "mod", "mul", "ne", "neg", "pos", "pow", "rshift",
            "setitem", "sub", "truediv", "truth", "xor", "and_", "or_",
        )
    },
    "enter": _enter,
    "float": float,
    "int": int,
    "is": operator.is_,
    "iter": iter,
    "leave": _leave,
    "len": len,
    "next": _next,
    "slice": lambda value, *bounds: value[slice(*bounds)],
    "reversed": lambda right, left, name: OPERATORS[name](left, right),
}  # fmt: skip
