"""The grades of a course as values: per assignment, per question and per check.

What it guarantees:

- One moment's state of the gradebook, whoever writes meanwhile; nothing is written or made.
- Everybody who is in the gradebook is there for each assignment, who handed in nothing too.
- What a person has yet to decide is `None`, never 0, and counted.

What it does not do: say how a learning platform wants it (`shapes` does).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from autograder.course.layout import Layout
from autograder.gradebook.autograded import key_in
from autograder.gradebook.errors import GradebookError
from autograder.gradebook.schema import (
    assignments,
    base_cells,
    grade_cells,
    grades,
    notebooks,
    students,
    submissions,
    submitted_notebooks,
    task_cells,
)
from autograder.gradebook.tables import reading
from autograder.grading.decisions import Decisions
from autograder.grading.report import CheckReport
from autograder.grading.store import ReportStore
from autograder.records import Log


@dataclass(frozen=True)
class Person:
    """A student as the gradebook knows them.

    Args:
        id: the name in hub and gradebook.
        last: name; may be empty.
        first: name; may be empty.
        email: may be empty.
        platform_id: the learning platform's own id; may be empty.
    """

    id: str
    last: str = ""
    first: str = ""
    email: str = ""
    platform_id: str = ""


@dataclass(frozen=True)
class Question:
    """One graded cell of a submission.

    Args:
        name: its grade id.
        most: what it can earn.
        points: what counts; `None` while a person has to decide.
        checks: what was checked, voids applied; none of an essay, or where there is no report.
    """

    name: str
    most: float
    points: float | None
    checks: tuple[CheckReport, ...] = ()


@dataclass(frozen=True)
class Grade:
    """What one student has for one assignment.

    Args:
        course: its id.
        assignment: its name.
        student: who.
        most: what the assignment can earn.
        handed_in: when, UTC; `None` when nothing was recorded.
        penalty: points taken for lateness.
        questions: by name; none when nothing was recorded.
    """

    course: str
    assignment: str
    student: Person
    most: float
    handed_in: datetime | None = None
    penalty: float = 0.0
    questions: Sequence[Question] = field(default=())

    @property
    def is_recorded(self) -> bool:
        """Return whether something was handed in and graded."""
        return bool(self.questions)

    @property
    def waiting(self) -> int:
        """Return how many questions wait for a person."""
        return sum(one.points is None for one in self.questions)

    @property
    def points(self) -> float:
        """Return the points given so far."""
        return round(sum(one.points or 0.0 for one in self.questions), 6)

    @property
    def total(self) -> float:
        """Return the points given so far less the penalty; never below 0."""
        return round(max(0.0, self.points - self.penalty), 6)


def read_grades(
    layout: Layout, wanted: Sequence[str] = (), *, with_checks: bool = False
) -> list[Grade]:
    """Return the grades of a course, by assignment and then by student.

    Args:
        layout: the course.
        wanted: names of assignments; all when there is none.
        with_checks: read the reports, too, for what was checked.

    Raises:
        GradebookError: there is no gradebook yet, or it has no such assignment.
    """
    address = make_url(layout.database_url)
    is_file = address.get_backend_name() == "sqlite" and bool(address.database)
    if is_file and not Path(str(address.database)).is_file():
        raise GradebookError(
            f"there is no gradebook of {layout.course_id} yet ({address.database}): nothing was "
            "graded in this course"
        )
    with reading(layout.database_url) as connection:
        known = _points(connection)
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise GradebookError(
                f"the gradebook of {layout.course_id} has no assignment {', '.join(unknown)}; it "
                f"has {', '.join(sorted(known)) or 'none'}"
            )
        people = [
            Person(*(text or "" for text in row))
            for row in connection.execute(
                select(
                    students.c.id, students.c.last_name, students.c.first_name,
                    students.c.email, students.c.lms_user_id,
                ).order_by(students.c.id)
            )
        ]  # fmt: skip
        heads = _heads(connection)
        cells = _cells(connection)
    reports = _Reports(layout) if with_checks else None
    found = []
    for assignment in wanted or sorted(known):
        for person in people:
            handed_in, penalty = heads.get((assignment, person.id), (None, 0.0))
            questions = cells.get((assignment, person.id), [])
            if reports is not None and questions:
                questions = reports.checked(assignment, person.id, questions)
            grade = Grade(
                layout.course_id, assignment, person, known[assignment], handed_in, penalty,
                tuple(questions),
            )  # fmt: skip
            found.append(grade)
    return found


def _points(connection: Connection) -> dict[str, float]:
    """Return the most that each assignment can earn."""
    found = {name: 0.0 for (name,) in connection.execute(select(assignments.c.name))}
    for kind in (grade_cells, task_cells):
        of_cells = (
            select(assignments.c.name, kind.c.max_score)
            .select_from(kind)
            .join(base_cells, base_cells.c.id == kind.c.id)
            .join(notebooks, notebooks.c.id == base_cells.c.notebook_id)
            .join(assignments, assignments.c.id == notebooks.c.assignment_id)
        )
        for name, most in connection.execute(of_cells):
            found[name] += most or 0.0
    return found


def _heads(connection: Connection) -> dict[tuple[str, str], tuple[datetime | None, float]]:
    """Return (assignment, student) -> when it was handed in, and the penalty."""
    query = select(
        assignments.c.name, submissions.c.student_id, submissions.c.timestamp,
        submitted_notebooks.c.late_submission_penalty,
    ).select_from(
        submissions.join(assignments).join(
            submitted_notebooks, submitted_notebooks.c.assignment_id == submissions.c.id
        )
    )  # fmt: skip
    found: dict[tuple[str, str], tuple[datetime | None, float]] = {}
    for name, student, moment, penalty in connection.execute(query):
        _, before = found.get((name, student), (None, 0.0))
        when = None if moment is None else moment.replace(tzinfo=UTC)
        found[name, student] = (when, before + (penalty or 0.0))
    return found


def _cells(connection: Connection) -> Mapping[tuple[str, str], list[Question]]:
    """Return (assignment, student) -> its questions."""
    most: dict[str, float] = {}
    for kind in (grade_cells, task_cells):
        rows = connection.execute(select(kind.c.id, kind.c.max_score))
        most |= {key: points for key, points in rows}  # noqa: C416  # rows are no pairs to mypy
    query = (
        select(
            assignments.c.name, submissions.c.student_id, base_cells.c.id, base_cells.c.name,
            grades.c.auto_score, grades.c.manual_score, grades.c.extra_credit,
            grades.c.needs_manual_grade,
        )
        .select_from(grades)
        .join(base_cells, base_cells.c.id == grades.c.cell_id)
        .join(submitted_notebooks, submitted_notebooks.c.id == grades.c.notebook_id)
        .join(submissions, submissions.c.id == submitted_notebooks.c.assignment_id)
        .join(assignments, assignments.c.id == submissions.c.assignment_id)
        .order_by(base_cells.c.name)
    )  # fmt: skip
    found: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for name, student, cell, question, *scores in connection.execute(query):
        one = Question(question, most.get(cell, 0.0), _counted(*scores))
        found[name, student].append(one)
    return found


def _counted(
    auto: float | None, manual: float | None, extra: float | None, waits: Any
) -> float | None:
    known = auto if manual is None else manual
    is_open = known is None or (bool(waits) and manual is None)
    return None if known is None or is_open else known + (extra or 0.0)


class _Reports:
    """The reports that the gradebook's grades came from."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._store = ReportStore(layout.graded)
        self._decisions = Decisions(Log(layout.log))

    def checked(
        self, assignment: str, student: str, questions: Sequence[Question]
    ) -> list[Question]:
        """Return the questions with what was checked."""
        notebook = self._layout.autograded / student / assignment / f"{assignment}.ipynb"
        key = key_in(notebook)
        report = self._store.find(key) if key is not None else None
        if report is None:
            return list(questions)
        checks = {one.grade_id: one.checks for one in self._decisions.applied(report).cells}
        return [
            Question(one.name, one.most, one.points, checks.get(one.name, ())) for one in questions
        ]
