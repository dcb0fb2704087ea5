"""A real hub with two courses, and people who ask it by HTTP."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

ROOT = Path(__file__).parents[3]
READY_SECONDS = 150
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        """Send a request as a page of the same server does."""
        prefix = "/".join(path.split("/")[:3]) + "/" if path.startswith("/services/") else "/hub/"
        if method == "GET":
            return self.get(path)
        if not self.xsrf(prefix):
            self.get(f"{prefix}formgrader/manage_assignments" if "services" in prefix else prefix)
        headers = {
            "X-XSRFToken": self.xsrf(prefix),
            "Content-Type": "application/json",
            "Referer": urljoin(self.hub.url, prefix),
        }
        return self.session.request(
            method, urljoin(self.hub.url, path), data=body, headers=headers,
            timeout=REQUEST_SECONDS,
        )  # fmt: skip


@dataclass
class RunningHub:
    """`gradlab serve` with settings of its own."""

    folder: Path
    settings: str = SETTINGS
    roots: tuple[str, ...] = ("vision", "text")
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Return the address."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    @property
    def home(self) -> Path:
        """Return the hub's data directory."""
        return self.folder / "home"

    @property
    def output(self) -> Path:
        """Return what was printed."""
        return self.folder / "console.txt"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that say where all is."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        kept = {name: text for name, text in os.environ.items() if not name.startswith("GRADLAB_")}
        return {
            **kept,
            **self.variables,
            "PATH": path,
            "GRADLAB_SETTINGS": str(self.folder / "settings.toml"),
            "GRADLAB_COURSE": str(self.folder / self.roots[0]),
            "GRADLAB_HOME": str(self.home),
        }

    def write(self, course: Any) -> None:
        """Write the settings and copy the course's folder to each root."""
        (self.folder / "settings.toml").write_text(self.settings)
        for root in self.roots:
            shutil.copytree(course, self.folder / root)
            shutil.copy(ROOT / "jupyterhub_config.py", self.folder / root)

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder", "serve", "--port", str(self.port)],
                env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C stops it" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text() + self.log
            assert time.monotonic() < deadline, self.output.read_text() + self.log
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    @property
    def log(self) -> str:
        """Return the end of the hub's log."""
        path = self.home / "hub" / "jupyterhub.log"
        return path.read_text()[-4000:] if path.is_file() else ""

    @property
    def password(self) -> str:
        """Return the password that the console shows."""
        return next(
            line.split()[1] for line in self.output.read_text().splitlines() if "password:" in line
        )

    def person(self, name: str, password: str | None = None) -> Person:
        """Return somebody, logged in when they have a name."""
        person = Person(self, name)
        if name:
            answer = person.log_in(self.password if password is None else password)
            assert "/hub/login" not in urlsplit(answer.url).path, answer.text[-500:]
        return person

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a gradlab command; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "autograder", *arguments], env=self.environment,
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


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
    hub = RunningHub(tmp_path_factory.mktemp("two-courses"))
    hub.write(tiny_course)
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


@pytest.fixture(scope="module")
def new_hub(
    tmp_path_factory: pytest.TempPathFactory, tiny_course: Path
) -> Iterator[Callable[..., RunningHub]]:
    """Return what starts a hub with settings of its own, on one course, `vision`."""
    hubs = []

    def start(settings: str, **variables: str) -> RunningHub:
        folder = tmp_path_factory.mktemp("hub")
        hub = RunningHub(folder, settings, ("vision",), variables=variables)
        hubs.append(hub)
        hub.write(tiny_course)
        hub.start()
        return hub

    yield start
    for hub in hubs:
        hub.stop()


@pytest.fixture(scope="module")
def somebody() -> type[Person]:
    """Return the class of people who have not logged in."""
    return Person
