"""JupyterHub's configuration from the settings: all the thought behind `jupyterhub_config.py`.

What it guarantees:

- Hub, proxy interface, formgrader and local notebook servers listen on loopback; only the public
  port, and the hub for sessions on other machines, are where the settings say.
- Only the group `formgrade-<course>` may open a course's formgrader; everybody else is refused by
  the hub.
- All state is under the data directory.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyterhub.services.service import Service

from autograder.course.layout import Layout
from autograder.feedback import configuration as feedback
from autograder.formgrader.service import formgrader
from autograder.gpu.desk import Desk
from autograder.handin import configuration as exchange
from autograder.hub import proxy
from autograder.hub.settings import HubSettings
from autograder.operations.client_address import IN_FRONT
from autograder.operations.configuration import run_and_watch
from autograder.pages import configuration as pages
from autograder.people import Course, Membership, Role, courses_of, groups_of
from autograder.people.authenticators.choice import (
    FIRST_PASSWORD_BYTES,
    PASSWORD_BYTES,
    configure_authenticator,
)
from autograder.people.authenticators.settings import Way
from autograder.people.roles import custom_scopes, hub_roles
from autograder.sessions import SpawnerSettings, keeper, notices
from autograder.sessions import isolation as sessions
from autograder.sessions.backends import configure_backend
from autograder.sessions.folders import HubFolders
from autograder.sessions.local import KEPT_VARIABLES, LocalSpawner

LOOPBACK = "127.0.0.1"
# the hub's templates have scripts in them; nothing comes from elsewhere, and nobody frames them
PAGES_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)
TEMPLATES = Path(__file__).parents[1] / "sessions" / "templates"
PAGES = Path(__file__).parent / "pages"


def configure(
    c: Any, settings: HubSettings, layout: Layout, *, proxy_command: list[str] | None = None
) -> None:
    """Fill JupyterHub's configuration object `c`.

    Args:
        c: traitlets' configuration object.
        settings: the hub's settings.
        layout: the course.
        proxy_command: what starts the proxy; the installed one when `None`.

    Raises:
        ProxyError: the proxy is not installed.
    """
    courses = courses_of(settings, layout)
    folders = HubFolders(layout)
    folders.make([course.layout for course in courses])
    hub = c.JupyterHub
    hub.bind_url = settings.address
    sessions_reach(hub, settings.spawner)
    hub.db_url = f"sqlite:///{folders.hub / 'jupyterhub.sqlite'}"
    hub.cookie_secret_file = str(_cookie_secret(folders))
    hub.custom_scopes = custom_scopes(course.id for course in courses)
    hub.load_roles = hub_roles(course.id for course in courses)
    hub.services = [
        formgrader(course, folders, f"http://{LOOPBACK}:{free_port()}") for course in courses
    ]
    hub.default_url = landing_page(courses)
    hub.template_paths.prepend([str(PAGES)])
    known = dict(hub.get("tornado_settings", {}))
    headers = {"Content-Security-Policy": PAGES_POLICY, **known.get("headers", {})}
    hub.tornado_settings = known | {"headers": headers}
    if settings.tls_key is not None:
        hub.ssl_key, hub.ssl_cert = str(settings.tls_key), str(settings.tls_certificate)
    hub.cleanup_servers = not settings.spawner.keep
    hub.cleanup_proxy = True
    c.ConfigurableHTTPProxy.command = proxy_command or proxy.command()
    c.ConfigurableHTTPProxy.api_url = f"http://{LOOPBACK}:{free_port()}"
    c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
    c.ConfigurableHTTPProxy.pid_file = str(folders.hub / "proxy.pid")
    configure_authenticator(c, settings, folders, Membership(courses))
    _graphics(c, settings, folders)
    if settings.spawner.backend == "local":
        _local(c, settings, folders, courses)
    else:
        configure_backend(c, settings.spawner, layout)
    c.Spawner.start_timeout = c.Spawner.http_timeout = settings.start_seconds
    exchange.connect(
        c, settings.exchange, [course.layout for course in courses],
        host=settings.spawner.hub_name or settings.host,
        port=settings.port, service_port=free_port(), tls=settings.tls_key is not None,
    )  # fmt: skip
    feedback.connect(
        c, settings.exchange, [course.layout for course in courses],
        grades=settings.grading_on_submit,
    )  # fmt: skip
    pages.connect(c, layout, [course.id for course in courses], free_port())
    if settings.public_url:
        for service in hub.services:
            service["environment"] = service.get("environment", {}) | {IN_FRONT: "1"}
    run_and_watch(c, settings.operations, layout, free_port())
    if "timeout" in Service.class_trait_names():  # of hubs from 6 on; without it, 30 s
        for service in hub.services:
            service["timeout"] = settings.start_seconds  # a busy machine is slow, not broken


def _graphics(c: Any, settings: HubSettings, folders: HubFolders) -> None:
    """Open the GPU desk for all spawners, and look after it in the hub."""
    desk = Desk.open(settings.gpu, folders.layout.home)
    c.GpuMixin.gpu = settings.gpu
    c.GpuMixin.desk = desk
    c.JupyterHub.extra_handlers.extend(notices.handlers(desk))
    c.JupyterHub.template_paths.prepend([str(TEMPLATES)])  # ours first
    keeper.start(desk)


def sessions_reach(hub: Any, spawner: SpawnerSettings) -> None:
    """Say where the hub listens for people's notebook servers."""
    port = spawner.hub_port or free_port()
    hub.hub_bind_url = f"http://{spawner.hub_address}:{port}"
    if spawner.hub_name:
        hub.hub_connect_url = f"http://{spawner.hub_name}:{port}"


def _local(c: Any, settings: HubSettings, folders: HubFolders, courses: Sequence[Course]) -> None:
    hub = c.JupyterHub
    hub.spawner_class = LocalSpawner
    c.LocalSpawner.homes = str(folders.homes)
    c.LocalSpawner.config_given = str(folders.configs)
    if settings.exchange.kind == "files":
        (only,) = courses  # settings refuse several
        c.LocalSpawner.exchange = str(only.layout.exchange / only.id)
    c.LocalSpawner.isolated = sessions.are_isolated(settings, folders)
    if not c.LocalSpawner.isolated:
        c.LocalSpawner.config_seen = str(folders.configs)
    c.LocalSpawner.env_keep = list(KEPT_VARIABLES)
    c.LocalSpawner.default_url = "/lab"
    c.LocalSpawner.interrupt_timeout = 5
    if settings.spawner.memory_bytes:
        c.LocalSpawner.mem_limit = settings.spawner.memory_bytes
    if settings.spawner.cpus:
        c.LocalSpawner.cpu_limit = settings.spawner.cpus


def console_password(layout: Layout, settings: HubSettings) -> str:
    """Return the password that the console shows; empty when there is none to show."""
    folders = HubFolders(layout)
    if settings.authenticator == Way.DEMO:
        return folders.secret("demo-password", PASSWORD_BYTES)
    if settings.authenticator == Way.NATIVE:
        return folders.secret("first-password", FIRST_PASSWORD_BYTES)
    return ""


def landing_page(courses: Sequence[Course]) -> Any:
    """Return a function that sends graders of one course to its page, students to *My work*.

    Who grades several courses, or learns in one and grades another, gets the hub's own page, which
    has all services.
    """

    def landing(handler: Any) -> str:
        user = handler.current_user
        if user is None:
            return ""
        mine = {group.name for group in user.groups}
        base = handler.settings["base_url"]
        graded = [one.id for one in courses if groups_of(one.id, Role.ASSISTANT)[1] in mine]
        taken = [one.id for one in courses if groups_of(one.id, Role.STUDENT)[0] in mine]
        if not graded:
            return f"{base}services/{pages.SERVICE}/" if taken else ""
        if len(taken) > 1:
            return f"{base}hub/home"
        return f"{base}services/{pages.SERVICE}/{graded[0]}/_staff/"

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
