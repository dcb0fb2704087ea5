"""A student's function against one of ours that computes the same.

What it guarantees:

- `assert_agrees` calls in all ways that the signature allows, and finds a function that writes into
  its arguments or remembers earlier calls.
- `assert_walk` gives what came back from one step to the next one, so that what a function must
  keep is judged, not only what one call returns.
- A result with several parts is told by their names.

What it does not do: draw. The author says which arguments decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from autograder.checking.calling import Function, assert_unchanged, called_twice, ways_to_call
from autograder.checking.compare import assert_close, assert_tensor, unpack
from autograder.checking.errors import AuthorError
from autograder.checking.tolerance import FLOAT32, Tolerance


def assert_parts(
    value: Any, expected: Sequence[Any], names: Sequence[str], *, tolerance: Tolerance = FLOAT32
) -> None:
    """Check a result with several parts, each told by its name.

    Args:
        value: what came: a tuple or a list of so many parts.
        expected: ours.
        names: how messages call the parts.
        tolerance: as for `assert_close`.

    Raises:
        WrongAnswer: it has another number of parts, or one differs.
    """
    if len(expected) != len(names):
        raise AuthorError(f"{len(expected)} parts are expected, and {len(names)} have names")
    for part, wanted, name in zip(unpack(value, len(names)), expected, names, strict=True):
        assert_close(part, wanted, what=name, tolerance=tolerance)


def assert_agrees(
    function: Function,
    expected: Callable[..., Any],
    arguments: Mapping[str, Any],
    *,
    again: Mapping[str, Any] | None = None,
    what: str | Sequence[str] = "the result",
    tolerance: Tolerance = FLOAT32,
) -> None:
    """Call a student's function by position, by name and mixed; compare with ours each time.

    Args:
        function: a name or an object of the student's: `student.adam_update`.
        expected: ours; called with the values of `arguments` by position: its names may be others.
        arguments: name -> value, in the order of the signature; they must be left as they are.
        again: other values, of the same shapes: also call with these in between, to find what is
            kept from call to call.
        what: how messages call the result; a list of names if it has so many parts.
        tolerance: as for `assert_close`.

    Raises:
        WrongAnswer: a result differs, an argument was changed, or a call depends on earlier ones.
    """
    right = expected(*arguments.values())
    for args, kwargs in ways_to_call(arguments):
        came = assert_unchanged(function, *args, **kwargs)
        _compare(came, right, what, tolerance)
    if again is not None:
        for came in called_twice(function, [*arguments.values()], [*again.values()]):
            _compare(came, right, what, tolerance)
            right = expected(*again.values())


def assert_walk(
    function: Function,
    expected: Callable[..., Any],
    start: Mapping[str, torch.Tensor],
    arguments: Callable[..., Sequence[Any]],
    *,
    steps: int = 4,
    tolerance: Tolerance = FLOAT32,
) -> None:
    """Take several steps, each from what the one before returned; compare after every one.

    Args:
        function: a name or an object of the student's that returns one value for each of `start`.
        expected: ours; called as the student's is.
        start: name, as messages call it -> tensor before the first step, in the order of returning.
        arguments: called with the number of the step, from 1, and what was returned before; gives
            the positional arguments of the step: `lambda t, w, v: (w, slopes[t], v, 0.1)`.
        steps: how many.
        tolerance: as for `assert_close`.

    Raises:
        WrongAnswer: after a step something differs.
    """
    mine = theirs = tuple(start.values())
    for t in range(1, steps + 1):
        came = function(*arguments(t, *mine))
        theirs = expected(*arguments(t, *theirs))
        names = [f"{name} after step {t}" for name in start]
        assert_parts(came, theirs, names, tolerance=tolerance)
        mine = tuple(
            assert_tensor(value, tensor.shape, what=name)
            for value, (name, tensor) in zip(came, start.items(), strict=True)
        )


def _compare(came: Any, right: Any, what: str | Sequence[str], tolerance: Tolerance) -> None:
    if isinstance(what, str):
        assert_close(came, right, what=what, tolerance=tolerance)
    else:
        assert_parts(came, right, what, tolerance=tolerance)
