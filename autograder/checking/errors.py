"""What can go wrong in a check, one class per cause, so that nobody's fault is taken for another's.

What it guarantees:

- `WrongAnswer` and `StudentError` are verdicts; everything else that leaves a check is a fault.
- What a student reads (`message`) and what only staff read (`detail`) are two fields, never one.
"""

from __future__ import annotations

from collections.abc import Sequence

CALLED_WITH = " It was called with "  # what follows in a message differs from call to call


class CheckingError(Exception):
    """Root of all errors of this package."""


class WrongAnswer(CheckingError, AssertionError):
    """The student's answer is not right: the verdict `failed`.

    Args:
        message: what the student reads; holds no hidden value.
        detail: what staff read besides, with values.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class StudentError(CheckingError):
    """The student's code raised, is missing, exceeded a limit, or ended its process.

    Args:
        message: what the student reads.
        detail: what staff read besides, for example the student's traceback.
        type_name: the class name of what the student's code raised, empty when it raised nothing.
        type_names: those of its base classes, too.
        limit: a limit was exceeded: the verdict is `limit` instead of `error`.
        lost: the student's process cannot be asked again.
    """

    def __init__(
        self,
        message: str,
        detail: str = "",
        *,
        type_name: str = "",
        type_names: Sequence[str] = (),
        limit: bool = False,
        lost: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.type_name = type_name
        self.type_names = tuple(type_names) or (type_name,)
        self.limit = limit
        self.lost = lost

    def show_call(self, arguments: str) -> None:
        """Add the arguments of the call to what the student reads."""
        dot = "" if self.message.endswith((".", "!", "?")) else "."
        self.message += f"{dot}{CALLED_WITH}({arguments})."
        self.args = (self.message,)


class AuthorError(CheckingError):
    """A check uses this package wrongly: a fault of ours, never a verdict."""


class CannotBeSent(AuthorError):
    """What a check sends cannot travel; perhaps it holds values that came from the student."""


class JobError(CheckingError):
    """A check job or its results cannot be read: a fault of ours."""


class CheckFault(CheckingError):
    """A check, or the process that ran it, failed through no doing of the student.

    Args:
        message: one sentence.
        traceback_text: for staff, empty when there is none.
        grade_id: the graded cell whose check failed, empty when it was none in particular.
        name: the check, as above.
    """

    def __init__(
        self, message: str, traceback_text: str = "", grade_id: str = "", name: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.traceback_text = traceback_text
        self.grade_id = grade_id
        self.name = name

    def __str__(self) -> str:
        return f"{self.message}\n{self.traceback_text}".rstrip()


class CheckOverrun(CheckFault):
    """A check used more of our own process than it may, or cannot go on; whose fault is open.

    Without a `name` all checks together did, that of `grade_id` being the last.
    """
