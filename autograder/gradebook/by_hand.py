"""Points that a person gives: one cell of one student's submission.

What it guarantees:

- What was seen is what is changed: points that somebody gave meanwhile, here or in formgrader, are
  left as they are, and so is a submission that was replaced by a newer one.
- The line in the log is on the disk before the points count, with the hash of the answer that they
  are for; what being late costs follows in the same transaction.

What it does not do: decide who may (the pages and formgrader do).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from autograder.course.layout import Layout
from autograder.gradebook.autograded import key_in
from autograder.gradebook.database import Database
from autograder.gradebook.errors import GradebookError
from autograder.gradebook.lateness import Lateness
from autograder.gradebook.marks import Mark
from autograder.gradebook.rows import naive_utc
from autograder.gradebook.schema import (
    assignments,
    base_cells,
    comments,
    grade_cells,
    grades,
    solution_cells,
    submissions,
    submitted_notebooks,
)
from autograder.grading.decisions import answer_digest
from autograder.grading.store import ReportStore
from autograder.records import Event, Log

PATIENCE_SECONDS = 10.0  # a person waits for the page
_LOG = logging.getLogger(__name__)


class MarkChanged(GradebookError):
    """The gradebook does not have what the person saw."""


def give(
    layout: Layout,
    student: str,
    assignment: str,
    cell: str,
    points: float | None,
    *,
    seen: Mark,
    submitted_at: datetime,
    before: Callable[[], object] = lambda: None,
    comment: str | None = None,
    comment_cell: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Give points for a cell in place of those that it has, or a comment, or both.

    Args:
        layout: the course.
        student: whose.
        assignment: of what.
        cell: the graded cell or essay.
        points: from 0 to the cell's; what was given on top stays on top. `None`: they stay.
        seen: what the gradebook had when the person decided; its comment matters where there is
            to be another.
        submitted_at: of the hand-in that it had, aware.
        before: called when nothing can fail any more but the log; what it raises leaves all as it
            was.
        comment: for the student, in place of the one that is there; `None`: that one stays.
        comment_cell: where it stands; by default the cell itself, which has to be filled in.
        details: further plain values for the line in the log.

    Raises:
        ValueError: the cell cannot have so many points.
        MarkChanged: it has something else now, or a newer hand-in.
        GradebookError: it cannot be written.
        LogError: the log cannot be written.
    """
    if points is not None and not 0 <= points <= seen.most:  # false of what is no number, too
        raise ValueError(f"points are a number from 0 to {seen.most:g}")
    log, lateness = Log(layout.log), Lateness(layout)
    database = Database(
        layout.database_url, layout.course_id, layout.home, _LOG.warning, PATIENCE_SECONDS
    )
    try:
        with database.transaction() as connection:
            row = connection.execute(_row_of(student, assignment, cell)).one_or_none()
            if row is None or row.timestamp != naive_utc(submitted_at) or not _is(row, seen):
                raise MarkChanged(
                    f"somebody changed the points of {student} for {cell} meanwhile, or there is "
                    "a newer hand-in"
                )
            if comment is not None:
                _write_comment(connection, row, comment_cell or cell, seen.comment, comment)
            before()
            extra = row.extra_credit
            said: dict[str, Any] = {} if comment is None else {"comment": comment}
            now: dict[str, Any] = {}
            if points is not None:
                was = {"manual_score": row.manual_score, "extra_credit": extra}
                now = {"before": was, "manual_score": points, "extra_credit": extra}
            log.record(
                Event.MANUAL,
                course=layout.course_id,
                assignment=assignment,
                student=student,
                cell=cell,
                answer=answer_of(layout, student, assignment, assignment, cell),
                **now,
                **said,
                **(details or {}),
            )
            if points is not None:
                connection.execute(
                    update(grades)
                    .where(grades.c.id == row.id)
                    .values(manual_score=points, needs_manual_grade=False)
                )
                lateness.settle(connection, [student], assignment)
    finally:
        database.close()


def answer_of(layout: Layout, student: str, assignment: str, notebook: str, cell: str) -> str:
    """Return a hash of the answer that points are given for; empty when it is not known."""
    key = key_in(layout.autograded / student / assignment / f"{notebook}.ipynb")
    report = ReportStore(layout.graded).find(key) if key else None
    return answer_digest(report, cell) if report is not None else ""


def _row_of(student: str, assignment: str, cell: str) -> Any:
    return (
        select(
            grades.c.id, grades.c.notebook_id, base_cells.c.name,
            base_cells.c.notebook_id.label("released_id"), grades.c.auto_score,
            grades.c.manual_score, grades.c.extra_credit, grades.c.needs_manual_grade,
            grade_cells.c.max_score, submissions.c.timestamp,
        )
        .join(submitted_notebooks, grades.c.notebook_id == submitted_notebooks.c.id)
        .join(submissions, submitted_notebooks.c.assignment_id == submissions.c.id)
        .join(assignments, submissions.c.assignment_id == assignments.c.id)
        .join(base_cells, base_cells.c.id == grades.c.cell_id)
        .join(grade_cells, grade_cells.c.id == base_cells.c.id)
        .where(
            submissions.c.student_id == student,
            assignments.c.name == assignment,
            base_cells.c.name == cell,
        )
        .with_for_update(of=grades)  # SQLite's transaction is alone in any case
    )  # fmt: skip


def _write_comment(connection: Connection, row: Any, cell: str, seen: str, text: str) -> None:
    """Put a comment in place of the one that was seen.

    Raises:
        MarkChanged: there is another one now.
    """
    filled_in = (  # an essay has a row of its own for what is filled in
        select(solution_cells.c.id)
        .join(base_cells, base_cells.c.id == solution_cells.c.id)
        .where(base_cells.c.name == cell, base_cells.c.notebook_id == row.released_id)
        .scalar_subquery()
    )
    here = (comments.c.cell_id == filled_in) & (comments.c.notebook_id == row.notebook_id)
    now = connection.execute(select(comments.c.manual_comment).where(here)).one_or_none()
    if ((now[0] if now else "") or "") != seen:
        raise MarkChanged("somebody wrote another comment meanwhile")
    if now is not None:
        connection.execute(update(comments).where(here).values(manual_comment=text or None))
    elif text:
        values = {"notebook_id": row.notebook_id, "manual_comment": text}
        connection.execute(insert(comments).values(cell_id=filled_in, **values))


def _is(row: Any, seen: Mark) -> bool:
    """Tell whether a row is what somebody saw."""
    waits = bool(row.needs_manual_grade) and row.manual_score is None
    now = Mark(row.max_score, row.auto_score, row.manual_score, row.extra_credit or 0.0, waits)
    return now == replace(seen, comment="")
