"""Grades as the files that people and learning platforms read.

What it guarantees:

- A grade of which a person still has to decide something is never a number to a platform: its field
  is empty, which each of them takes for "not graded". The plain file says how much is given so far
  and how many questions wait.
- Fields are safe for spreadsheets (`spreadsheet`).

Sources: Canvas, "How do I import grades in the Gradebook?" (columns Student, ID, SIS Login ID,
Section, and a second line of points possible); Moodle, "Grade import" (any column that identifies a
user, one column a grade item); ILIAS, exports of courses and tests (semicolons, `Login` first).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from autograder.gradebook.grades import Grade, Person
from autograder.gradebook.spreadsheet import table

_WHOM = ("course", "assignment", "student", "last_name", "first_name", "email")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "assignment": ("handed_in", "points", "penalty", "total", "of", "questions_that_wait"),
    "question": ("question", "points", "of", "waits"),
    "check": ("question", "check", "verdict", "points", "of"),
}


def plain(grades: Iterable[Grade], by: str) -> str:
    """Return one line for each `assignment`, `question` or `check` of each student."""
    rows = {"assignment": _assignments, "question": _questions, "check": _checks}[by]
    lines = (
        (one.course, one.assignment, *_names(one.student), *rest)
        for one in grades
        for rest in rows(one)
    )
    return table((*_WHOM, *_COLUMNS[by]), lines)


def _names(person: Person) -> tuple[str, str, str, str]:
    return person.id, person.last, person.first, person.email


def _assignments(grade: Grade) -> Iterable[tuple[Any, ...]]:
    when = "" if grade.handed_in is None else f"{grade.handed_in:%Y-%m-%d %H:%M:%S}Z"
    if not grade.is_recorded:
        yield when, None, None, None, grade.most, None
    else:
        yield when, grade.points, grade.penalty, grade.total, grade.most, grade.waiting


def _questions(grade: Grade) -> Iterable[tuple[Any, ...]]:
    for one in grade.questions:
        yield one.name, one.points, one.most, "yes" if one.points is None else "no"


def _checks(grade: Grade) -> Iterable[tuple[Any, ...]]:
    for one in grade.questions:
        weights = sum(check.weight for check in one.checks)
        for check in one.checks:
            share = one.most * check.weight / weights if weights else 0.0
            earned = share if check.verdict == "passed" else 0.0
            yield one.name, check.name, str(check.verdict), round(earned, 6), round(share, 6)


def for_platform(grades: Sequence[Grade], shape: str, *, missing_is_zero: bool) -> str:
    """Return one line for each student, with a column for each assignment.

    Args:
        grades: of one course.
        shape: of which platform: `canvas`, `moodle` or `ilias`.
        missing_is_zero: whether who handed in nothing has 0 points; else the field is empty.
    """
    ordered = sorted(grades, key=lambda one: one.student.id)
    lines = [
        (person, [_number(one, missing_is_zero=missing_is_zero) for one in group])
        for person, group in (
            (person, list(group)) for person, group in groupby(ordered, lambda one: one.student)
        )
    ]
    most = dict.fromkeys(one.assignment for one in grades)
    points = {one.assignment: one.most for one in grades}
    return _MAKERS[shape](lines, {name: points[name] for name in most})


def _number(grade: Grade, *, missing_is_zero: bool) -> float | None:
    if not grade.is_recorded:
        return 0.0 if missing_is_zero else None
    return None if grade.waiting else round(grade.total, 6)


_Lines = Sequence[tuple[Person, Sequence[float | None]]]


def _canvas(lines: _Lines, points: Mapping[str, float]) -> str:
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    rows: list[tuple[Any, ...]] = [("    Points Possible", *[None] * 4, *points.values())]
    for person, numbers in lines:
        name = ", ".join(part for part in (person.last, person.first) if part) or person.id
        rows.append((name, person.platform_id, None, person.id, None, *numbers))
    return table((*head, *points), rows)


def _moodle(lines: _Lines, points: Mapping[str, float]) -> str:
    head = ("Username", "First name", "Last name", "Email address")
    rows = [(one.id, one.first, one.last, one.email, *numbers) for one, numbers in lines]
    return table((*head, *points), rows)


def _ilias(lines: _Lines, points: Mapping[str, float]) -> str:
    head = ("Login", "Lastname", "Firstname", "Email")
    rows = [(one.id, one.last, one.first, one.email, *numbers) for one, numbers in lines]
    return table((*head, *points), rows, separator=";")


_MAKERS: Mapping[str, Callable[[_Lines, Mapping[str, float]], str]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "ilias": _ilias,
}
