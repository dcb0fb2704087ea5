"""JupyterHub's configuration: accounts, roles, and what listens where."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from autograder.course import Layout
from autograder.feedback.course import NEVER, FeedbackCourse
from autograder.handin import ExchangeSettings
from autograder.hub import HubSettings, SettingsError, proxy
from autograder.hub.configuration import configure, console_password
from autograder.operations.client_address import IN_FRONT
from autograder.people import CourseSettings, Membership, Role, courses_of, groups_of
from autograder.people.authenticators import NativeSettings
from autograder.people.authenticators.password import DemoAuthenticator
from autograder.people.roles import hub_roles


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


def test_every_page_of_the_hub_has_a_policy(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing comes from elsewhere and nobody frames a page; headers of the site's own stay."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    c = Config()
    c.JupyterHub.tornado_settings = {"headers": {"X-Site": "ours"}, "xsrf_cookies": True}
    configure(c, HubSettings(sessions="shared"), layout)
    settings = c.JupyterHub.tornado_settings
    assert settings["headers"]["X-Site"] == "ours"
    assert settings["xsrf_cookies"] is True
    policy = settings["headers"]["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert part in policy


def test_the_hub_waits_for_a_slow_service(configured: Config) -> None:
    """It would end itself after half a minute in which one of them had not come up."""
    assert {one["timeout"] for one in configured.JupyterHub.services} == {120}


def test_services_are_told_of_a_proxy_in_front(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `public_url` the addresses that such a proxy tells are marked, and else not taken."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    native = NativeSettings(approvers=("ines",))
    people = {"students": ("ada",), "assistants": (), "instructors": ("ines",)}
    for url, told in (("https://hub.example.org", True), ("", False)):
        settings = HubSettings(
            sessions="shared", authenticator="native", native=native, public_url=url, **people
        )
        c = Config()
        configure(c, settings, layout)
        names = ("exchange", layout.course_id)
        services = [one for one in c.JupyterHub.services if one["name"] in names]
        assert len(services) == 2
        assert all((IN_FRONT in one["environment"]) is told for one in services)


def test_groups_are_not_given_by_configuration(configured: Config) -> None:
    """The hub's own lists of groups are empty: rosters say who is in which, at every request."""
    assert "load_groups" not in configured.JupyterHub
    assert isinstance(configured.Authenticator.membership, Membership)


@pytest.mark.parametrize(
    ("person", "role"), [("alice", "student"), ("tom", "assistant"), ("ines", "instructor")]
)
def test_scopes_follow_the_role(layout: Layout, person: str, role: str) -> None:
    """Only graders' groups open formgrader, only instructors' let it release."""
    course = layout.course_id
    mine = set(Membership(courses_of(HubSettings(), layout)).groups(person))
    assert mine == set(groups_of(course, Role(role)))
    scopes = {
        scope for one in hub_roles([course]) if mine & set(one["groups"]) for scope in one["scopes"]
    }
    assert (f"access:services!service={course}" in scopes) is (role != "student")
    assert (f"custom:gradlab:{course}:instruct" in scopes) is (role == "instructor")
    assert all(course in scope for scope in scopes)


def test_scopes_are_those_that_the_page_lists(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each group, service, session and approver has the scopes of the page, and no further one."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    accounts = {"students": (), "assistants": (), "instructors": ("ada",)}
    native = NativeSettings(approvers=("ada",))
    c = Config()
    configure(
        c, HubSettings(sessions="shared", authenticator="native", native=native, **accounts), layout
    )
    given: dict[str, set[str]] = {service["name"]: set() for service in c.JupyterHub.services}
    for role in c.JupyterHub.load_roles:
        for who in (*role.get("groups", ()), *role.get("services", ()), *role.get("users", ())):
            given.setdefault(who, set()).update(role["scopes"])
    given["a session"] = set(c.LocalSpawner.server_token_scopes)

    page = Path(__file__).parents[2] / "docs" / "reference" / "roles.md"
    text = page.read_text().replace("<course>", layout.course_id)
    text = text.replace("approvers of `native` accounts", "`ada`")
    listed: dict[str, set[str]] = {}
    for who, scopes in re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE):
        if ":" in scopes or scopes == "none":
            for name in re.findall(r"`([^`]+)`", who) or [who]:
                listed[name] = set(re.findall(r"`([^`]+)`", scopes))
    # a TA's groups are two, an instructor's three: each is listed with what it adds
    member, grader, instructor = groups_of(layout.course_id, Role.INSTRUCTOR)
    for group in (grader, instructor):
        given[group] -= listed[member]
    assert given == listed


def demo(layout: Layout, password: str) -> Any:
    """Return the authenticator of a demo."""
    membership = Membership(courses_of(HubSettings(), layout))
    return DemoAuthenticator(password=password, membership=membership)


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
def test_demo_accounts_need_name_and_password(
    layout: Layout, name: str, offered: str, let_in: bool
) -> None:
    """Only a listed account with the right password gets in."""
    data = {"username": name, "password": offered}
    answer = asyncio.run(demo(layout, "right").get_authenticated_user(None, data))
    assert (answer is not None) is let_in
    assert answer is None or answer["name"] == name


@pytest.mark.parametrize(
    ("name", "url", "refused"),
    [
        ("bind_url", "http://:8000", True),
        ("bind_url", "http://0.0.0.0:8000", True),
        ("bind_url", "https://hub.example.org", True),
        ("bind_url", "http://[::1]:8000/lab/", False),
        ("hub_bind_url", "http://10.0.0.7:8081", True),
        ("hub_bind_url", "http://127.0.0.1:8081", False),
        ("ip", "0.0.0.0", True),
    ],
)
def test_a_site_cannot_bind_demo_accounts_elsewhere(name: str, url: str, refused: bool) -> None:
    """What a site adds to `jupyterhub_config.py` after ours is held to the same rule."""
    hub = JupyterHub(**{"bind_url": "http://127.0.0.1:8000", name: url})
    if refused:
        with pytest.raises(SettingsError, match="with demo accounts"):
            DemoAuthenticator(parent=hub)
    else:
        DemoAuthenticator(parent=hub)


def test_an_empty_password_lets_nobody_in(layout: Layout) -> None:
    """A hub whose password was not set refuses everybody."""
    authenticator = demo(layout, "")
    data = {"username": "alice", "password": ""}
    assert asyncio.run(authenticator.authenticate(None, data)) is None


def test_password_is_long_enough_to_type_and_to_resist(layout: Layout) -> None:
    """The printed password has 40 bits; on loopback, with the hub's delay, that is plenty."""
    assert len(console_password(layout, HubSettings())) == 10


def test_the_proxy_is_locked_without_addresses() -> None:
    """The lock pins versions and checksums, and names no registry."""
    text = (proxy.PACKAGE / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 10


def test_an_exchange_of_files_is_the_configured_courses(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions see the files of the course that the settings name, whatever the folder's own id."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    settings = HubSettings(
        sessions="shared",
        courses=(CourseSettings("vision", layout.root),),
        exchange=ExchangeSettings(kind="files"),
    )
    c = Config()
    configure(c, settings, layout)
    assert c.LocalSpawner.exchange == str(layout.exchange / "vision")


def test_grading_on_submit_is_a_service_that_can_be_left_out(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no address; left out, hand-ins are staff's."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    for is_on in (True, False):
        c = Config()
        configure(c, HubSettings(sessions="shared", grading_on_submit=is_on), layout)
        found = [one for one in c.JupyterHub.services if one["name"] == "grading-on-submit"]
        assert len(found) == is_on
        assert all("url" not in one for one in found)
        assert (FeedbackCourse(layout).since == NEVER) is not is_on
