"""Who fell silent: students who handed in nothing for the last assignments that are due.

What it guarantees:

- Only assignments count whose deadline is past for that very student, extension included.
- Somebody is silent from two in a row on, however much they handed in before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.handin.storage import Submission
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.work import turn_of
from autograder.people.roles import Role

IN_A_ROW = 2


@dataclass(frozen=True)
class Silent:
    """Somebody who handed in nothing lately.

    Args:
        student: the account.
        name: for people; may be empty.
        email: where they are written to; may be empty.
        handed_in: of how many assignments that are due for them.
        due: how many these are.
        missed: the last ones, in a row.
        last: what they handed in last; `None`: nothing at all.
        last_at: when.
    """

    student: str
    name: str
    email: str
    handed_in: int
    due: int
    missed: Sequence[str]
    last: Assignment | None
    last_at: datetime | None


def silent(
    course: CourseReader, newest: Mapping[tuple[str, str], Submission], now: datetime
) -> list[Silent]:
    """Return who fell silent, whoever missed most first.

    Args:
        course: the course.
        newest: the newest hand-in of each student for each assignment.
        now: the present, aware.
    """
    dated, extended, people = _dated(course), course.extended(), course.people()
    accounts = {one.username for one in people.values() if one.role is Role.STUDENT}
    others = {name for name, one in people.items() if one.role is not Role.STUDENT}
    found = []
    for student in sorted((accounts | {student for student, _ in newest}) - others):
        due = [
            one
            for one, deadline in dated
            if extended.get((student, one.name), deadline) < now or (student, one.name) in newest
        ]
        missed: list[str] = []
        for one in reversed(due):
            if (student, one.name) in newest:
                break
            missed.insert(0, one.title)
        if len(missed) < IN_A_ROW:
            continue
        own = max(
            (one for (who, _), one in newest.items() if who == student),
            key=lambda one: one.moment, default=None,
        )  # fmt: skip
        member = people.get(student)
        name = f"{member.first_name} {member.last_name}".strip() if member else ""
        found.append(
            Silent(
                student, name, member.email if member else "",
                sum((student, one.name) in newest for one in due), len(due), missed,
                course.assignment(own.assignment) if own else None, own.moment if own else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-len(one.missed), one.student))


def _dated(course: CourseReader) -> list[tuple[Assignment, datetime]]:
    """Return the released assignments that have a deadline, in the order of the course."""
    released = set(course.released())
    found = [
        (course.assignment(name), due)
        for name, due in course.due_dates().items()
        if due is not None and name in released
    ]
    order = course.rules.order
    return sorted(found, key=lambda one: turn_of(order, *one))
