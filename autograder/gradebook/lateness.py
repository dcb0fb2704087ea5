"""What being late costs: extensions and penalties of submissions that are in the gradebook.

A penalty follows from when a submission came, the due date, the person's extension, the late days
that they have left, the points, and the policy. Whenever one of these changes, `settle` brings
nbgrader's rows up to date.

What it guarantees:

- An extension of ours stands in nbgrader's row, too, as far as there is a submission; one that
  nbgrader alone knows is respected.
- A penalty plugin of the site's own `nbgrader_config.py` wins over `course.toml`.
- A penalty that changed has its line in the log before it is committed.

What it does not do: open transactions, or decide when to settle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update
from traitlets.config import Config

from autograder.course.layout import Layout
from autograder.course.rules import LatePolicy, read_rules
from autograder.gradebook.extensions import Extensions
from autograder.gradebook.nbgrader.late import LatePenalty
from autograder.gradebook.schema import assignments, grades, submissions, submitted_notebooks
from autograder.records import Event, Log

_LEAST = 1e-6  # points; a smaller difference between penalties is none


@dataclass(frozen=True)
class Late:
    """How late one submission is, and what that costs.

    Args:
        student: whose.
        assignment: of what.
        due: the person's own deadline, naive UTC; `None` without a due date.
        seconds: after the person's own deadline.
        days_used: late days that it takes of the budget.
        penalty: points.
    """

    student: str
    assignment: str
    due: datetime | None
    seconds: float
    days_used: int
    penalty: float


@dataclass(frozen=True)
class _Row:
    """A submission with all that its penalty follows from."""

    key: str
    student: str
    assignment: str
    submitted_at: datetime | None
    due: datetime | None
    extension: timedelta | None
    notebook: str | None
    penalty: float | None
    score: float


class Lateness:
    """Extensions and penalties of one course.

    Args:
        layout: the course.
        config: nbgrader's configuration; `None` reads the course's own.
    """

    def __init__(self, layout: Layout, config: Config | None = None) -> None:
        self._layout = layout
        self._log = Log(layout.log)
        self._plugin = LatePenalty(layout, config)
        self.extensions = Extensions(self._log)

    @property
    def policy(self) -> LatePolicy:
        """Return the policy of `course.toml`, as it is now.

        Raises:
            CourseError: the file is wrong.
        """
        return read_rules(self._layout.root).late

    def concerns(self, student: str, assignment: str) -> bool:
        """Whether a submission that is in time may change what something costs."""
        return self.policy.late_days > 0 or self.extensions.is_ours(student, assignment)

    def settle(
        self, connection: Connection, students: Iterable[str] | None = None, assignment: str = ""
    ) -> list[Late]:
        """Bring extensions and penalties up to date; return how late everything is.

        Args:
            connection: in a transaction.
            students: whose; `None` for everybody's.
            assignment: change rows of this one only, unless there is a budget of late days, which
                binds a person's assignments together; empty: all.

        Raises:
            CourseError: `course.toml` is wrong.
            LogError: the log cannot be written; roll back.
        """
        policy = self.policy
        only = "" if policy.late_days else assignment
        found: defaultdict[str, list[_Row]] = defaultdict(list)
        for row in _rows(connection, students, only):
            found[row.student].append(row)
        settled = []
        for of_one in found.values():
            left = policy.late_days
            for row in sorted(of_one, key=_turn):
                late = self._settle(connection, row, policy, left)
                left -= late.days_used
                settled.append(late)
        return settled

    def _settle(self, connection: Connection, row: _Row, policy: LatePolicy, left: int) -> Late:
        extension = self._extension(row)
        if extension != row.extension:
            connection.execute(
                update(submissions).where(submissions.c.id == row.key).values(extension=extension)
            )
        due = None if row.due is None else row.due + (extension or timedelta())
        seconds = 0.0
        if due is not None and row.submitted_at is not None:
            seconds = max(0.0, (row.submitted_at - due).total_seconds())
        used, penalty = 0, None
        if seconds > 0:
            if self._plugin.is_own:
                penalty = self._plugin.penalty(row.student, row.score, seconds)
            else:
                used = policy.days_used(seconds, left)
                penalty = policy.penalty(row.score, seconds, left) or None
        if row.notebook is not None and abs((penalty or 0.0) - (row.penalty or 0.0)) > _LEAST:
            self._log.record(
                Event.PENALTY,
                course=self._layout.course_id,
                assignment=row.assignment,
                student=row.student,
                late_seconds=seconds,
                penalty=penalty or 0.0,
                penalty_before=row.penalty or 0.0,
            )
            connection.execute(
                update(submitted_notebooks)
                .where(submitted_notebooks.c.id == row.notebook)
                .values(late_submission_penalty=penalty)
            )
        return Late(row.student, row.assignment, due, seconds, used, penalty or 0.0)

    def _extension(self, row: _Row) -> timedelta | None:
        """Return the extension that counts, as nbgrader's row has it."""
        if not self.extensions.is_ours(row.student, row.assignment):
            return row.extension
        ours = self.extensions.of(row.assignment).get(row.student)
        if ours is None:
            return None
        if row.due is None:
            return ours.length
        return ours.deadline(row.due) - row.due


def _turn(row: _Row) -> tuple[bool, datetime, str]:
    """Return in which order late days are used: by due date, those without one last."""
    due = row.due or datetime.min  # noqa: DTZ901  # naive, as nbgrader's are
    return row.due is None, due, row.assignment


def _rows(
    connection: Connection, students: Iterable[str] | None, assignment: str
) -> Iterable[_Row]:
    counted = func.coalesce(grades.c.manual_score, grades.c.auto_score, 0.0)
    score = func.sum(counted + func.coalesce(grades.c.extra_credit, 0.0))
    columns: Mapping[str, Any] = {
        "key": submissions.c.id,
        "student": submissions.c.student_id,
        "assignment": assignments.c.name,
        "submitted_at": submissions.c.timestamp,
        "due": assignments.c.duedate,
        "extension": submissions.c.extension,
        "notebook": submitted_notebooks.c.id,
        "penalty": submitted_notebooks.c.late_submission_penalty,
    }
    query = (
        select(
            *(one.label(name) for name, one in columns.items()),
            func.coalesce(score, 0.0).label("score"),
        )
        .select_from(submissions)
        .join(assignments, submissions.c.assignment_id == assignments.c.id)
        .outerjoin(submitted_notebooks, submitted_notebooks.c.assignment_id == submissions.c.id)
        .outerjoin(grades, grades.c.notebook_id == submitted_notebooks.c.id)
        .group_by(*columns.values())
        .order_by(submissions.c.student_id, assignments.c.name)
    )
    if students is not None:
        query = query.where(submissions.c.student_id.in_(list(students)))
    if assignment:
        query = query.where(assignments.c.name == assignment)
    for row in connection.execute(query):
        yield _Row(**row._mapping)
