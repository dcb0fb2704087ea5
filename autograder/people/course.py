"""The courses of a hub: where each lies and who is in it, from the settings.

What it guarantees:

- Without `[[course]]` there is the one course that `Layout` finds, with everybody of `[hub]`.
- Each course has its own data directory and gradebook; all share one exchange root.
- Who is in a course is read anew whenever its files have changed: a running hub follows.
- One program at a time changes these files: a log-in's claim and a command's change both stay.

What it does not do: know who is logged in (`autograder.people.authenticators`).
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.layout import Layout
from autograder.people.roles import Role
from autograder.people.roster import Member, read_roster
from autograder.people.settings import CourseSettings
from autograder.settings.errors import SettingsError

if TYPE_CHECKING:
    from autograder.hub.settings import HubSettings

ROSTER = "roster.csv"
CLAIMED = "claimed.csv"
LOCK = ".people.lock"


@dataclass(frozen=True)
class Course:
    """One course of the hub.

    Args:
        layout: its folders.
        title: its name for people.
        named: who is in it by the settings.
        roster: the file that `gradlab roster import` writes, or the one the settings name.
    """

    layout: Layout
    title: str
    named: tuple[Member, ...]
    roster: Path

    @property
    def id(self) -> str:
        """Return its name in nbgrader, groups and addresses."""
        return self.layout.course_id

    @property
    def claimed(self) -> Path:
        """Return the file of those whom a learning platform or identity provider sent."""
        return self.layout.home / CLAIMED

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files of members, the strongest last."""
        return (self.claimed, self.roster)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else change the files of members for as long as the context lasts."""
        self.layout.home.mkdir(parents=True, exist_ok=True)
        with (self.layout.home / LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def members(self) -> dict[str, Member]:
        """Return everybody by account; settings win over the roster, the roster over claims.

        Raises:
            RosterError: a file has mistakes.
        """
        found: dict[str, Member] = {}
        for path in self.files:
            if path.is_file():
                found |= {member.username: member for member in read_roster(path)}
        for member in self.named:
            known = found.get(member.username, member)
            found[member.username] = replace(known, role=member.role)
        return found


def courses_of(settings: HubSettings, layout: Layout) -> tuple[Course, ...]:
    """Return the courses of the settings; the one of the folder when they name none."""
    if not settings.courses:
        people = _named(settings.students, settings.assistants, settings.instructors)
        return (Course(layout, layout.course_id, people, layout.home / ROSTER),)
    return tuple(_course(one, layout) for one in settings.courses)


def choose(courses: Sequence[Course], course_id: str | None) -> Course:
    """Return the course that is named; the only one when none is named.

    Raises:
        SettingsError: there is none of that name, or several and none is named.
    """
    known = ", ".join(course.id for course in courses)
    if course_id is None and len(courses) == 1:
        return courses[0]
    for course in courses:
        if course.id == course_id:
            return course
    raise SettingsError(
        f"there is no course {course_id!r}; there are {known}"
        if course_id
        else f"say which course: {known}"
    )


def _course(settings: CourseSettings, hub: Layout) -> Course:
    home = settings.data or hub.home / "courses" / settings.id
    layout = Layout(
        settings.root.resolve(),
        home.resolve(),
        settings.id,
        hub.exchange,
        settings.database or f"sqlite:///{home.resolve() / 'gradebook.db'}",
    )
    people = _named(settings.students, settings.assistants, settings.instructors)
    title = settings.title or settings.id
    return Course(layout, title, people, (settings.roster or home / ROSTER).resolve())


def _named(
    students: Iterable[str], assistants: Iterable[str], instructors: Iterable[str]
) -> tuple[Member, ...]:
    return (
        *(Member(name, Role.STUDENT) for name in students),
        *(Member(name, Role.ASSISTANT) for name in assistants),
        *(Member(name, Role.INSTRUCTOR) for name in instructors),
    )
