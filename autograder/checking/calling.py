"""Calls of a student's function that look for what a value alone does not show.

What it guarantees:

- `assert_unchanged` compares the arguments that the student's function was given, as it left them,
  with what they were; `called_twice` finds a function that remembers.
- A difference is a verdict that says which argument, or that a call depends on those before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checking.compare import assert_close
from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.remote import RemoteName, RemoteObject, with_arguments
from autograder.checking.text import title
from autograder.checking.tolerance import EXACT

Function = RemoteName | RemoteObject


def assert_unchanged(function: Function, *args: Any, **kwargs: Any) -> Any:
    """Call a student's function, check that it leaves its arguments as they were, return its value.

    Args:
        function: a name or an object of the student's: `student.clip_gradient`.
        args: for the call. Objects of the student's among them are not looked at.
        kwargs: as `args`.

    Raises:
        WrongAnswer: an argument is not what it was.
    """
    value, left, named = with_arguments(function, args, kwargs)
    pairs = [(f"argument {i + 1}", args[i], left[i]) for i in range(len(args))]
    pairs += [(f"the argument {name}", kwargs[name], named[name]) for name in kwargs]
    for what, before, after in pairs:
        if isinstance(before, RemoteObject | RemoteName):
            continue
        try:
            assert_close(after, before, tolerance=EXACT, what=what, allow_nonfinite=True)
        except WrongAnswer as error:
            raise WrongAnswer(
                f"{title(what)} was changed: your function must not write into what it is given. "
                "Work on a copy.",
                f"{error.message}\n{error.detail}",
            ) from error
    return value


def called_twice(
    function: Function, first: Sequence[Any], second: Sequence[Any]
) -> tuple[Any, Any]:
    """Call with one list of arguments, with another, and again with the first; return both values.

    Args:
        function: a name or an object of the student's.
        first: positional arguments.
        second: others, of the same shapes.

    Raises:
        WrongAnswer: the third value is not the first: something is kept from call to call.
    """
    one, two, again = function(*first), function(*second), function(*first)
    try:  # what came first stands for what is expected, and may be anything
        assert_close(again, one, tolerance=EXACT, what="the result", allow_nonfinite=True)
    except WrongAnswer as error:
        raise WrongAnswer(
            "Called again with the same arguments your function gives something else: something is "
            "kept from the calls before.",
            f"{error.message}\n{error.detail}",
        ) from error
    except AuthorError:
        pass  # it cannot be compared with anything: so says whoever compares it with what is right
    return one, two


def ways_to_call(arguments: Mapping[str, Any]) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Return how a signature lets one pass arguments: all by position, all by name, and mixed.

    Args:
        arguments: name -> value, in the order of the signature.

    >>> ways_to_call({"size": 7, "kernel": 3})
    [((7, 3), {}), ((), {'size': 7, 'kernel': 3}), ((7,), {'kernel': 3})]
    """
    values, names = [*arguments.values()], [*arguments]
    counts = (len(names), 0, 1) if len(names) > 1 else (1, 0)
    return [
        (tuple(values[:count]), {name: arguments[name] for name in names[count:]})
        for count in counts
    ]
