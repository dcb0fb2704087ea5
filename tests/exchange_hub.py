"""A real hub with the exchange as its service, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from autograder.course import Layout
from autograder.handin.storage import CourseStore
from gradlab_exchange import ExchangeClient
from gradlab_exchange.content import Content

from .serving import free_port

COURSE, OTHER = "deep-learning", "statistics"
ADMIN = "admin-token-of-this-test-0123456789"
READY_SECONDS = 240.0  # a busy machine is slow; nothing waits longer than it must

HUB_CONFIG = """
import json, os
from pathlib import Path
from jupyterhub.proxy import Proxy
from traitlets import Bool
from autograder.course import Layout
from autograder.handin.configuration import connect
from autograder.handin.settings import ExchangeSettings
from autograder.people.roles import custom_scopes, hub_roles

given = json.loads(os.environ["TEST_HUB"])


class NoProxy(Proxy):
    should_start = Bool(False)
    routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


c = get_config()
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = f"http://127.0.0.1:{given['ports'][0]}/"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{given['ports'][1]}"
c.JupyterHub.db_url = "sqlite:///" + given["folder"] + "/hub.sqlite"
c.JupyterHub.cookie_secret = bytes(32)
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = given["groups"]
c.JupyterHub.services = [{"name": "tests", "api_token": given["admin"]}] + [
    {"name": course, "api_token": f"token-of-the-service-{course}-0123", "environment": {}}
    for course in given["layouts"]
] + [{"name": "stranger", "api_token": "token-of-a-strange-service-0123"}]
c.JupyterHub.custom_scopes = custom_scopes(given["layouts"])
c.JupyterHub.load_roles = [
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "tokens", "groups"]},
    *hub_roles(given["layouts"]),
]
layouts = [
    Layout(Path(f"{home}/course"), Path(home), course) for course, home in given["layouts"].items()
]
connect(
    c, ExchangeSettings(**given["exchange"]), layouts,
    host="127.0.0.1", port=given["ports"][0], service_port=given["ports"][2],
)
if given["grades"]:
    from autograder.feedback import configuration

    graded = [one for one in layouts if one.solutions.is_dir()]
    configuration.connect(c, ExchangeSettings(**given["exchange"]), graded)
"""


def release(folder: Path, name: str = "tiny") -> None:
    """Put an assignment into a course's outbound folder, as an instructor on the machine does."""
    assignment = folder / "outbound" / name
    assignment.mkdir(parents=True, exist_ok=True)
    (assignment / f"{name}.ipynb").write_text('{"cells": []}')
    (assignment / "data").mkdir(exist_ok=True)
    (assignment / "data" / "points.csv").write_text("1,2\n")


def folder_with(folder: Path, files: dict[str, bytes]) -> Path:
    """Make a folder with these files."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def content_of(folder: Path) -> Content:
    return Content(folder, lambda _folder, _names: [], lambda _path: None)


@dataclass
class RealHub:
    """A hub with the exchange as its service, both processes of their own.

    With `grades` what is handed in is graded, in courses that have `solutions/`.
    """

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    students: tuple[str, ...] = ()
    grades: bool = False
    process: subprocess.Popen[bytes] | None = None
    ports: tuple[int, int, int] = (0, 0, 0)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}/hub/api"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[2]}/services/exchange/"

    def store(self, course: str = COURSE) -> CourseStore:
        layout = self.layout(course)
        return CourseStore(course, layout.exchange / course, layout.log)

    def layout(self, course: str) -> Layout:
        home = self.folder / course
        return Layout(home / "course", home, course)

    def start(self) -> None:
        """Start and wait until the exchange answers."""
        self.ports = (free_port(), free_port(), free_port())
        (self.folder / "jupyterhub_config.py").write_text(HUB_CONFIG)
        given = {
            "ports": self.ports,
            "folder": str(self.folder),
            "admin": ADMIN,
            "exchange": self.settings,
            "grades": self.grades,
            "layouts": {course: str(self.folder / course) for course in (COURSE, OTHER)},
            "groups": {
                f"nbgrader-{COURSE}": {"users": [*self.students, "tom", "ines"]},
                f"formgrade-{COURSE}": {"users": ["tom", "ines"]},
                f"instructor-{COURSE}": {"users": ["ines"]},
                f"nbgrader-{OTHER}": {"users": ["carol"]},
                f"instructor-{OTHER}": {"users": ["otto"]},
                f"formgrade-{OTHER}": {"users": ["otto"]},
                "nobody": {"users": ["mallory"]},
            },
        }
        for course in (COURSE, OTHER):
            release(self.store(course).folder)
        with (self.folder / "hub.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
                cwd=self.folder,
                env={**os.environ, "TEST_HUB": json.dumps(given)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_up()
        except BaseException:
            self.stop()
            raise

    def wait_up(self) -> None:
        """Wait until the exchange answers."""
        assert self.process is not None

        def answers() -> bool:
            assert self.process is not None
            log = (self.folder / "hub.log").read_text()
            assert self.process.poll() is None, log
            if "JupyterHub is now running" not in log:
                return False  # it would end if a service died before that
            try:
                return requests.get(f"{self.url}health", timeout=5).status_code == 200
            except requests.ConnectionError:
                return False

        wait_until(answers, READY_SECONDS)

    def service(
        self, module: str = "autograder.handin.service"
    ) -> tuple[psutil.Process, psutil.Process]:
        """Return the exchange's two processes, or another service's: keeper and worker."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            if module in child.cmdline():
                (worker,) = child.children()
                return child, worker
        raise AssertionError(f"{module} is not running")

    def token(self, name: str, scopes: list[str] | None = None) -> str:
        """Return a token of this person, such as a session has."""
        headers = {"Authorization": f"token {ADMIN}"}
        requests.post(f"{self.api}/users/{name}", headers=headers, timeout=30)
        wanted = ["access:services!service=exchange"] if scopes is None else scopes
        answer = requests.post(
            f"{self.api}/users/{name}/tokens", headers=headers, json={"scopes": wanted}, timeout=30
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def client(self, name: str, **more: Any) -> ExchangeClient:
        """Return a client with a token of this person."""
        return ExchangeClient(self.url, self.token(name), **more)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End both."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        self.process.wait(60)
        for child in family:
            if child.is_running():
                child.kill()
        psutil.wait_procs(family, 30)


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    """Poll until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not in {seconds} s"
        time.sleep(0.05)
