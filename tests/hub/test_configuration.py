"""JupyterHub's configuration: accounts, roles, and what listens where."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from traitlets.config import Config

from autograder.course import Layout
from autograder.hub import HubSettings, proxy
from autograder.hub.authenticator import DemoAuthenticator
from autograder.hub.configuration import configure, demo_password, groups, roles


@pytest.fixture
def configured(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Return the configuration of a hub with default settings."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    c = Config()
    configure(c, HubSettings(sessions="shared"), layout)
    return c


def test_only_the_public_port_is_not_chosen_by_us(configured: Config) -> None:
    """Everything listens on loopback, whatever the public address is."""
    for url in (
        configured.JupyterHub.hub_bind_url,
        configured.ConfigurableHTTPProxy.api_url,
        configured.JupyterHub.services[0]["url"],
    ):
        assert urlsplit(url).hostname == "127.0.0.1"


def test_state_is_under_the_data_directory(configured: Config, layout: Layout) -> None:
    """Neither database nor secrets nor pid files are written elsewhere."""
    home = str(layout.home)
    assert home in configured.JupyterHub.db_url
    assert configured.JupyterHub.cookie_secret_file.startswith(home)
    assert configured.ConfigurableHTTPProxy.pid_file.startswith(home)
    assert configured.LocalSpawner.homes.startswith(home)


@pytest.mark.parametrize(
    ("person", "grades"), [("alice", False), ("bob", False), ("tom", True), ("ines", True)]
)
def test_only_staff_may_open_formgrader(person: str, grades: bool) -> None:
    """The one scope that opens formgrader belongs to the group of those who grade."""
    course = "deep-learning"
    members = groups(HubSettings(), course)
    allowed = {
        name
        for role in roles(course)
        if f"access:services!service={course}" in role["scopes"]
        for group in role["groups"]
        for name in members[group]["users"]
    }
    assert (person in allowed) is grades


def test_no_role_gives_anything_else() -> None:
    """Nobody gets administration, other people's servers or the list of users."""
    scopes = [scope for role in roles("deep-learning") for scope in role["scopes"]]
    assert scopes == ["access:services!service=deep-learning"]


@pytest.mark.parametrize(
    ("name", "offered", "let_in"),
    [
        ("alice", "right", True),
        ("alice", "wrong", False),
        ("alice", "", False),
        ("mallory", "right", False),
        ("", "right", False),
    ],
)
def test_demo_accounts_need_name_and_password(name: str, offered: str, let_in: bool) -> None:
    """Only a listed account with the right password gets in."""
    authenticator: Any = DemoAuthenticator(allowed_users={"alice"}, password="right")
    data = {"username": name, "password": offered}
    answer = asyncio.run(authenticator.authenticate(None, data))
    assert answer == (name if let_in else None)


def test_an_empty_password_lets_nobody_in() -> None:
    """A hub whose password was not set refuses everybody."""
    authenticator: Any = DemoAuthenticator(allowed_users={"alice"})
    data = {"username": "alice", "password": ""}
    assert asyncio.run(authenticator.authenticate(None, data)) is None


def test_password_is_long_enough_to_type_and_to_resist(layout: Layout) -> None:
    """The printed password has 40 bits; on loopback, with the hub's delay, that is plenty."""
    assert len(demo_password(layout)) == 10


def test_the_proxy_is_locked_without_addresses() -> None:
    """The lock pins versions and checksums, and names no registry."""
    text = (proxy.PACKAGE / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 10
