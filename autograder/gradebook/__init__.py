"""nbgrader's gradebook: the one writer, and nbgrader's tools configured to use our engine."""

from autograder.gradebook.errors import (
    GradebookBusyError,
    GradebookError,
    MismatchError,
    OutdatedError,
    RegistrationError,
    StudentIdError,
)
from autograder.gradebook.rows import Written
from autograder.gradebook.student_id import check_student_id
from autograder.gradebook.writer import GradebookWriter

__all__ = [
    "GradebookBusyError",
    "GradebookError",
    "GradebookWriter",
    "MismatchError",
    "OutdatedError",
    "RegistrationError",
    "StudentIdError",
    "Written",
    "check_student_id",
]
