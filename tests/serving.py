"""`gradlab serve` as a person starts it, on a data directory of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

ROOT = Path(__file__).parents[1]
READY_SECONDS = 240  # a busy machine is slow; nothing waits longer than it must
STOP_SECONDS = 90
COMMAND_SECONDS = 300


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copy_course(course: Path, root: Path) -> None:
    """Copy a course's folder to where a hub serves it."""
    shutil.copytree(course, root)
    shutil.copy(ROOT / "jupyterhub_config.py", root)


@dataclass
class Served:
    """A hub, which runs as long as the context lasts.

    Args:
        root: the course's folder; it has `jupyterhub_config.py`.
        home: the data directory, in a folder of the test's own.
        variables: what the environment says beside `GRADLAB_COURSE` and `GRADLAB_HOME`.
        port: where it is served.
        scheme: `https` where the settings name a certificate.
    """

    root: Path
    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    scheme: str = "http"
    process: subprocess.Popen[bytes] | None = None
    family: set[psutil.Process] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Return the address."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    @property
    def folder(self) -> Path:
        """Return the test's folder."""
        return self.home.parent

    @property
    def console(self) -> Path:
        """Return what was printed."""
        return self.folder / "console.txt"

    @property
    def log(self) -> str:
        """Return the end of the hub's log."""
        path = self.home / "hub" / "jupyterhub.log"
        return path.read_text()[-4000:] if path.is_file() else ""

    @property
    def password(self) -> str:
        """Return the password that the console shows."""
        found = re.search(r"password:\s+(\S+)", self.console.read_text())
        assert found is not None
        return found[1]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which gradlab's commands see this hub."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("GRADLAB_")}
        ours = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "GRADLAB_COURSE": str(self.root),
            "GRADLAB_HOME": str(self.home),
        }
        return kept | ours | self.variables

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_failure: object) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self.console.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder", "serve", "--port", str(self.port)],
                env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C stops it" not in self.console.read_text():
            assert self.process.poll() is None, self.console.read_text() + self.log
            assert time.monotonic() < deadline, self.console.read_text() + self.log
            time.sleep(0.1)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop as Ctrl-C or an init system does; return the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.family |= set(psutil.Process(self.process.pid).children(recursive=True))
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def run(self, *arguments: str) -> str:
        """Run a gradlab command on this hub; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "autograder", *arguments],
            env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=COMMAND_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"gradlab {arguments}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr
