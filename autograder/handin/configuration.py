"""The exchange's part of JupyterHub's configuration: the service, its role, what sessions need.

What it guarantees:

- Only members of a course may use the exchange, and a session's token has that one scope more than
  the hub's own default.
- A token that somebody makes for their own computer ends, after a term at the latest.
- Formgrader's service acts for its visitors with their own tokens, which may be used with the
  exchange and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from autograder.course.layout import Layout
from autograder.handin.identity import GRADER, INSTRUCTOR, MEMBER
from autograder.handin.settings import ExchangeSettings

SERVICE = "exchange"
LOCAL = "LocalSpawner"
URL_VARIABLE = "GRADLAB_EXCHANGE_URL"
ACCESS = f"access:services!service={SERVICE}"
LONGEST_TOKEN_SECONDS = 200 * 86_400  # a term; of tokens that people make themselves
TOKEN_SCOPES = ("access:servers!server", "users:activity!user", ACCESS)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what to reach, not to bind)


def connect(
    c: Any,
    settings: ExchangeSettings,
    courses: Sequence[Layout],
    *,
    host: str,
    port: int,
    service_port: int,
    tls: bool = False,
) -> None:
    """Add the exchange to the hub's configuration `c`, whose services and roles are set already.

    Args:
        c: traitlets' configuration object.
        settings: the table `[exchange]`.
        courses: all courses; each one's grading service has the course's id as its name.
        host: the hub's public address.
        port: the hub's public port.
        service_port: a free port on loopback.
        tls: whether the public port speaks TLS, with a certificate for the name that people use:
            local sessions then ask the service itself.
    """
    if settings.kind != "network":
        return
    direct = f"http://127.0.0.1:{service_port}"
    names = [course.course_id for course in courses]
    for service in c.JupyterHub.services:
        if service["name"] in names:
            service["environment"] |= {URL_VARIABLE: f"{direct}/services/{SERVICE}/"}
            known = service.get("oauth_client_allowed_scopes", [])
            service["oauth_client_allowed_scopes"] = [*known, ACCESS]
    c.JupyterHub.services = [*c.JupyterHub.services, service_of(settings, courses, direct)]
    c.JupyterHub.load_roles = [*c.JupyterHub.load_roles, role(names)]
    c.JupyterHub.setdefault("token_expires_in_max_seconds", LONGEST_TOKEN_SECONDS)
    # a backend's own section, when it has one, hides the general one
    kind = getattr(c.JupyterHub.get("spawner_class"), "__name__", "Spawner")
    address = public_url(host, port)
    if tls:
        address = f"{direct}/services/{SERVICE}/" if kind == LOCAL else f"https{address[4:]}"
    spawner = c[kind]
    spawner.server_token_scopes = list(TOKEN_SCOPES)
    spawner.environment = {
        **spawner.get("environment", {}),
        URL_VARIABLE: settings.url or address,
    }


def service_of(settings: ExchangeSettings, courses: Sequence[Layout], url: str) -> dict[str, Any]:
    """Return the hub's service."""
    from autograder.handin.service import VARIABLE, ServedCourse, ServiceSettings

    served = tuple(
        ServedCourse(
            course.course_id,
            course.exchange / course.course_id,
            course.log,
            course.course_id,
            course,
        )
        for course in courses
    )
    return {
        "name": SERVICE,
        "url": url,
        "command": [sys.executable, "-P", "-m", "autograder.handin.service"],
        "environment": {
            VARIABLE: ServiceSettings(served, settings).to_text(),
            "PATH": os.environ.get("PATH", os.defpath),
        },
        "display": False,
    }


def role(courses: Sequence[str]) -> dict[str, Any]:
    """Return the hub's role of those who may use the exchange."""
    kinds = (MEMBER, GRADER, INSTRUCTOR)
    return {
        "name": SERVICE,
        "description": "use the exchange",
        "groups": [f"{kind}-{course}" for course in courses for kind in kinds],
        "scopes": [ACCESS],
    }


def public_url(host: str, port: int) -> str:
    """Return the exchange's address on the hub's own public port, from the same machine.

    >>> public_url("0.0.0.0", 8000)
    'http://127.0.0.1:8000/services/exchange/'
    """
    reached = _EVERYWHERE.get(host, host)
    shown = f"[{reached}]" if ":" in reached else reached
    return f"http://{shown}:{port}/services/{SERVICE}/"
