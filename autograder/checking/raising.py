"""Answers that must refuse bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.checking.errors import StudentError, WrongAnswer
from autograder.checking.text import describe, title


def assert_raises(
    error: type[Exception] | tuple[type[Exception], ...],
    call: Callable[..., Any],
    *args: Any,
    what: str = "the call",
    **kwargs: Any,
) -> None:
    """Check that the student's code raises: `assert_raises(ValueError, student.f, -1)`.

    Args:
        error: the expected class, or several; a subclass is one, too. They are compared by name, as
            the student's stay there.
        call: a name or an object of the student's.
        args: for the call.
        what: how the message calls the call.
        kwargs: for the call.

    Raises:
        WrongAnswer: it returned, or raised something else.
        StudentError: the name is missing, or a limit was exceeded.
    """
    names = {cls.__name__ for cls in (error if isinstance(error, tuple) else (error,))}
    wanted = " or ".join(sorted(names))
    name = title(what)
    try:
        value = call(*args, **kwargs)
    except StudentError as raised:
        if names & {*raised.type_names}:
            return
        if raised.type_name in ("", "NotImplementedError"):  # missing, stopped, not answered yet
            raise
        raise WrongAnswer(
            f"{name} raised {raised.type_name}; expected {wanted}.", raised.detail
        ) from raised
    raise WrongAnswer(f"{name} returned {describe(value)}; expected it to raise {wanted}.")
