"""What each role may do in formgrader and on pages of staff, as data.

What it guarantees:

- Whatever is not listed is refused: a route that a new nbgrader brings does nothing until somebody
  has decided about it.
- Looking is one right; each kind of change is its own.

What it does not do: enforce (`guard` does).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from autograder.people.roles import Role, grade_scope, instruct_scope


class Action(StrEnum):
    """What somebody does in formgrader or on a page of staff."""

    LOOK = "look at submissions, scores and people"
    GRADE = "give scores, comments and flags"
    COLLECT = "collect submissions"
    AUTOGRADE = "have submissions graded"
    GENERATE = "generate assignments"
    RELEASE = "release assignments and take them back"
    CHANGE = "change assignments and their due dates"
    ENROLL = "change the list of students"
    FEEDBACK = "generate and release feedback"
    EXTEND = "give people more time"
    VOID = "void checks"


MAY: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.STUDENT: frozenset(),
        Role.ASSISTANT: frozenset(
            {Action.LOOK, Action.GRADE, Action.COLLECT, Action.AUTOGRADE},
        ),
        Role.INSTRUCTOR: frozenset(Action),
    }
)

# nbgrader's own patterns; every GET of formgrader looks and changes nothing
_API = "/formgrader/api/"
CHANGES: Mapping[tuple[str, str], Action] = MappingProxyType(
    {
        ("PUT", f"{_API}grade/([^/]+)"): Action.GRADE,
        ("PUT", f"{_API}comment/([^/]+)"): Action.GRADE,
        ("POST", f"{_API}submitted_notebook/([^/]+)/flag"): Action.GRADE,
        ("POST", f"{_API}assignment/([^/]+)/collect"): Action.COLLECT,
        ("POST", f"{_API}submission/([^/]+)/([^/]+)/autograde"): Action.AUTOGRADE,
        ("POST", f"{_API}assignment/([^/]+)/assign"): Action.GENERATE,
        ("POST", f"{_API}assignment/([^/]+)/release"): Action.RELEASE,
        ("POST", f"{_API}assignment/([^/]+)/unrelease"): Action.RELEASE,
        ("PUT", f"{_API}assignment/([^/]+)"): Action.CHANGE,
        ("PUT", f"{_API}student/([^/]+)"): Action.ENROLL,
        ("POST", f"{_API}assignment/([^/]+)/generate_feedback"): Action.FEEDBACK,
        ("POST", f"{_API}assignment/([^/]+)/release_feedback"): Action.FEEDBACK,
        ("POST", f"{_API}assignment/([^/]+)/([^/]+)/generate_feedback"): Action.FEEDBACK,
        ("POST", f"{_API}assignment/([^/]+)/([^/]+)/release_feedback"): Action.FEEDBACK,
    }
)


def action_of(method: str, pattern: str) -> Action | None:
    """Return what a request does; `None` for what nobody has decided about."""
    if method in ("GET", "HEAD"):
        return Action.LOOK
    return CHANGES.get((method, pattern))


def role_of(scopes: Collection[str], course_id: str) -> Role:
    """Return the role that somebody's scopes give in a course."""
    if grade_scope(course_id) not in scopes:
        return Role.STUDENT
    return Role.INSTRUCTOR if instruct_scope(course_id) in scopes else Role.ASSISTANT


def may(role: Role, action: Action | None) -> bool:
    """Return whether a role may do something."""
    return action is not None and action in MAY[role]
