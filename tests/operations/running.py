"""A real hub, started as a person starts it, and people who use it over HTTP."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
import websocket

from ..serving import Served, copy_course

ANSWER_SECONDS = 180


def words_of(process: psutil.Process) -> list[str]:
    """Return a process's command line; nothing of one that ends at this moment."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # a zombie, too
        return []


def until(what: Callable[[], Any], seconds: float = ANSWER_SECONDS) -> Any:
    """Return what `what` answers as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
        time.sleep(0.2)
    return answer


@dataclass
class Person:
    """Somebody with a browser."""

    name: str
    hub: RunningHub
    session: requests.Session = field(default_factory=requests.Session)

    def login(self) -> requests.Response:
        """Log in by the form; the hub starts the notebook server and answers when it likes."""
        page = self.session.get(f"{self.hub.url}hub/login", timeout=60)
        return self.session.post(
            f"{self.hub.url}hub/login?next=",
            data={
                "username": self.name,
                "password": self.hub.password,
                "_xsrf": page.cookies.get("_xsrf", path="/hub/"),
            },
            timeout=60,
            allow_redirects=False,
        )

    def start(self) -> None:
        """Ask for a notebook server as the hub's page does."""
        self.session.get(f"{self.hub.url}hub/spawn/{self.name}", timeout=60)

    @property
    def url(self) -> str:
        """Return the address of the notebook server."""
        return f"{self.hub.url}user/{self.name}/"

    def is_served(self) -> bool:
        """Return whether the notebook server lets this person in."""
        answer = self.session.get(f"{self.url}api/status", timeout=60)
        if answer.status_code == 403 and "spawn" not in answer.url:
            self.session.get(f"{self.url}tree", timeout=60)  # the log-in between hub and server
        return answer.status_code == 200 and "started" in answer.text

    def work(self) -> None:
        """Log in and wait for the notebook server."""
        assert self.login().status_code == 302
        self.start()
        until(self.is_served)

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call the notebook server's API."""
        token = self.session.cookies.get("_xsrf", path=f"/user/{self.name}/")
        answer = self.session.request(
            method, f"{self.url}{path}", json=body or None, timeout=60,
            headers={"X-XSRFToken": token or ""},
        )  # fmt: skip
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    @contextmanager
    def _socket(self, path: str) -> Iterator[websocket.WebSocket]:
        jar = "; ".join(f"{c.name}={c.value}" for c in self.session.cookies
                        if f"/user/{self.name}/".startswith(c.path))  # fmt: skip
        address = self.url.replace("http://", "ws://") + path
        connection = websocket.create_connection(
            address, cookie=jar, origin=self.hub.url.rstrip("/"), timeout=ANSWER_SECONDS
        )
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def running_cell(self, code: str) -> Iterator[websocket.WebSocket]:
        """Run code in a kernel of its own, as a notebook's cell does."""
        kernel = self.ask("POST", "api/kernels", name="python3")["id"]
        with self._socket(f"api/kernels/{kernel}/channels") as channel:
            message = {
                "header": {
                    "msg_id": "asked", "msg_type": "execute_request", "session": uuid.uuid4().hex,
                    "username": "", "version": "5.3", "date": "",
                },
                "parent_header": {}, "metadata": {}, "buffers": [], "channel": "shell",
                "content": {
                    "code": code, "silent": False, "store_history": False,
                    "user_expressions": {}, "allow_stdin": False, "stop_on_error": True,
                },
            }  # fmt: skip
            channel.send(json.dumps(message))
            yield channel

    def notebook(self, code: str) -> str:
        """Run code as a notebook's cell; return what it prints, its error included."""
        printed = []
        with self.running_cell(code) as channel:
            while True:
                message = json.loads(channel.recv())
                if message["parent_header"].get("msg_id") != "asked":
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "stream":
                    printed.append(content["text"])
                elif kind == "error":
                    printed += content["traceback"]
                elif kind == "status" and content["execution_state"] == "idle":
                    return "".join(printed)

    def terminal(self, command: str) -> str:
        """Type a command into a terminal; return what is shown until it has ended."""
        name = self.ask("POST", "api/terminals", cwd="")["name"]
        end = uuid.uuid4().hex
        shown = ""
        with self._socket(f"terminals/websocket/{name}") as channel:
            typed = f"{command}; echo {end[:16]}''{end[16:]}\r"
            channel.send(json.dumps(["stdin", typed]))
            while end not in shown:
                kind, *rest = json.loads(channel.recv())
                if kind == "stdout":
                    shown += rest[0]
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)


class RunningHub(Served):
    """A hub, and the people who use it."""

    def person(self, name: str) -> Person:
        """Return somebody who has not logged in."""
        return Person(name, self)


def running(course: Path, folder: Path, **variables: str) -> RunningHub:
    """Return a hub that serves a copy of a course."""
    copy_course(course, folder / "course")
    return RunningHub(folder / "course", folder / "home", variables)
