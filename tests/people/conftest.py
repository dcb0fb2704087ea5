"""A real hub with two courses, and people who ask it by HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from ..serving import Served, copy_course

REQUEST_SECONDS = 60
SETTINGS = """\
[hub]
sessions = "shared"

[[course]]
id = "vision"
title = "Computer vision"
root = "vision"
students = ["alice", "bob"]
assistants = ["tom"]
instructors = ["ines"]

[[course]]
id = "text"
root = "text"
students = ["alice", "tom"]
instructors = ["otto"]
"""


@dataclass
class Person:
    """Somebody with a browser's cookies."""

    hub: RunningHub
    name: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **values: Any) -> requests.Response:
        """Ask for a page, following redirects as a browser does."""
        return self.session.get(urljoin(self.hub.url, path), timeout=REQUEST_SECONDS, **values)

    def log_in(self, password: str) -> requests.Response:
        """Fill in the log-in form."""
        self.get("hub/login")
        data = {"username": self.name, "password": password, "_xsrf": self.xsrf("/hub/")}
        return self.session.post(
            urljoin(self.hub.url, "hub/login"), data=data, timeout=REQUEST_SECONDS
        )

    def xsrf(self, path: str) -> str:
        """Return the token that pages below a path send back."""
        for cookie in self.session.cookies:
            if cookie.name == "_xsrf" and path.startswith(cookie.path) and cookie.path != "/":
                return str(cookie.value)
        return ""

    def ask(self, method: str, path: str, body: str | None) -> requests.Response:
        """Send a request as a page of the same server does: a form, or JSON."""
        is_form = body is not None and not body.startswith("{")
        prefix = "/".join(path.split("/")[:3]) + "/" if path.startswith("/services/") else "/hub/"
        if method == "GET":
            return self.get(path)
        if not self.xsrf(prefix):
            self.get(f"{prefix}formgrader/manage_assignments" if "services" in prefix else prefix)
        headers = {
            "X-XSRFToken": self.xsrf(prefix),
            "Content-Type": "application/x-www-form-urlencoded" if is_form else "application/json",
            "Referer": urljoin(self.hub.url, prefix),
        }
        return self.session.request(
            method, urljoin(self.hub.url, path), data=body, headers=headers,
            timeout=REQUEST_SECONDS,
        )  # fmt: skip


class RunningHub(Served):
    """A hub, and the people who log in."""

    def person(self, name: str, password: str | None = None) -> Person:
        """Return somebody, logged in when they have a name."""
        person = Person(self, name)
        if name:
            answer = person.log_in(self.password if password is None else password)
            assert "/hub/login" not in urlsplit(answer.url).path, answer.text[-500:]
        return person


def served(folder: Path, course: Path, settings: str, *roots: str, **variables: str) -> RunningHub:
    """Return a hub that serves copies of a course, in a folder for each root of the settings."""
    for root in roots:
        copy_course(course, folder / root)
    (folder / "settings.toml").write_text(settings)
    variables["GRADLAB_SETTINGS"] = str(folder / "settings.toml")
    return RunningHub(folder / roots[0], folder / "home", variables)


@pytest.fixture(scope="session")
def tiny_course(tmp_path_factory: pytest.TempPathFactory, tiny: Any) -> Path:
    """Return the folder of a course with one assignment."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny(folder)
    return folder


@pytest.fixture(scope="session")
def two_courses(
    tmp_path_factory: pytest.TempPathFactory, tiny_course: Path
) -> Iterator[RunningHub]:
    """Return a running hub with the courses `vision` and `text`."""
    folder = tmp_path_factory.mktemp("two-courses")
    with served(folder, tiny_course, SETTINGS, "vision", "text") as hub:
        yield hub


@pytest.fixture(scope="module")
def new_hub(
    tmp_path_factory: pytest.TempPathFactory, tiny_course: Path
) -> Iterator[Callable[..., RunningHub]]:
    """Return what starts a hub with settings of its own, on one course, `vision`."""
    with ExitStack() as hubs:

        def start(settings: str, **variables: str) -> RunningHub:
            folder = tmp_path_factory.mktemp("hub")
            return hubs.enter_context(served(folder, tiny_course, settings, "vision", **variables))

        yield start


@pytest.fixture(scope="module")
def somebody() -> type[Person]:
    """Return the class of people who have not logged in."""
    return Person
