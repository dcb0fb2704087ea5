"""Real services and commands in their own processes, for the tiny course of `tests/robustness`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.course import Layout
from autograder.service import place
from autograder.service.client import Place

GRADLAB = str(Path(sys.executable).parent / "gradlab")
SECONDS = 60


def environment(layout: Layout, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a command."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GRADLAB_")}
    if place.FOLDER in os.environ:
        plain[place.FOLDER] = os.environ[place.FOLDER]
    return {**plain, "GRADLAB_HOME": str(layout.home), **(more or {})}


def start(layout: Layout, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start a command in the course's folder."""
    return subprocess.Popen(
        [GRADLAB, *arguments],
        cwd=layout.root,
        env=environment(layout, more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> dict:
        """Return what it printed as JSON."""
        return json.loads(self.output)


def finish(command: subprocess.Popen[str]) -> Done:
    """Wait for a command."""
    output, errors = command.communicate(timeout=SECONDS)
    return Done(command.returncode, output, errors)


def run(layout: Layout, *arguments: str, **more: str) -> Done:
    """Run a command to its end."""
    return finish(start(layout, *arguments, **more))


def grade(layout: Layout, *arguments: str, **more: str) -> Done:
    """Grade the class and assert that nothing failed."""
    done = run(layout, "grade", "tiny", "--json", *arguments, **more)
    assert (done.status, done.errors) == (0, ""), done
    return done


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {SECONDS} s"
        time.sleep(0.005)


@dataclass
class Running:
    """A service that runs, in a folder of its own or in that of all tests."""

    folder: Path

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.folder)

    @property
    def is_up(self) -> bool:
        """Whether it answers."""
        return self.place.ask("status") is not None

    def status(self) -> dict[str, int]:
        """Return what it says of itself."""
        answer = self.place.ask("status")
        assert answer is not None
        return answer

    def process(self) -> psutil.Process:
        """Return its process."""
        return psutil.Process(self.status()["pid"])

    def stop(self, number: int = signal.SIGTERM) -> list[psutil.Process]:
        """End it and return what of it is left after a while."""
        process = self.process()
        everything = [process, *process.children(recursive=True)]
        process.send_signal(number)
        _gone, left = psutil.wait_procs(everything, timeout=20)
        return left
