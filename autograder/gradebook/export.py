"""Export grades as CSV that a spreadsheet can open without running what a student typed.

What it guarantees: nbgrader's columns and values; text is quoted where CSV needs it, has no control
characters, and a text that a spreadsheet would take for a formula starts with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from autograder.gradebook.safe_text import plain_text
from autograder.records import write_whole

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
DEFAULT_NAME = "grades.csv"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")  # the last: full width


class SafeCsvExport(ExportPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Writes the grades; set as `c.ExportApp.plugin_class`."""

    def export(self, gradebook: Gradebook) -> None:
        """Write all grades, or those of the chosen students and assignments."""
        path = Path(self.to or DEFAULT_NAME)
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        for row in self._rows(gradebook):
            writer.writerow({column: _field(value) for column, value in row.items()})
        write_whole(path, text.getvalue().encode())
        self.log.info("Exported grades to %s", path)

    def _rows(self, gradebook: Gradebook) -> Iterator[dict[str, Any]]:
        students = {str(student) for student in self.student}
        names = {str(name) for name in self.assignment}
        for assignment in gradebook.assignments:
            if names and assignment.name not in names:
                continue
            for student in gradebook.students:
                if not students or student.id in students:
                    yield _row(gradebook, assignment, student)


def _row(gradebook: Gradebook, assignment: Assignment, student: Student) -> dict[str, Any]:
    row: dict[str, Any] = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "timestamp": None,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "raw_score": 0.0,
        "late_submission_penalty": 0.0,
        "score": 0.0,
        "max_score": assignment.max_score,
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:  # nothing submitted: nbgrader counts 0
        return row
    penalty = submission.late_submission_penalty
    return row | {
        "timestamp": submission.timestamp,
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
    }


def _field(value: Any) -> str:
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = plain_text(value).replace("\n", " ")
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text
