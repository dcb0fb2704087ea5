"""A real hub of a tiny course, driven through its API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograder.course import Layout

ROOT = Path(__file__).parents[2]
TOKEN = "a" * 32
SECONDS = 120
ONE_DEVICE = """
[gpu]
inventory = "declared"

[[gpu.device]]
name = "Declared GPU"

[[gpu.profile]]
name = "cpu"

[[gpu.profile]]
name = "whole"
kind = "whole"
"""
SERVICE = """
c.JupyterHub.services.append({"name": "test", "api_token": "%s"})
c.JupyterHub.load_roles.append({
    "name": "test",
    "services": ["test"],
    "scopes": ["admin:servers", "admin:users", "access:servers", "tokens", "admin:server_state"],
})
"""


class Hub:
    """A hub with one declared device, and a service that may start and stop sessions.

    Args:
        layout: the course.
        settings: the text of the settings file.
        port: where it is served.
        environment: the hub's environment, beside the course's own variables.
    """

    def __init__(
        self,
        layout: Layout,
        settings: str,
        port: int,
        environment: Mapping[str, str],
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = layout.home.parent / "hub.log"
        self._folder = layout.home.parent
        (self._folder / "settings.toml").write_text(f"[hub]\nport = {port}\n{settings}{ONE_DEVICE}")
        config = (ROOT / "jupyterhub_config.py").read_text() + SERVICE % TOKEN
        (self._folder / "jupyterhub_config.py").write_text(config)
        binaries = str(Path(sys.executable).parent)
        self._environment = {
            **environment,
            "PATH": os.pathsep.join([binaries, environment["PATH"]]),
            "GRADLAB_COURSE": str(layout.root),
            "GRADLAB_HOME": str(layout.home),
            "GRADLAB_SETTINGS": str(self._folder / "settings.toml"),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait(lambda: self.ask("GET", "/hub/health")[0] == 200, "the hub answers")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)
            self._process.wait(150)  # the hub ends its services one after the other
        self._process = None

    def ask(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any]:
        """Return status and answer of a request."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {token}"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            return 0, str(error)

    def server(self, name: str) -> dict[str, Any]:
        """Return what the hub knows of a person's server; empty when there is none."""
        _, user = self.ask("GET", f"/hub/api/users/{name}?include_stopped_servers=1")
        found = user["servers"].get("", {}) if isinstance(user, dict) else {}
        return found if isinstance(found, dict) else {}

    def start_session(self, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Start a person's server and wait until it is ready."""
        self.ask("POST", f"/hub/api/users/{name}")  # as a first log-in does
        status, answer = self.ask("POST", f"/hub/api/users/{name}/server", dict(options))
        assert status in (201, 202), f"{status}: {answer!r}\n{self.tail()}"
        self.wait(lambda: bool(self.server(name).get("ready")), "the session is ready")
        return self.server(name)

    def ask_for_session(self, name: str, options: Mapping[str, Any], text: str) -> None:
        """Ask for a person's server and wait until its progress page says something."""
        self.ask("POST", f"/hub/api/users/{name}")
        status, answer = self.ask("POST", f"/hub/api/users/{name}/server", dict(options))
        assert status == 202, f"{status}: {answer!r}"
        request = urllib.request.Request(
            f"{self.url}/hub/api/users/{name}/server/progress",
            headers={"Authorization": f"token {TOKEN}"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=SECONDS) as events:
            assert any(text in line.decode() for line in events), self.tail()

    def stop_session(self, name: str) -> None:
        """Stop a person's server and wait until the hub has done so."""
        status, answer = self.ask("DELETE", f"/hub/api/users/{name}/server")
        assert status in (202, 204), f"{status}: {answer!r}"
        self.wait(lambda: self.server(name).get("pending") is None, "the stop is done")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition, no longer than the deadline or the hub's life."""
        end = time.monotonic() + SECONDS
        while not condition():
            assert self._process is None or self._process.poll() is None, self.tail()
            assert time.monotonic() < end, f"not in {SECONDS} s: {what}\n{self.tail()}"
            time.sleep(0.2)

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_text()[-6000:]
