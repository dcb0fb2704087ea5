"""The one way from a check to the student's process: timed, and its failures put into words.

What it guarantees:

- Whatever the student's code does instead of answering is a `StudentError`; nothing else that a
  student can cause leaves this module.
- No call outlives the check's own time; after the student's process is lost, every use says so.

What it does not do: know names and objects (`autograder.checking.student` does).
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.checking.clean import clean
from autograder.checking.errors import AuthorError, CannotBeSent, StudentError, WrongAnswer
from autograder.checking.text import DETAIL_CHARACTERS
from autograder.wire.errors import WireError
from autograder.wire.namespace import (
    Namespace,
    RemoteFailure,
    RemoteFlood,
    RemoteForbidden,
    RemoteMissing,
    RemoteRaised,
    RemoteTimeout,
    RemoteUntransferable,
)

_FRAME = re.compile(r"^Cell In\[\d+\], line \d+, in (\w{1,80})$", re.MULTILINE)


class Clock:
    """The time of one check: what is left of it, and how much of it the student's code took.

    Args:
        check_seconds: wall time of the check, all its calls together.
        call_seconds: wall time of one call.
        left_seconds: what the submission's earlier checks have left of the time for all.
    """

    def __init__(
        self, check_seconds: float, call_seconds: float, left_seconds: float = float("inf")
    ) -> None:
        self.all_used = left_seconds < check_seconds
        self.check_seconds = max(0.0, min(check_seconds, left_seconds))
        self.call_seconds = call_seconds
        self.waited_seconds = 0.0
        self._end = time.monotonic() + self.check_seconds

    def grant(self) -> float:
        """Return how long the next call may take.

        Raises:
            StudentError: the check's time is used up.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.exceeded()
        return min(left, self.call_seconds)

    def exceeded(self) -> StudentError:
        """Return the error for a check whose time is used up."""
        if self.all_used:
            return StudentError(
                "The checks waited too long for your code, all of them together. Look for an "
                "endless loop, or for work that can be done once or with whole tensors.",
                limit=True,
                lost=True,
            )
        return StudentError(
            f"The calls of this check took longer than {self.check_seconds:g} s together. Look for "
            "an endless loop, or for work that can be done once or with whole tensors.",
            limit=True,
            lost=True,
        )


class Line:
    """The one way to the student's process: times each call and translates what goes wrong.

    Args:
        namespace: the branch of the student's process that this check may use.
        clock: the check's time.
    """

    def __init__(self, namespace: Namespace, clock: Clock) -> None:
        self.namespace = namespace
        self._clock = clock
        self.lost: StudentError | None = None
        self._forbidden: tuple[Sequence[str], str] = ((), "")
        self._lending = False  # a function of the check runs for the student's code
        self._raised: Exception | None = None  # by such a function
        self.interrupted = False  # a call was stopped half-way: what it left behind is anything
        self.missing = ""  # the first name that was asked for and is not there

    def forbid(self, names: Sequence[str], why: str) -> None:
        """Forbid names of libraries in all that is asked from now on.

        Args:
            names: as `autograder.student.forbidden` reads them.
            why: the reason that the student reads.
        """
        self._forbidden = (names, why)

    @contextlib.contextmanager
    def lending(self) -> Iterator[None]:
        """Refuse questions meanwhile: the student's code waits for an answer itself."""
        self._lending = True
        try:
            yield
        finally:
            self._lending = False

    def raise_later(self, error: Exception) -> None:
        """Raise an error when the question at work is over, whatever its answer is."""
        self._raised = self._raised or error

    def ask(self, what: str, question: Callable[[Namespace, float], Any]) -> Any:
        """Ask the student's process one thing; what comes may hold handles.

        Raises:
            StudentError: for whatever the student's code did instead of answering.
            WrongAnswer: it called what is forbidden.
            AuthorError: a function that a check lends asks, too.
        """
        if self._lending:
            raise AuthorError(f"{what}: a function that runs for the student's code cannot ask it")
        if self.lost is not None:
            raise StudentError(
                self.lost.message, self.lost.detail, limit=self.lost.limit, lost=True
            )
        seconds = self._clock.grant()
        forbidden, why = self._forbidden
        self.namespace.forbid(forbidden)
        begin = time.monotonic()
        try:
            return self._answered(question, seconds)
        except RemoteForbidden as failure:
            raise WrongAnswer(
                f"{what}: {clean(str(failure), 400)}. That is not allowed: {why}."
            ) from failure
        except RemoteFailure as failure:
            if isinstance(failure, RemoteMissing):
                self.missing = self.missing or clean(failure.name.split(".")[0], 100)
            error = _translate(what, failure, seconds, lost=bool(self.namespace.dead))
            self.interrupted |= error.limit
            if error.lost:
                self.lost = error
            raise error from failure
        except WireError as error:
            raise CannotBeSent(f"{what}: what the check sends cannot travel: {error}") from error
        finally:
            self._clock.waited_seconds += time.monotonic() - begin

    def _answered(self, question: Callable[[Namespace, float], Any], seconds: float) -> Any:
        try:
            return question(self.namespace, seconds)
        finally:
            raised, self._raised = self._raised, None
            if raised is not None:
                raise raised


def gone(failure: RemoteFailure) -> StudentError:
    """Return the error for a student's process that could not be asked at all."""
    return _translate("Asking your notebook", failure, 0.0, lost=True)


def _translate(what: str, failure: RemoteFailure, seconds: float, *, lost: bool) -> StudentError:
    staff = clean(f"{type(failure).__name__}: {failure}")
    what = clean(what, 200)
    if isinstance(failure, RemoteRaised):
        type_name = clean(str(failure.type_name), 80)
        said = clean(str(failure.message), 400)
        message = f"{what} raised {type_name}" + (f": {said}" if said else ".")
        trace = clean(str(failure.traceback_text), DETAIL_CHARACTERS, brackets=False)
        if type_name.endswith("NotImplementedError"):
            message = f"{what}: {_unanswered(what, trace)}not answered yet (NotImplementedError)."
        names = [clean(name, 80) for name in failure.type_names]
        return StudentError(message, trace, type_name=type_name, type_names=names, lost=lost)
    if isinstance(failure, RemoteMissing):
        return StudentError(
            f"{what}: {clean(str(failure), 300)}. Did its cell run without an error?",
            staff,
            lost=lost,
        )
    if isinstance(failure, RemoteUntransferable):
        return StudentError(f"{what}: {clean(str(failure), 400)}", staff, lost=lost)
    if isinstance(failure, RemoteFlood):
        return StudentError(
            f"{what} called a function that the check gave it {clean(str(failure), 100)}.",
            staff,
            limit=True,
            lost=True,
        )
    if isinstance(failure, RemoteTimeout):
        return StudentError(
            f"{what} took longer than {seconds:.3g} s and was stopped. Look for an endless loop, "
            "or for work that can be done with whole tensors.",
            staff,
            limit=True,
            lost=lost,
        )
    return StudentError(
        f"{what}: the process that runs your notebook ended or answered nothing that can be read. "
        "Nothing in a notebook may end Python (`exit`, `os._exit`, signals) or use up its memory.",
        staff,
        lost=True,
    )


def _unanswered(what: str, trace: str) -> str:
    """Return which other function it is that has no answer; empty for the one that was called."""
    functions = _FRAME.findall(trace)
    if not functions or functions[-1].startswith("__") or re.search(rf"\b{functions[-1]}\b", what):
        return ""
    return f"it calls `{functions[-1]}`, which is "
