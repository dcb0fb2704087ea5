"""What each role of a course is to the hub: groups, and the scopes that they bring.

What it guarantees:

- Scopes belong to groups, never to people; whoever leaves a group leaves its scopes.
- A TA's scopes open formgrader and let it take scores; only an instructor's let it do the rest.
- Nobody gets administration of the hub, other people's servers, or the list of users.

What it does not do: say who is in which group (`membership`), or what formgrader does with the
scopes (`autograder.formgrader.rights`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What somebody is in a course."""

    STUDENT = "student"
    ASSISTANT = "assistant"
    INSTRUCTOR = "instructor"


def groups_of(course_id: str, role: Role) -> tuple[str, ...]:
    """Return the groups of somebody with this role.

    >>> groups_of("dl", Role.ASSISTANT)
    ('nbgrader-dl', 'formgrade-dl')
    """
    groups = (f"nbgrader-{course_id}", f"formgrade-{course_id}", f"instructor-{course_id}")
    return groups[: {Role.STUDENT: 1, Role.ASSISTANT: 2, Role.INSTRUCTOR: 3}[role]]


def strongest(groups: Iterable[str]) -> Role:
    """Return the role with most rights that somebody has in any course.

    >>> str(strongest(["nbgrader-dl", "nbgrader-nlp", "formgrade-nlp"]))
    'assistant'
    """
    kinds = {group.partition("-")[0] for group in groups}
    if "instructor" in kinds:
        return Role.INSTRUCTOR
    return Role.ASSISTANT if "formgrade" in kinds else Role.STUDENT


def grade_scope(course_id: str) -> str:
    """Return the scope of whoever grades a course."""
    return f"custom:gradlab:{course_id}:grade"


def instruct_scope(course_id: str) -> str:
    """Return the scope of whoever runs a course."""
    return f"custom:gradlab:{course_id}:instruct"


def hand_in_scope(course_id: str) -> str:
    """Return the scope of a token that hands in into a course, and does nothing else."""
    return f"custom:gradlab:{course_id}:hand-in"


def custom_scopes(course_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the scopes that are ours, for `JupyterHub.custom_scopes`."""
    scopes = {}
    for course_id in course_ids:
        scopes[hand_in_scope(course_id)] = {"description": f"hand in into the course {course_id}"}
        scopes[grade_scope(course_id)] = {"description": f"grade the course {course_id}"}
        scopes[instruct_scope(course_id)] = {"description": f"run the course {course_id}"}
    return scopes


def hub_roles(course_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return the hub's roles, for `JupyterHub.load_roles`."""
    roles = []
    for course_id in course_ids:
        student, grader, instructor = groups_of(course_id, Role.INSTRUCTOR)
        roles += [
            {
                "name": student,
                "description": f"take part in {course_id}",
                "groups": [student],
                "scopes": [hand_in_scope(course_id)],
            },
            {
                "name": grader,
                "description": f"grade {course_id}",
                "groups": [grader],
                "scopes": [f"access:services!service={course_id}", grade_scope(course_id)],
            },
            {
                "name": instructor,
                "description": f"run {course_id}",
                "groups": [instructor],
                "scopes": [instruct_scope(course_id)],
            },
        ]
    return roles
