"""The pages' part of JupyterHub's configuration: the service, and the role of those who use it.

What it guarantees:

- Only members of a course may open a page.
- The service may do nothing with the hub but ask whose token it was given.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from autograder.course.layout import Layout
from autograder.people.roles import Role, groups_of
from autograder.service import place
from autograder.sessions.folders import HubFolders

SERVICE = "pages"
ACCESS = f"access:services!service={SERVICE}"


def connect(c: Any, layout: Layout, courses: Sequence[str], service_port: int) -> None:
    """Add the pages to the hub's configuration `c`, whose services and roles are set already.

    Args:
        c: traitlets' configuration object.
        layout: the hub's own.
        courses: the ids of all courses.
        service_port: a free port on loopback.
    """
    hub = c.JupyterHub
    hub.services = [*hub.services, service(layout, service_port)]
    hub.load_roles = [*hub.load_roles, role(courses)]


def service(layout: Layout, port: int) -> dict[str, Any]:
    """Return the hub's service."""
    environment = {
        # it reads the settings as the hub does, and is as trusted
        **{name: value for name, value in os.environ.items() if name.startswith("GRADLAB_")},
        **layout.to_environment(),
        **place.variables(),  # it asks the grading service of the hub's user how far it is
        "HOME": str(HubFolders(layout).hub),
        "PATH": os.environ.get("PATH", os.defpath),
    }
    return {
        "name": SERVICE,
        "url": f"http://127.0.0.1:{port}",
        "command": [sys.executable, "-P", "-m", "autograder.pages.service"],
        "cwd": str(HubFolders(layout).hub),
        "environment": environment,
        "oauth_no_confirm": True,
        "display": False,
    }


def role(courses: Sequence[str]) -> dict[str, Any]:
    """Return the hub's role of those who may open pages."""
    groups = [group for course in courses for group in groups_of(course, Role.INSTRUCTOR)]
    return {
        "name": SERVICE,
        "description": "see one's own work",
        "groups": groups,
        "scopes": [ACCESS],
    }
