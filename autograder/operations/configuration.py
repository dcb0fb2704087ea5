"""The part of JupyterHub's configuration that runs and watches the hub.

What it guarantees:

- Each service has the scopes that it needs and no other.
- People who come all at once wait in a line for their server instead of being sent away.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from autograder.course.layout import Layout
from autograder.operations.line import StartLine
from autograder.operations.settings import OperationsSettings
from autograder.sessions.folders import HubFolders

SERVICE = "operations"
CULLER = "idle-culler"
# What each may do with the hub's API, and nothing else.
SERVICE_SCOPES = ("list:users", "read:servers")
CULLER_SCOPES = ("list:users", "read:users:activity", "read:servers", "delete:servers")
MOST_SECONDS_BETWEEN_CULLS = 300


def run_and_watch(c: Any, settings: OperationsSettings, layout: Layout, service_port: int) -> None:
    """Add the services, their roles and the limits to the configuration `c`.

    Args:
        c: traitlets' configuration object, whose services and roles are set already.
        settings: the table `[operations]`.
        layout: the course.
        service_port: a free port on loopback.
    """
    hub = c.JupyterHub
    services, roles = [service(layout, service_port)], [_role(SERVICE, SERVICE_SCOPES)]
    if settings.idle_seconds or settings.age_seconds:
        services.append(culler(settings))
        roles.append(_role(CULLER, CULLER_SCOPES))
    hub.services = [*hub.services, *services]
    hub.load_roles = [*hub.load_roles, *roles]
    hub.concurrent_spawn_limit = 0  # it would send people away; ours lets them wait
    c.WaitsInLine.line = StartLine(settings.starts_at_once)
    hub.activity_resolution = 30
    hub.last_activity_interval = min(300, max(30, settings.idle_seconds // 4))


def service(layout: Layout, port: int) -> dict[str, Any]:
    """Return the service with /health and /metrics."""
    environment = {
        # it reads the settings as the hub does, and is as trusted
        **{name: value for name, value in os.environ.items() if name.startswith("GRADLAB_")},
        "GRADLAB_COURSE": str(layout.root),
        "GRADLAB_HOME": str(layout.home),
        "GRADLAB_COURSE_ID": layout.course_id,
        "HOME": str(HubFolders(layout).hub),
        "PATH": os.environ.get("PATH", os.defpath),
    }
    return {
        "name": SERVICE,
        "url": f"http://127.0.0.1:{port}",
        "command": [sys.executable, "-P", "-m", "autograder.operations.service"],
        "cwd": str(HubFolders(layout).hub),
        "environment": environment,
        "display": False,
    }


def culler(settings: OperationsSettings) -> dict[str, Any]:
    """Return the service that stops idle notebook servers."""
    times = [one for one in (settings.idle_seconds, settings.age_seconds) if one]
    command = [
        sys.executable, "-P", "-m", "jupyterhub_idle_culler",
        f"--cull-every={max(10, min(MOST_SECONDS_BETWEEN_CULLS, *(one // 2 for one in times)))}",
        f"--max-age={settings.age_seconds}",
        # zero would be at once; a server that may idle for ever may do so for a hundred years
        f"--timeout={settings.idle_seconds or 100 * 365 * 86400}",
    ]  # fmt: skip
    return {"name": CULLER, "command": command, "display": False}


def _role(name: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"what the service {name} needs",
        "services": [name],
        "scopes": list(scopes),
    }
