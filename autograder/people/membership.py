"""Which groups somebody belongs to, at this moment.

What it guarantees:

- The answer follows the rosters' files: a change counts at the next question, without a restart.
- A roster that somebody broke while the hub runs changes nothing: the last good one goes on, and
  the log says what is wrong with the new one.
- Whoever is in no course belongs to no group.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from autograder.people.course import Course
from autograder.people.roles import Role, groups_of
from autograder.people.roster import Member, read_roster, write_roster
from autograder.settings.errors import RosterError

Stamp = tuple[tuple[int, int] | None, ...]


class Membership:
    """Who is in which course, from files that may change."""

    def __init__(self, courses: Iterable[Course], log: logging.Logger | None = None) -> None:
        """Remember the courses; nothing is read yet."""
        self.courses = tuple(courses)
        self._log = log or logging.getLogger("gradlab.membership")
        self._read: dict[str, tuple[Stamp, Mapping[str, Member]]] = {}

    def members(self, course: Course) -> Mapping[str, Member]:
        """Return everybody in a course by account.

        Raises:
            RosterError: a file has mistakes, and was never without since the hub started.
        """
        stamp = tuple(_stamp(path) for path in course.files)
        known = self._read.get(course.id)
        if known is None or known[0] != stamp:
            try:
                found: Mapping[str, Member] = course.members()
            except RosterError as error:
                if known is None:
                    raise
                self._log.error("roster of %s not taken over: %s", course.id, error)
                found = known[1]
            known = self._read[course.id] = (stamp, found)
        return known[1]

    def roles(self, username: str) -> dict[str, Role]:
        """Return somebody's role in each of their courses, by the course's id."""
        return {
            course.id: members[username].role
            for course in self.courses
            if username in (members := self.members(course))
        }

    def groups(self, username: str) -> list[str]:
        """Return the hub's groups of somebody."""
        roles = self.roles(username).items()
        return sorted({group for course_id, role in roles for group in groups_of(course_id, role)})

    def account(self, lms_id: str) -> str | None:
        """Return the account of somebody whom a roster knows by the learning platform's id."""
        if lms_id:
            for course in self.courses:
                for member in self.members(course).values():
                    if member.lms_id == lms_id:
                        return member.username
        return None

    def claim(self, member: Member, roles: Mapping[str, Role | None]) -> None:
        """Note what an identity provider says somebody is; `None` for no longer anything.

        Args:
            member: who; the role in it does not count.
            roles: the role in each course that the provider spoke about, by the course's id.
        """
        for course in self.courses:
            if course.id not in roles:
                continue
            path = course.claimed
            role = roles[course.id]
            with course.changing():
                before = {one.username: one for one in read_roster(path)} if path.is_file() else {}
                after = {name: one for name, one in before.items() if name != member.username}
                if role is not None:
                    after[member.username] = replace(member, role=role)
                if after != before:
                    write_roster(path, after.values())


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
