"""Take a roster over into a course, and people out of it: its files, and the gradebook's students.

What it guarantees:

- A person who is in the file has the role that the file says; whoever is not in it stays, unless
  the file replaces the roster. Who leaves, leaves the claims as well: a role that a learning
  platform once gave does not stay behind, and comes back only when the platform gives it again.
- Nothing of the gradebook is ever removed: who leaves a course keeps every score and submission.
- A running hub follows within seconds, because it reads the rosters' files itself.
- A trial run says the same and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.people.course import Course
from autograder.people.roles import Role
from autograder.people.roster import Member, read_roster, write_roster
from autograder.settings.errors import RosterError


@dataclass(frozen=True)
class Changes:
    """What an import does to a roster.

    Args:
        added: who is new.
        changed: who has another role or name than before.
        removed: who is in the course no longer.
        kept: how many stay as they were.
    """

    added: tuple[Member, ...]
    changed: tuple[Member, ...]
    removed: tuple[Member, ...]
    kept: int


def import_roster(
    course: Course, members: Iterable[Member], *, replace: bool = False, trial: bool = False
) -> Changes:
    """Take people over into a course.

    Args:
        course: the course.
        members: the people.
        replace: whether whoever is not among them leaves the roster.
        trial: whether to say only what would change.

    Raises:
        RosterError: the course's present roster cannot be read.
    """
    given = {one.username: one for one in members}
    with course.changing():
        before, claimed = _people(course.roster), _people(course.claimed)
        after = given if replace else before | given
        there = claimed | before if replace else before
        changes = Changes(
            tuple(one for name, one in after.items() if name not in before),
            tuple(one for name, one in after.items() if name in before and one != before[name]),
            tuple(one for name, one in there.items() if name not in after),
            sum(before.get(name) == one for name, one in after.items()),
        )
        if not trial:
            write_roster(course.roster, after.values())
            if claimed.keys() & {one.username for one in changes.removed}:
                staying = claimed.keys() & after.keys()
                write_roster(course.claimed, (claimed[name] for name in staying))
    if not trial:
        _note_students(course, given.values())
    return changes


def remove_people(
    course: Course, usernames: Iterable[str], *, trial: bool = False
) -> tuple[Member, ...]:
    """Take people out of a course; return them as they were.

    Args:
        course: the course.
        usernames: their accounts.
        trial: whether to say only what would change.

    Raises:
        RosterError: somebody is not in the course, or is named in the settings, which nothing but
            their file can change; nobody was taken out.
    """
    wanted = list(dict.fromkeys(usernames))
    named = {one.username for one in course.named}
    with course.changing():
        files = {path: _people(path) for path in course.files}
        problems = [
            f"{name} is named in the settings: take them out there"
            if name in named
            else f"{name} is not in {course.id}"
            for name in wanted
            if name in named or not any(name in people for people in files.values())
        ]
        if problems:
            raise RosterError("nobody was taken out:\n- " + "\n- ".join(problems))
        members = course.members()
        for path, people in files.items():
            if not trial and people.keys() & set(wanted):
                write_roster(path, (one for name, one in people.items() if name not in wanted))
    return tuple(members[name] for name in wanted)


def _people(path: Path) -> dict[str, Member]:
    return {one.username: one for one in read_roster(path)} if path.is_file() else {}


def _note_students(course: Course, members: Iterable[Member]) -> None:
    from nbgrader.api import Gradebook

    from autograder.gradebook import GradebookWriter

    with GradebookWriter(course.layout):
        pass  # makes the gradebook when there is none yet
    with Gradebook(course.layout.database_url, course.id) as gradebook:
        for one in members:
            if one.role is Role.STUDENT:
                gradebook.update_or_create_student(
                    one.username,
                    first_name=one.first_name or None,
                    last_name=one.last_name or None,
                    email=one.email or None,
                    lms_user_id=one.lms_id or None,
                )
