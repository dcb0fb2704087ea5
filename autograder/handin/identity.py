"""Who asks, by the hub's word, and what they may do.

What it guarantees:

- A name comes from the hub's answer about a token and from nowhere else: no header, no field, no
  cookie.
- A right comes from the hub's groups, of the very course that is asked for.
- A service gets the rights of a grader in the one course that it was given, never more.
- A token of somebody's own computer has the one right to hand in, in one course, as its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.handin.errors import Forbidden, Stranger
from autograder.people.roles import hand_in_scope

MEMBER = "nbgrader"
GRADER = "formgrade"
INSTRUCTOR = "instructor"


@dataclass(frozen=True)
class Caller:
    """One who asks.

    Args:
        name: the hub's account, or the service's name.
        groups: the hub's groups.
        is_person: false for a service.
        serves: the course whose grading service this is; empty for persons.
        only: the one course into which the token hands in, when it does nothing else.
    """

    name: str
    groups: frozenset[str] = field(default=frozenset())
    is_person: bool = True
    serves: str = ""
    only: str = ""

    @property
    def is_staff(self) -> bool:
        """Return whether they grade some course, or are its grading service."""
        if self.only:
            return False
        kinds = {group.partition("-")[0] for group in self.groups}
        return not self.is_person or bool(kinds & {GRADER, INSTRUCTOR})

    def is_member(self, course: str) -> bool:
        """Return whether they may fetch and submit."""
        if self.only:
            return course == self.only and f"{MEMBER}-{course}" in self.groups
        return f"{MEMBER}-{course}" in self.groups or self.is_instructor(course)

    def is_grader(self, course: str) -> bool:
        """Return whether they may see and collect everybody's submissions."""
        if not self.is_person:
            return course == self.serves
        if self.only:
            return False
        return f"{GRADER}-{course}" in self.groups or self.is_instructor(course)

    def is_instructor(self, course: str) -> bool:
        """Return whether they may release."""
        return self.is_person and not self.only and f"{INSTRUCTOR}-{course}" in self.groups

    def takes_part(self, course: str) -> bool:
        """Return whether they are anything in the course."""
        return self.is_member(course) or self.is_grader(course)

    def must_take_part(self, course: str) -> None:
        """Refuse who is nothing in the course.

        Raises:
            Forbidden: they are.
        """
        if not self.takes_part(course):
            raise Forbidden(
                f"{self.name} is not in the course {course!r}: ask its instructor to add you"
            )

    def must_be_member(self, course: str) -> None:
        """Refuse who may not submit; as `must_take_part`."""
        self.must_take_part(course)
        if not (self.is_person and self.is_member(course)):
            raise Forbidden(f"{self.name} may not submit in the course {course!r}")

    def must_be_grader(self, course: str) -> None:
        """Refuse who may not see others' work; as `must_take_part`."""
        self.must_take_part(course)
        if not self.is_grader(course):
            raise Forbidden(
                f"{self.name} may not see the submissions of others in the course {course!r}: that "
                f"needs the group {GRADER}-{course}"
            )

    def must_be_instructor(self, course: str) -> None:
        """Refuse who may not release; as `must_take_part`."""
        self.must_take_part(course)
        if not self.is_instructor(course):
            raise Forbidden(
                f"{self.name} may not release anything in the course {course!r}: that needs the "
                f"group {INSTRUCTOR}-{course}"
            )


def caller_from(model: Mapping[str, Any] | None, graders: Mapping[str, str]) -> Caller:
    """Read the hub's answer about a token.

    Args:
        model: the hub's answer; `None` when it knows nobody.
        graders: for each grading service its course.

    Raises:
        Stranger: the hub knows nobody.
        Forbidden: it is a service that is not known here.
    """
    if not model or not model.get("name"):
        raise Stranger(
            "the hub does not know this token. Stop your server in the hub's control panel and "
            "start it again"
        )
    name = str(model["name"])
    if model.get("kind") == "user":
        return Caller(name, frozenset(str(group) for group in model.get("groups") or ()))
    if name in graders:
        return Caller(name, is_person=False, serves=graders[name])
    raise Forbidden(f"the service {name!r} has no business with the exchange")


def hand_in_only(caller: Caller, scopes: Iterable[str], courses: Iterable[str]) -> Caller:
    """Return somebody whose token may not be used with the exchange, but to hand in.

    Args:
        caller: whose it is.
        scopes: what the hub says that the token may.
        courses: all that there are.

    Raises:
        Forbidden: it may not hand in either, or in several courses.
    """
    held = set(scopes)
    own = [course for course in courses if hand_in_scope(course) in held]
    if len(own) == 1:
        return replace(caller, only=own[0])
    if own:
        raise Forbidden("this token hands in into several courses: make one for each of them")
    raise Forbidden(
        f"this token of {caller.name} may not be used with the exchange: you are in no course, or "
        "your server was started before you were. Stop it in the hub's control panel and start it "
        "again"
    )
