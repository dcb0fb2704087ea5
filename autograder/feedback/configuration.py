"""Grading on submit's part of JupyterHub's configuration: a service without an address."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from autograder.course.layout import Layout
from autograder.feedback.course import FeedbackCourse
from autograder.handin.settings import ExchangeSettings
from autograder.service import place

SERVICE = "grading-on-submit"


def connect(
    c: Any, settings: ExchangeSettings, courses: Sequence[Layout], *, grades: bool = True
) -> None:
    """Add it to the hub's configuration `c`.

    Args:
        c: traitlets' configuration object.
        settings: the table `[exchange]`; with an exchange of files grading follows Collect.
        courses: all courses.
        grades: whether hand-ins are graded by themselves; else they wait for staff.
    """
    for layout in courses:
        course = FeedbackCourse(layout)
        if grades:
            course.begin()
        else:
            course.end()
    if not grades:
        return
    c.JupyterHub.services = [
        *c.JupyterHub.services,
        service_of(courses, follows_collect=settings.kind == "files"),
    ]


def service_of(courses: Sequence[Layout], *, follows_collect: bool) -> dict[str, Any]:
    """Return the hub's service."""
    from autograder.feedback.service import VARIABLE, to_text

    return {
        "name": SERVICE,
        "command": [sys.executable, "-P", "-m", "autograder.feedback.service"],
        "environment": {
            **place.variables(),  # orders go to the grading service of the hub's user
            VARIABLE: to_text(courses, follows_collect=follows_collect),
            "PATH": os.environ.get("PATH", os.defpath),
        },
        "display": False,
    }
