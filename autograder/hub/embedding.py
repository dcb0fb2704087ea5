"""gradlab in a hub that somebody else set up: Zero to JupyterHub, The Littlest JupyterHub.

What it guarantees:

- Network, proxy, database and secrets stay those of the other distribution; its services and roles
  stay beside gradlab's.
- The way to log in is gradlab's, since roles follow from it, and never the demo's.

What it does not do: start anything. That hub does.
"""

from __future__ import annotations

import copy
import os
from typing import Any

from autograder.course.layout import Layout
from autograder.hub.configuration import LOOPBACK, configure
from autograder.hub.settings import HubSettings
from autograder.people.authenticators.settings import Way
from autograder.settings.errors import SettingsError

ADDRESS_VARIABLE = "GRADLAB_SERVICES_ADDRESS"
THEIRS = (
    "bind_url",
    "cleanup_proxy",
    "cleanup_servers",
    "cookie_secret_file",
    "db_url",
    "hub_bind_url",
    "hub_connect_url",
    "proxy_class",
    "ssl_cert",
    "ssl_key",
)


def embed(c: Any, settings: HubSettings | None = None, layout: Layout | None = None) -> None:
    """Add gradlab to the configuration `c` of such a hub, after it was filled.

    Args:
        c: traitlets' configuration object.
        settings: the settings; those of file and variables when `None`.
        layout: the course; the one that `GRADLAB_COURSE` names when `None`.

    Raises:
        SettingsError: the settings are wrong, or leave the demo's way to log in.
    """
    settings = settings or HubSettings.load()
    if settings.authenticator == Way.DEMO:
        raise SettingsError(
            "authenticator is 'demo', and this hub is not on loopback alone: choose another one in "
            "[hub] of the settings file"
        )
    before = copy.deepcopy(c)
    configure(c, settings, layout or Layout.find(), proxy_command=["theirs"])
    _keep(before, c)
    _reachable(c, os.environ.get(ADDRESS_VARIABLE, LOOPBACK))


def _keep(before: Any, c: Any) -> None:
    """Put back what is the other distribution's, and its share of what both have."""
    for name in THEIRS:
        c.JupyterHub.pop(name, None)
        if name in before.JupyterHub:
            c.JupyterHub[name] = before.JupyterHub[name]
    c.pop("ConfigurableHTTPProxy", None)
    if "ConfigurableHTTPProxy" in before:
        c.ConfigurableHTTPProxy = before.ConfigurableHTTPProxy
    for name in ("services", "load_roles"):
        theirs = list(before.JupyterHub[name]) if name in before.JupyterHub else []
        c.JupyterHub[name] = [*theirs, *c.JupyterHub[name]]


def _reachable(c: Any, address: str) -> None:
    """Let our services listen where the other distribution's proxy reaches them."""
    here, there = f"http://{LOOPBACK}:", f"http://{address}:"
    for service in c.JupyterHub.services:
        if service.get("url", "").startswith(here):
            service["url"] = there + service["url"].removeprefix(here)
        environment = service.get("environment", {})
        for name, value in environment.items():
            if value.startswith(here):
                environment[name] = there + value.removeprefix(here)
