"""Take a roster over into a course: its file, and the gradebook's students.

What it guarantees:

- A person who is in the file has the role that the file says; whoever is not in it stays, unless
  the file replaces the roster.
- Nothing of the gradebook is ever removed: who leaves a course keeps every score and submission.
- A running hub follows within seconds, because it reads the rosters' files itself.
- A trial run says the same and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.hub.courses.course import Course
from autograder.hub.courses.roles import Role
from autograder.hub.courses.roster import Member, read_roster, write_roster


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
    before = {}
    if course.roster.is_file():
        before = {one.username: one for one in read_roster(course.roster)}
    given = {one.username: one for one in members}
    after = given if replace else before | given
    changes = Changes(
        tuple(one for name, one in after.items() if name not in before),
        tuple(one for name, one in after.items() if name in before and one != before[name]),
        tuple(one for name, one in before.items() if name not in after),
        sum(before.get(name) == one for name, one in after.items()),
    )
    if not trial:
        write_roster(course.roster, after.values())
        _note_students(course, given.values())
    return changes


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
