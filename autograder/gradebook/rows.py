"""One submission's rows in nbgrader's tables: written, and compared with a report.

What it guarantees: `write_rows` uses a handful of statements whatever else the gradebook has, each
an insert that becomes an update when the row exists, so two writers never make a row twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nbgrader.api import Student, SubmittedAssignment, new_uuid
from sqlalchemy import Connection, Table, func, or_, select, update

from autograder.course.manifest import Manifest
from autograder.gradebook.database import Database
from autograder.gradebook.late import LatePenalty
from autograder.gradebook.registry import (
    Registered,
    assignments,
    comments,
    grades,
    submitted_notebooks,
)
from autograder.gradebook.scores import automatic_comments, automatic_scores
from autograder.grading.report import Report

students: Table = Student.__table__
submissions: Table = SubmittedAssignment.__table__


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
        registered: its keys.
        report: the result.
        submitted_at: when it was submitted, naive UTC; `None` keeps what is known.
    """

    student_id: str
    manifest: Manifest
    registered: Registered
    report: Report
    submitted_at: datetime | None


def write_rows(
    database: Database, connection: Connection, late: LatePenalty, submission: Submission
) -> Written:
    """Write one submission's rows within a transaction."""
    registered = submission.registered
    connection.execute(
        database.insert(students).values(id=submission.student_id).on_conflict_do_nothing()
    )
    new = database.insert(submissions).values(
        id=new_uuid(),
        assignment_id=registered.assignment_id,
        student_id=submission.student_id,
        timestamp=submission.submitted_at,
    )
    submitted = connection.execute(
        new.on_conflict_do_update(
            index_elements=["assignment_id", "student_id"],
            set_={"timestamp": func.coalesce(new.excluded.timestamp, submissions.c.timestamp)},
        ).returning(submissions.c.id, submissions.c.timestamp, submissions.c.extension)
    ).one()
    new = database.insert(submitted_notebooks).values(
        id=new_uuid(),
        notebook_id=registered.notebook_id,
        assignment_id=submitted.id,
        flagged=False,
    )
    notebook_key = connection.scalar(
        new.on_conflict_do_update(
            index_elements=["notebook_id", "assignment_id"],
            set_={"late_submission_penalty": None},  # as nbgrader's AssignLatePenalties
        ).returning(submitted_notebooks.c.id)
    )
    rows = _write_grades(database, connection, notebook_key, submission)
    _write_comments(database, connection, notebook_key, submission)
    score = float(sum(row.score for row in rows))
    due = connection.scalar(
        select(assignments.c.duedate).where(assignments.c.id == registered.assignment_id)
    )
    late_seconds = seconds_late(submitted.timestamp, due, submitted.extension)
    penalty = late.penalty(submission.student_id, score, late_seconds)
    if penalty is not None:
        connection.execute(
            update(submitted_notebooks)
            .where(submitted_notebooks.c.id == notebook_key)
            .values(late_submission_penalty=penalty)
        )
    manual = any(row.needs_manual_grade for row in rows)
    return Written(score, late_seconds, penalty or 0.0, manual)


def rows_match(connection: Connection, submission: Submission) -> bool:
    """Return whether the gradebook has exactly the automatic values of a submission."""
    registered = submission.registered
    found = connection.execute(
        select(submissions.c.timestamp, submitted_notebooks.c.id)
        .join(submitted_notebooks, submitted_notebooks.c.assignment_id == submissions.c.id)
        .where(
            submissions.c.assignment_id == registered.assignment_id,
            submissions.c.student_id == submission.student_id,
            submitted_notebooks.c.notebook_id == registered.notebook_id,
        )
    ).one_or_none()
    moment = submission.submitted_at
    if found is None or (moment is not None and found.timestamp != moment):
        return False
    scores = automatic_scores(submission.manifest, submission.report)
    said = automatic_comments(submission.manifest, submission.report)
    return _has(
        connection, grades, "auto_score", found.id, registered.grade_cells, scores
    ) and _has(connection, comments, "auto_comment", found.id, registered.solution_cells, said)


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


def _write_grades(
    database: Database, connection: Connection, notebook_key: str, submission: Submission
) -> list[Any]:
    scores = automatic_scores(submission.manifest, submission.report)
    if not scores:
        return []
    new = database.insert(grades).values(
        [
            {
                "id": new_uuid(),
                "cell_id": submission.registered.grade_cells[grade_id],
                "notebook_id": notebook_key,
                "auto_score": score,
                "needs_manual_grade": score is None,
            }
            for grade_id, score in scores.items()
        ]
    )
    upsert = new.on_conflict_do_update(
        index_elements=["cell_id", "notebook_id"],
        set_={
            "auto_score": new.excluded.auto_score,
            # evaluated on the row as it is then: a person may be scoring it at this moment
            "needs_manual_grade": or_(
                grades.c.manual_score.is_not(None), new.excluded.auto_score.is_(None)
            ),
        },
    )
    counted = func.coalesce(grades.c.manual_score, grades.c.auto_score) + func.coalesce(
        grades.c.extra_credit, 0.0
    )
    score_column = func.coalesce(counted, 0.0).label("score")
    return list(connection.execute(upsert.returning(grades.c.needs_manual_grade, score_column)))


def _write_comments(
    database: Database, connection: Connection, notebook_key: str, submission: Submission
) -> None:
    rows = [
        {
            "id": new_uuid(),
            "cell_id": submission.registered.solution_cells[grade_id],
            "notebook_id": notebook_key,
            "auto_comment": comment,
        }
        for grade_id, comment in automatic_comments(submission.manifest, submission.report).items()
    ]
    if rows:
        new = database.insert(comments).values(rows)
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["cell_id", "notebook_id"],
                set_={"auto_comment": new.excluded.auto_comment},
            )
        )


def _has(
    connection: Connection,
    table: Table,
    column: str,
    notebook_key: str,
    cells: Any,
    expected: Any,
) -> bool:
    rows = connection.execute(
        select(table.c.cell_id, table.c[column]).where(
            table.c.cell_id.in_(list(cells.values())), table.c.notebook_id == notebook_key
        )
    )
    return {row[0]: row[1] for row in rows} == {
        cells[key]: value for key, value in expected.items()
    }
