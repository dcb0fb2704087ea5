"""JupyterHub's configuration from the settings: all the thought behind `jupyterhub_config.py`.

What it guarantees:

- Hub, proxy interface, formgrader and local notebook servers listen on loopback; only the public
  port, and the hub for sessions on other machines, are where the settings say.
- Only the group `formgrade-<course>` may open formgrader; everybody else is refused by the hub.
- All state is under the data directory.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path
from typing import Any

from autograder.course.layout import Layout
from autograder.hub import proxy, sessions
from autograder.hub.authenticator import DemoAuthenticator
from autograder.hub.exchange import configuration as exchange
from autograder.hub.folders import HubFolders
from autograder.hub.settings import HubSettings
from autograder.hub.spawning import SpawnerSettings
from autograder.hub.spawning.backends import configure_backend
from autograder.hub.spawning.local import KEPT_VARIABLES, LocalSpawner, single_user_command

LOOPBACK = "127.0.0.1"
PASSWORD_BYTES = 5


def configure(c: Any, settings: HubSettings, layout: Layout) -> None:
    """Fill JupyterHub's configuration object `c`.

    Raises:
        ProxyError: the proxy is not installed.
    """
    folders = HubFolders(layout)
    folders.make()
    hub = c.JupyterHub
    hub.bind_url = settings.address
    sessions_reach(hub, settings.spawner)
    hub.db_url = f"sqlite:///{folders.hub / 'jupyterhub.sqlite'}"
    hub.cookie_secret_file = str(_cookie_secret(folders))
    hub.load_groups = groups(settings, layout.course_id)
    hub.load_roles = roles(layout.course_id)
    hub.services = [formgrader(layout)]
    hub.default_url = landing_page(layout.course_id)
    hub.cleanup_servers = not settings.spawner.keep
    hub.cleanup_proxy = True
    c.ConfigurableHTTPProxy.command = proxy.command()
    c.ConfigurableHTTPProxy.api_url = f"http://{LOOPBACK}:{free_port()}"
    c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
    c.ConfigurableHTTPProxy.pid_file = str(folders.hub / "proxy.pid")
    hub.authenticator_class = DemoAuthenticator
    c.DemoAuthenticator.password = demo_password(layout)
    c.DemoAuthenticator.allowed_users = set(settings.people)
    c.GpuMixin.gpu = settings.gpu
    if settings.spawner.backend == "local":
        _local(c, settings, folders)
    else:
        configure_backend(c, settings.spawner, layout)
    c.Spawner.start_timeout = c.Spawner.http_timeout = settings.start_seconds
    exchange.connect(
        c, settings.exchange, [layout], host=settings.spawner.hub_name or settings.host,
        port=settings.port, service_port=free_port(),
    )  # fmt: skip


def sessions_reach(hub: Any, spawner: SpawnerSettings) -> None:
    """Say where the hub listens for people's notebook servers."""
    port = spawner.hub_port or free_port()
    hub.hub_bind_url = f"http://{spawner.hub_address}:{port}"
    if spawner.hub_name:
        hub.hub_connect_url = f"http://{spawner.hub_name}:{port}"


def _local(c: Any, settings: HubSettings, folders: HubFolders) -> None:
    layout = folders.layout
    hub = c.JupyterHub
    hub.spawner_class = LocalSpawner
    c.LocalSpawner.homes = str(folders.homes)
    c.LocalSpawner.jupyter_config = str(folders.config("student"))
    if settings.exchange.kind == "files":
        c.LocalSpawner.exchange = str(layout.exchange / layout.course_id)
    c.LocalSpawner.isolated = sessions.are_isolated(settings, folders)
    c.LocalSpawner.env_keep = list(KEPT_VARIABLES)
    c.LocalSpawner.default_url = "/lab"
    c.LocalSpawner.interrupt_timeout = 5


def demo_password(layout: Layout) -> str:
    """Return the password of the demo accounts of this data directory."""
    return HubFolders(layout).secret("demo-password", PASSWORD_BYTES)


def groups(settings: HubSettings, course_id: str) -> dict[str, dict[str, list[str]]]:
    """Return who belongs to the course (`nbgrader-…`) and who may grade it (`formgrade-…`)."""
    return {
        f"nbgrader-{course_id}": {"users": list(settings.people)},
        f"formgrade-{course_id}": {"users": list(settings.staff)},
        f"instructor-{course_id}": {"users": list(settings.instructors)},
    }


def roles(course_id: str) -> list[dict[str, Any]]:
    """Return the hub's roles: graders may open formgrader, nobody else may."""
    return [
        {
            "name": f"formgrade-{course_id}",
            "description": "open formgrader",
            "groups": [f"formgrade-{course_id}"],
            "scopes": [f"access:services!service={course_id}"],
        }
    ]


def formgrader(layout: Layout) -> dict[str, Any]:
    """Return the service that serves formgrader and a JupyterLab on the course's data."""
    folders = HubFolders(layout)
    environment = {
        "GRADLAB_COURSE": str(layout.root),
        "GRADLAB_HOME": str(layout.home),
        "GRADLAB_COURSE_ID": layout.course_id,
        "JUPYTER_CONFIG_PATH": str(folders.config("staff")),
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
        "HOME": str(folders.hub),
        "PATH": os.environ.get("PATH", os.defpath),
    }
    if "GRADLAB_DB_URL" in os.environ:
        environment["GRADLAB_DB_URL"] = os.environ["GRADLAB_DB_URL"]
    return {
        "name": layout.course_id,
        "url": f"http://{LOOPBACK}:{free_port()}",
        "command": [*single_user_command(), f"--ServerApp.root_dir={layout.home}"],
        "cwd": str(layout.home),
        "environment": environment,
        "oauth_no_confirm": True,
        "display": True,
    }


def landing_page(course_id: str) -> Any:
    """Return a function that sends graders to formgrader, students to their notebook server."""

    def landing(handler: Any) -> str:
        user = handler.current_user
        if user is None:
            return ""
        if f"formgrade-{course_id}" in {group.name for group in user.groups}:
            return f"{handler.settings['base_url']}services/{course_id}/formgrader"
        return ""

    return landing


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _cookie_secret(folders: HubFolders) -> Path:
    folders.secret("cookie-secret")
    return folders.hub / "cookie-secret"
