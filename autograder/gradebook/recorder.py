"""A course's gradebook as the grading service has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograder.course.layout import Layout
from autograder.gradebook.collected import Collected, submission_of, submissions
from autograder.gradebook.database import PATIENCE_SECONDS
from autograder.gradebook.errors import GradebookError, MismatchError, StudentIdError
from autograder.gradebook.writer import GradebookWriter


class Gradebook(GradebookWriter):
    """The writer, and what lies in the submitted folder.

    Args:
        layout: the course.
        say: called with one sentence when another program holds the gradebook.
        patience_seconds: how long to wait for it.
    """

    def __init__(
        self,
        layout: Layout,
        say: Callable[[str], None],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        super().__init__(layout, on_wait=say, patience_seconds=patience_seconds)

    def is_lost(self, error: Exception) -> bool:
        """Tell whether an error says that nothing can be written at all."""
        about_one = (MismatchError, StudentIdError)
        return isinstance(error, GradebookError) and not isinstance(error, about_one)

    def collected(self, assignment: str, student: str | None = None) -> Sequence[Collected]:
        """Return what was submitted, of everybody or of one student."""
        deadlines = self.deadlines(assignment)
        if student is None:
            return submissions(self._layout, assignment, deadlines)
        found = submission_of(self._layout, student, assignment, deadlines)
        return [] if found is None else [found]
