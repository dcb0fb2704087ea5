"""Small functions of a check as arguments of the student's code: they run here when it calls them.

What it guarantees:

- The student's code gives plain data by position, for the parameters without default; what it gets
  back is plain data, or a builtin exception that says nothing of ours.
- An assertion that fails in such a function is the check's verdict, whatever the student's code
  makes of it; a mistake in the function is ours.
- While such a function runs, nothing is asked of the student's code.

What it does not do: bound what the function does with the arguments. A check's time and memory do.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograder.checking.errors import CannotBeSent, CheckingError
from autograder.checking.running.line import Line
from autograder.checking.running.overrun import is_out_of_memory
from autograder.wire.codec import Lent, encode
from autograder.wire.errors import Untransferable
from autograder.wire.lent import CallRefused

_TOLD = (
    "ArithmeticError", "IndexError", "KeyError", "OverflowError", "RuntimeError", "TypeError",
    "ValueError", "ZeroDivisionError",
)  # fmt: skip


def lent(line: Line, function: Callable[..., Any]) -> Lent:
    """Return a function of the check's as an argument that travels."""
    takes = _parameters(function)

    def answer(*args: Any) -> bytes:
        if takes is not None and len(args) != takes:
            raise CallRefused("TypeError")
        try:
            with line.lending():
                return encode(function(*args))
        except Untransferable as error:
            line.raise_later(CannotBeSent(f"what a function of the check returned: {error}"))
            raise CallRefused("RuntimeError") from error
        except (AssertionError, CheckingError) as error:
            line.raise_later(error)
            raise CallRefused("RuntimeError") from error
        except Exception as error:
            if is_out_of_memory(error):
                raise
            name = type(error).__name__
            raise CallRefused(name if name in _TOLD else "ValueError") from error

    return Lent(answer, str(getattr(function, "__name__", "function")))


def _parameters(function: Callable[..., Any]) -> int | None:
    """Return how many positional arguments a function takes, those with default not counted.

    A default may hold what the student must not choose: `lambda x, weight=weight: x @ weight`.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):  # of C
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.default is parameter.empty
        for parameter in parameters
    )
