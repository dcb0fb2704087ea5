"""What the gradebook says of one student: deadlines, extensions, points and comments by people.

What it guarantees:

- It only reads, and never makes a gradebook or waits for a writer.
- What a person has to decide is `None`, never 0.

What it does not do: decide what the student may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, case, create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from autograder.gradebook.extensions import Extensions
from autograder.gradebook.schema import (
    assignments,
    base_cells,
    comments,
    grade_cells,
    grades,
    notebooks,
    submissions,
    submitted_notebooks,
)


@dataclass(frozen=True)
class Mark:
    """What the gradebook has for one cell.

    Args:
        most: what it can earn.
        automatic: what checks gave; `None` for none.
        manual: what a person gave instead; `None` for none.
        extra: what a person gave on top.
        waits: whether a person has to decide.
        comment: a person's.
    """

    most: float = 0.0
    automatic: float | None = None
    manual: float | None = None
    extra: float = 0.0
    waits: bool = False
    comment: str = ""

    @property
    def points(self) -> float | None:
        """Return what counts; `None` while a person has to decide."""
        known = self.automatic if self.manual is None else self.manual
        return None if known is None or self.waits else known + self.extra

    @property
    def by_hand(self) -> float:
        """Return what people changed of the automatic points."""
        given = 0.0 if self.manual is None else self.manual - (self.automatic or 0.0)
        return given + self.extra


@dataclass(frozen=True)
class Marks:
    """One student's submission as the gradebook has it.

    Args:
        submitted_at: which hand-in it is of, UTC; `None` when it is not known.
        cells: by name; a cell that only has a comment can earn nothing.
        penalty: points taken for lateness.
    """

    submitted_at: datetime | None = None
    cells: Mapping[str, Mark] = field(default_factory=dict)
    penalty: float = 0.0


@dataclass(frozen=True)
class Dates:
    """When an assignment is due for one student.

    Args:
        due: for everybody, UTC; `None`: never.
        extension: the student's own.
        reason: why they have it; may be empty.
    """

    due: datetime | None = None
    extension: timedelta = timedelta()
    reason: str = ""

    @property
    def deadline(self) -> datetime | None:
        """Return the student's own deadline."""
        return None if self.due is None else self.due + self.extension


@dataclass(frozen=True)
class Standing:
    """One student's submission as a list of the class has it.

    Args:
        student: account name.
        assignment: of what.
        submitted_at: which hand-in it is of, UTC; `None` when it is not known.
        points: that are known, without what being late costs.
        waits: how many points a person has to decide about.
    """

    student: str
    assignment: str
    submitted_at: datetime | None
    points: float
    waits: float


class MarksReader:
    """Reads one course's gradebook; usable from any thread.

    Args:
        url: the gradebook's address.
        extensions: of the course; nbgrader's own count where there is none of ours.
    """

    def __init__(self, url: str, extensions: Extensions) -> None:
        self._url = url
        self._extensions = extensions

    @cached_property
    def _file(self) -> Path | None:
        parsed = make_url(self._url)
        is_file = parsed.get_backend_name() == "sqlite" and bool(parsed.database)
        return Path(str(parsed.database)) if is_file else None

    @cached_property
    def _engine(self) -> Engine:
        """The connections, made when first read: an address that is wrong stops no service."""
        return create_engine(self._url, pool_size=2)

    def close(self) -> None:
        """Close all connections."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    def dates(self, student: str) -> dict[str, Dates]:
        """Return the deadlines of all assignments; empty when there is no gradebook yet."""
        own = (submissions.c.assignment_id == assignments.c.id) & (
            submissions.c.student_id == student
        )
        query = select(
            assignments.c.name, assignments.c.duedate, submissions.c.extension
        ).select_from(assignments.outerjoin(submissions, own))
        return {
            name: self._dates(student, name, _utc(due), extension or timedelta())
            for name, due, extension in self._rows(query)
        }

    def _dates(
        self, student: str, assignment: str, due: datetime | None, nbgraders: timedelta
    ) -> Dates:
        if not self._extensions.is_ours(student, assignment):
            return Dates(due, nbgraders)
        ours = self._extensions.of(assignment).get(student)
        if ours is None or due is None:
            return Dates(due)
        return Dates(due, ours.deadline(due) - due, ours.reason)

    def marks(self, student: str, assignment: str) -> Marks | None:
        """Return what the gradebook has of a student's submission; `None` for nothing."""
        of_student = (
            (submissions.c.student_id == student)
            & (assignments.c.name == assignment)
            & (submissions.c.assignment_id == assignments.c.id)
        )
        heads = self._rows(
            select(
                submissions.c.timestamp,
                submitted_notebooks.c.id,
                submitted_notebooks.c.late_submission_penalty,
            )
            .select_from(
                submissions.join(assignments).join(
                    submitted_notebooks, submitted_notebooks.c.assignment_id == submissions.c.id
                ).join(notebooks, notebooks.c.id == submitted_notebooks.c.notebook_id)
            )
            .where(of_student)
        )  # fmt: skip
        if not heads:
            return None
        keys = [key for _, key, _ in heads]
        cells: dict[str, Mark] = {}
        for name, most, auto, manual, extra, waits in self._rows(
            select(
                base_cells.c.name, grade_cells.c.max_score, grades.c.auto_score,
                grades.c.manual_score, grades.c.extra_credit, grades.c.needs_manual_grade,
            )
            .join(base_cells, base_cells.c.id == grades.c.cell_id)
            .join(grade_cells, grade_cells.c.id == base_cells.c.id)
            .where(grades.c.notebook_id.in_(keys))
        ):  # fmt: skip
            open_still = bool(waits) and manual is None
            cells[name] = Mark(most, auto, manual, extra or 0.0, open_still)
        for name, comment in self._rows(
            select(base_cells.c.name, comments.c.manual_comment)
            .join(base_cells, base_cells.c.id == comments.c.cell_id)
            .where(comments.c.notebook_id.in_(keys) & comments.c.manual_comment.is_not(None))
        ):
            cells[name] = replace(cells.get(name, Mark()), comment=comment)
        penalty = sum(penalty or 0.0 for _, _, penalty in heads)
        return Marks(_utc(heads[0][0]), cells, penalty)

    def of_cell(self, assignment: str, cell: str) -> dict[str, tuple[datetime | None, Mark]]:
        """Return what everybody has for one cell, by student, with when they handed in."""
        # a comment is of the cell that is filled in, which for an essay has a row of its own
        said = (
            select(comments.c.notebook_id, comments.c.manual_comment)
            .join(base_cells, base_cells.c.id == comments.c.cell_id)
            .where(base_cells.c.name == cell)
            .subquery()
        )
        query = (
            select(
                submissions.c.student_id, submissions.c.timestamp, grade_cells.c.max_score,
                grades.c.auto_score, grades.c.manual_score, grades.c.extra_credit,
                grades.c.needs_manual_grade, said.c.manual_comment,
            )
            .select_from(grades)
            .join(submitted_notebooks, submitted_notebooks.c.id == grades.c.notebook_id)
            .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
            .join(assignments, assignments.c.id == submissions.c.assignment_id)
            .join(base_cells, base_cells.c.id == grades.c.cell_id)
            .join(grade_cells, grade_cells.c.id == base_cells.c.id)
            .outerjoin(said, said.c.notebook_id == grades.c.notebook_id)
            .where(assignments.c.name == assignment, base_cells.c.name == cell)
        )  # fmt: skip
        return {
            student: (
                _utc(moment),
                Mark(most, auto, manual, extra or 0.0, bool(waits) and manual is None, text or ""),
            )
            for student, moment, most, auto, manual, extra, waits, text in self._rows(query)
        }

    def comments(self, assignment: str, cell: str) -> dict[str, str]:
        """Return what people wrote to everybody's answer in a cell, by student."""
        query = (
            select(submissions.c.student_id, comments.c.manual_comment)
            .select_from(comments)
            .join(submitted_notebooks, submitted_notebooks.c.id == comments.c.notebook_id)
            .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
            .join(assignments, assignments.c.id == submissions.c.assignment_id)
            .join(base_cells, base_cells.c.id == comments.c.cell_id)
            .where(assignments.c.name == assignment, base_cells.c.name == cell)
            .where(comments.c.manual_comment.is_not(None))
        )
        return dict(tuple(row) for row in self._rows(query))

    def standings(self, assignment: str = "") -> list[Standing]:
        """Return every submission that has grades; empty when there is no gradebook yet.

        Args:
            assignment: only of this one.
        """
        waits = grades.c.needs_manual_grade & grades.c.manual_score.is_(None)
        known = func.coalesce(grades.c.manual_score, grades.c.auto_score, 0.0) + func.coalesce(
            grades.c.extra_credit, 0.0
        )
        head = (submissions.c.student_id, assignments.c.name, submissions.c.timestamp)
        query = (
            select(
                *head,
                func.sum(case((waits, 0.0), else_=known)),
                func.sum(case((waits, grade_cells.c.max_score), else_=0.0)),
            )
            .select_from(submissions)
            .join(assignments, assignments.c.id == submissions.c.assignment_id)
            .join(submitted_notebooks, submitted_notebooks.c.assignment_id == submissions.c.id)
            .join(grades, grades.c.notebook_id == submitted_notebooks.c.id)
            .join(grade_cells, grade_cells.c.id == grades.c.cell_id)
            .group_by(*head)
        )
        if assignment:
            query = query.where(assignments.c.name == assignment)
        return [
            Standing(student, name, _utc(moment), points or 0.0, waiting or 0.0)
            for student, name, moment, points, waiting in self._rows(query)
        ]

    def due_dates(self) -> dict[str, datetime | None]:
        """Return when assignments are due for everybody."""
        query = select(assignments.c.name, assignments.c.duedate)
        return {name: _utc(due) for name, due in self._rows(query)}

    def extended(self) -> dict[tuple[str, str], datetime]:
        """Return the deadlines of those who have more time, by student and assignment."""
        query = (
            select(assignments.c.name, assignments.c.duedate, submissions.c.student_id,
                   submissions.c.extension)
            .join(submissions, submissions.c.assignment_id == assignments.c.id)
            .where(assignments.c.duedate.is_not(None), submissions.c.extension.is_not(None))
        )  # fmt: skip
        found = {
            (student, name): due.replace(tzinfo=UTC) + extension
            for name, due, student, extension in self._rows(query)
            if not self._extensions.is_ours(student, name)
        }
        for name, due in self.due_dates().items():
            if due is not None:
                for student, ours in self._extensions.of(name).items():
                    found[student, name] = ours.deadline(due)
        return found

    def _rows(self, query: Any) -> Sequence[Any]:
        if self._file is not None and not self._file.is_file():
            return []
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except DatabaseError:  # its tables are being made
            return []


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
