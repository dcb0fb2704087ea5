"""One submission's rows in nbgrader's tables: written, and compared with a report.

What it guarantees: writing takes a handful of statements whatever else the gradebook has, each an
insert that becomes an update when the row exists, so two writers never make a row twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    or_,
    select,
    update,
)

from autograder.course.manifest import Manifest
from autograder.gradebook.database import Database
from autograder.gradebook.registry import Registered
from autograder.gradebook.row_statements import (
    comments_upsert,
    grades_upsert,
    notebook_upsert,
    standing_query,
    student_insert,
    submission_upsert,
)
from autograder.gradebook.schema import (
    base_cells,
    comments,
    grades,
    new_key,
    submissions,
    submitted_notebooks,
)
from autograder.gradebook.scores import automatic_comments, automatic_scores
from autograder.grading.report import Report


@dataclass(frozen=True)
class Written:
    """What was written for one submission.

    Args:
        score: the score as nbgrader counts it, with manual scores and extra credit, before the
            penalty.
        late_seconds: how late it was, extension considered.
        penalty: what the late policy takes off.
        needs_manual_grade: whether a person has to look at it.
    """

    score: float
    late_seconds: float
    penalty: float
    needs_manual_grade: bool


@dataclass(frozen=True)
class Submission:
    """What is to be written.

    Args:
        student_id: a checked id.
        manifest: the assignment.
        report: the result.
        submitted_at: when it was submitted, naive UTC; `None` keeps what is known.
    """

    student_id: str
    manifest: Manifest
    report: Report
    submitted_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """What the gradebook has before a submission is written.

    Args:
        is_valid: whether it still has the assignment's keys, and no other cells.
        due: when the assignment is due, naive UTC.
        points: the automatic points that the student has; `None` when never graded.
    """

    is_valid: bool
    due: datetime | None = None
    points: float | None = None


@dataclass(frozen=True)
class State:
    """What the gradebook has of one submission, as far as it is automatic.

    Args:
        submitted_at: naive UTC.
        scores: grade id -> automatic score.
        comments: grade id -> automatic comment.
    """

    submitted_at: datetime | None
    scores: dict[str, float | None]
    comments: dict[str, str | None]

    def is_of(self, submission: Submission) -> bool:
        """Return whether these are exactly the automatic values of a submission."""
        moment = submission.submitted_at
        if moment is not None and self.submitted_at != moment:
            return False
        manifest, report = submission.manifest, submission.report
        return self.scores == automatic_scores(
            manifest, report
        ) and self.comments == automatic_comments(manifest, report)


class AssignmentRows:
    """Writes rows of one assignment; its statements are made once.

    Args:
        database: the gradebook.
        registered: the assignment's keys.
    """

    def __init__(self, database: Database, registered: Registered) -> None:
        self.registered = registered
        statement = database.statement
        self._student = statement(student_insert(database))
        self._submission = statement(submission_upsert(database, registered))
        self._notebook = statement(notebook_upsert(database, registered))
        self._grades = statement(grades_upsert(database, registered))
        self._comments = statement(comments_upsert(database, registered))
        self._standing = statement(standing_query(registered))

    def standing(self, connection: Connection, student_id: str = "") -> Standing:
        """Return what there is of the assignment and of a student, by default of nobody."""
        for due, cells, points in self._standing.execute(connection, student=student_id):
            if set(cells.split(",") if cells else ()) == self.registered.cells:
                return Standing(True, due, points)
        return Standing(is_valid=False)

    def write(
        self, connection: Connection, submission: Submission, due: datetime | None
    ) -> Written:
        """Write one submission's rows within a transaction; what being late costs stays.

        Args:
            connection: in a transaction.
            submission: what is to be written.
            due: when the assignment is due, naive UTC.
        """
        self._student.execute(connection, student=submission.student_id)
        ((key, timestamp, extension),) = self._submission.execute(
            connection,
            new_id=new_key(),
            student=submission.student_id,
            submitted_at=submission.submitted_at,
        )
        ((notebook_key, penalty),) = self._notebook.execute(
            connection, new_id=new_key(), submission=key
        )
        rows = self._write_cells(connection, notebook_key, submission)
        score = float(sum(score for _, score in rows))
        manual = any(needs_manual_grade for needs_manual_grade, _ in rows)
        late_seconds = seconds_late(timestamp, due, extension)
        return Written(score, late_seconds, penalty or 0.0, manual)

    def set_aside(
        self, connection: Connection, student_id: str, cells: Iterable[str]
    ) -> dict[str, dict[str, float | None]]:
        """Take points by hand away from some cells; return them by grade id."""
        found = connection.execute(
            select(base_cells.c.name, grades.c.manual_score, grades.c.extra_credit)
            .join(base_cells, base_cells.c.id == grades.c.cell_id)
            .where(
                grades.c.id.in_(self._grades_of(student_id, cells)),
                or_(grades.c.manual_score.is_not(None), grades.c.extra_credit.is_not(None)),
            )
        )
        points = {
            name: {"manual_score": score, "extra_credit": extra} for name, score, extra in found
        }
        connection.execute(
            update(grades)
            .where(grades.c.id.in_(self._grades_of(student_id, points)))
            .values(manual_score=None, extra_credit=None)
        )
        return points

    def let_wait(self, connection: Connection, student_id: str, cells: Iterable[str]) -> None:
        """Mark some cells as waiting for a person."""
        connection.execute(
            update(grades)
            .where(grades.c.id.in_(self._grades_of(student_id, cells)))
            .values(needs_manual_grade=True)
        )

    def score(
        self,
        connection: Connection,
        student_id: str,
        automatic: Mapping[str, float | None] | None = None,
    ) -> float:
        """Return a student's score as nbgrader counts it, before a penalty.

        Args:
            connection: to the gradebook.
            student_id: the student.
            automatic: grade id -> automatic score that is assumed; `None`: those that there are.
        """
        found = connection.execute(
            select(
                base_cells.c.name, grades.c.auto_score, grades.c.manual_score, grades.c.extra_credit
            )
            .join(base_cells, base_cells.c.id == grades.c.cell_id)
            .where(grades.c.id.in_(self._grades_of(student_id, self.registered.grade_cells)))
        )
        score = 0.0
        for name, present, by_hand, extra in found:
            counted = present if automatic is None else automatic.get(name)
            score += float((counted if by_hand is None else by_hand) or 0.0) + float(extra or 0.0)
        return score

    def _grades_of(self, student_id: str, cells: Iterable[str]) -> Select[tuple[str]]:
        known = self.registered.grade_cells
        return (
            select(grades.c.id)
            .join(submitted_notebooks, grades.c.notebook_id == submitted_notebooks.c.id)
            .join(submissions, submitted_notebooks.c.assignment_id == submissions.c.id)
            .where(
                submissions.c.assignment_id == self.registered.assignment_id,
                submissions.c.student_id == student_id,
                grades.c.cell_id.in_([known[name] for name in cells if name in known]),
            )
        )

    def states(self, connection: Connection, student_id: str | None = None) -> dict[str, State]:
        """Return what the gradebook has of every student, or of one, by student."""
        registered = self.registered
        of_students = (
            select(submitted_notebooks.c.id, submissions.c.student_id, submissions.c.timestamp)
            .join(submissions, submitted_notebooks.c.assignment_id == submissions.c.id)
            .where(
                submissions.c.assignment_id == registered.assignment_id,
                submitted_notebooks.c.notebook_id == registered.notebook_id,
            )
        )
        if student_id is not None:
            of_students = of_students.where(submissions.c.student_id == student_id)
        found = {row.id: row for row in connection.execute(of_students)}
        states = {row.student_id: State(row.timestamp, {}, {}) for row in found.values()}
        for column, cells, place in (
            (grades.c.auto_score, registered.grade_cells, "scores"),
            (comments.c.auto_comment, registered.solution_cells, "comments"),
        ):
            names = {key: name for name, key in cells.items()}
            table = column.table
            of_cells = select(table.c.notebook_id, table.c.cell_id, column).where(
                table.c.cell_id.in_(list(names))
            )
            if student_id is not None:
                of_cells = of_cells.where(table.c.notebook_id.in_(list(found)))
            for notebook_key, cell_key, value in connection.execute(of_cells):
                if notebook_key in found and cell_key in names:
                    state = states[found[notebook_key].student_id]
                    getattr(state, place)[names[cell_key]] = value
        return states

    def _write_cells(
        self, connection: Connection, notebook_key: str, submission: Submission
    ) -> Sequence[Any]:
        scores = automatic_scores(submission.manifest, submission.report)
        said = automatic_comments(submission.manifest, submission.report)
        rows: Sequence[tuple[Any, ...]] = ()
        if scores:
            values: dict[str, Any] = {"notebook": notebook_key}
            for number, grade_id in enumerate(self.registered.grade_cells):
                values[f"id_{number}"] = new_key()
                values[f"auto_score_{number}"] = scores[grade_id]
                values[f"needs_manual_grade_{number}"] = scores[grade_id] is None
            rows = self._grades.execute(connection, **values)
        if said:
            values = {"notebook": notebook_key}
            for number, grade_id in enumerate(self.registered.solution_cells):
                values[f"id_{number}"] = new_key()
                values[f"auto_comment_{number}"] = said[grade_id]
            self._comments.execute(connection, **values)
        return rows


def naive_utc(moment: datetime | None) -> datetime | None:
    """Return a moment as nbgrader stores it: in UTC, without a time zone."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


def seconds_late(
    submitted_at: datetime | None, due: datetime | None, extension: timedelta | None
) -> float:
    """Return by how much a deadline was missed, 0 when either moment is unknown."""
    if submitted_at is None or due is None:
        return 0.0
    return max(0.0, (submitted_at - due - (extension or timedelta())).total_seconds())
