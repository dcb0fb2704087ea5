"""Export grades as CSV that a spreadsheet can open without running what a student typed.

What it guarantees: nbgrader's columns and values; text is quoted where CSV needs it, has no control
characters, and nowhere begins a formula: neither at its start nor behind what some spreadsheets
take for the end of a cell. An apostrophe stands before what would. A column says how many cells
wait for a person, whose points are not in the score.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from autograder.gradebook.safe_text import plain_text
from autograder.records import write_whole

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score", "cells_to_grade_by_hand",
)  # fmt: skip
DEFAULT_NAME = "grades.csv"
_FORMULA_STARTS = "=+-@"  # and what looks so: in full width, small, raised
_SEPARATORS = ",;|\t"
_FILLERS = "\u115f\u1160"  # letters that nobody sees, and what stands for them elsewhere


class SafeCsvExport(ExportPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Writes the grades; set as `c.ExportApp.plugin_class`."""

    def export(self, gradebook: Gradebook) -> None:
        """Write all grades, or those of the chosen students and assignments."""
        path = Path(self.to or DEFAULT_NAME)
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        waiting = 0
        for row in self._rows(gradebook):
            waiting += row["cells_to_grade_by_hand"] > 0
            writer.writerow({column: _field(value) for column, value in row.items()})
        write_whole(path, text.getvalue().encode())
        self.log.info("Exported grades to %s", path)
        if waiting:
            self.log.warning(
                "%d of these scores are not complete: cells of the submission wait to be graded by "
                "hand, see the column cells_to_grade_by_hand", waiting,
            )  # fmt: skip

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
        "cells_to_grade_by_hand": 0,
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
        "cells_to_grade_by_hand": sum(
            bool(grade.needs_manual_grade)
            for notebook in submission.notebooks
            for grade in notebook.grades
        ),
    }


def _field(value: Any) -> str:
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return without_formulas(plain_text(value).replace("\n", " "))


def without_formulas(text: str) -> str:
    """Return a text in which no cell can begin with a formula.

    >>> without_formulas("x;=1+1"), without_formulas(" -1"), without_formulas("a-b")
    ("x;'=1+1", " '-1", 'a-b')
    """
    made: list[str] = []
    begins = True
    for character in text:
        plain = unicodedata.normalize("NFKC", character).replace("\u2212", "-")[:1]
        if begins and plain in _FORMULA_STARTS:
            made.append("'")
        made.append(character)
        visible = plain.isalnum() and plain not in _FILLERS
        passed_over = not visible and plain not in _FORMULA_STARTS and plain != "'"
        begins = plain in _SEPARATORS or (begins and passed_over)
    return "".join(made)
