"""Errors of grading that callers handle by kind."""

from __future__ import annotations


class GradingError(Exception):
    """Root of what grading raises."""


class Refused(GradingError):
    """A submission cannot be graded: it is no notebook of the assignment, or damaged.

    The message is one or two sentences for the student: what came, what was expected, what to do.
    """


class GraderFault(GradingError):
    """A fault of ours: it never becomes a score; the submission is tried again or reported.

    Args:
        message: what failed.
        lasting: trying again would fail in the same way.
    """

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting
