"""What a person chose on the start page, checked as if it came from an enemy.

What it guarantees:

- Only a profile that is offered to this person's groups, only a course that they are in.
- Unknown names and wrong kinds are refused, from the form and from the hub's API alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.gpu import Profile
from autograder.settings.errors import HubError

COURSE_GROUPS = ("nbgrader-", "formgrade-", "instructor-")
WAIT, WITHOUT = "wait", "cpu"


class ChoiceRefused(HubError, ValueError):
    """What was sent is no choice that this person has; the message is for them."""


@dataclass(frozen=True)
class Choice:
    """How a server is to be started.

    Args:
        profile: what it gets.
        course: the course whose budget pays; empty: none.
        without: whether to start without a GPU when none is free.
    """

    profile: Profile
    course: str
    without: bool

    def options(self) -> dict[str, Any]:
        """Return what the hub stores and gives back as `user_options`."""
        return {
            "profile": self.profile.name,
            "course": self.course,
            "busy": WITHOUT if self.without else WAIT,
        }


def courses_of(groups: Iterable[str]) -> tuple[str, ...]:
    """Return the courses that a person's groups say.

    >>> courses_of(["nbgrader-deep", "formgrade-deep", "staff"])
    ('deep',)
    """
    found = {
        group.removeprefix(start)
        for group in groups
        for start in COURSE_GROUPS
        if group.startswith(start)
    }
    return tuple(sorted(found))


def chosen(
    options: Mapping[str, Any] | None, offered: Sequence[Profile], courses: Sequence[str]
) -> Choice:
    """Return the choice that options mean; the first profile and course where they say nothing.

    Raises:
        ChoiceRefused: they ask for what is not offered.
    """
    given = dict(options or {})
    if not offered:
        raise ChoiceRefused("no kind of server is offered to you; ask the course's staff")
    name = given.get("profile", offered[0].name)
    profile = next((one for one in offered if one.name == name), None)
    if profile is None:
        raise ChoiceRefused("this kind of server is not offered to you")
    course = given.get("course") or (courses[0] if courses else "")
    if course and course not in courses:
        raise ChoiceRefused("you are not in this course")
    busy = given.get("busy", WAIT)
    if busy not in (WAIT, WITHOUT):
        raise ChoiceRefused("say whether to wait for a GPU or to start without one")
    return Choice(profile, course, busy == WITHOUT)


def from_form(form: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return the options of a posted form: one text for each name that we ask for.

    Raises:
        ChoiceRefused: a name comes more than once, or as a file.
    """
    options = {}
    for name in ("profile", "course", "busy"):
        values = form.get(name, [])
        if len(values) > 1 or not all(isinstance(one, str) for one in values):
            raise ChoiceRefused(f"{name} came more than once")
        if values:
            options[name] = values[0]
    return options
