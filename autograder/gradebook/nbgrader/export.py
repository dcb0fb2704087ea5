"""Export grades as CSV that a spreadsheet can open without running what a student typed.

What it guarantees: nbgrader's columns and values; text is safe as `spreadsheet` makes it. A column
says how many cells wait for a person, whose points are not in the score.

What it does not do: give points per question, or the shapes of learning platforms (`gradlab export
grades` does).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from autograder.gradebook.spreadsheet import table
from autograder.records import write_whole

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score", "cells_to_grade_by_hand",
)  # fmt: skip
DEFAULT_NAME = "grades.csv"


class SafeCsvExport(ExportPlugin):  # type: ignore[misc]  # nbgrader has no types
    """Writes the grades; set as `c.ExportApp.plugin_class`."""

    def export(self, gradebook: Gradebook) -> None:
        """Write all grades, or those of the chosen students and assignments."""
        path = Path(self.to or DEFAULT_NAME)
        rows = list(self._rows(gradebook))
        waiting = sum(row["cells_to_grade_by_hand"] > 0 for row in rows)
        write_whole(path, table(COLUMNS, (list(row.values()) for row in rows)).encode())
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
