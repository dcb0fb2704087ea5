"""The tiny course of `tests/robustness`; real standbys and commands in their own processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout

from ..robustness.course import make_course

GRADLAB = str(Path(sys.executable).parent / "gradlab")
OFF = {"GRADLAB_STANDBY": "off"}
SECONDS = 60


def environment(layout: Layout, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a command."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GRADLAB_")}
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
    """A standby that runs."""

    layout: Layout
    process: subprocess.Popen[str]

    def status(self) -> dict[str, int]:
        """Return what it says of itself."""
        done = run(self.layout, "standby", "--status")
        found = re.fullmatch(
            r"process (\d+): (\d+) commands run, (\d+) were served, (\d+) idle servers\n",
            done.output,
        )
        assert found, done
        names = ("pid", "commands", "served", "idle")
        return dict(zip(names, map(int, found.groups()), strict=True))

    def command(self) -> psutil.Process:
        """Return the process of the one command that runs: it is no nursery."""
        found = [one for one in psutil.Process(self.process.pid).children() if _is_command(one)]
        assert len(found) == 1, found
        return found[0]

    def stop(self, number: int = signal.SIGTERM) -> list[psutil.Process]:
        """End it and return what of it is left after a while."""
        everything = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        self.process.wait(SECONDS)
        _gone, left = psutil.wait_procs(everything, timeout=15)
        return left


def _is_command(process: psutil.Process) -> bool:
    return "autograder.sandbox.zygote" not in process.cmdline()


@contextmanager
def standby(layout: Layout, *arguments: str, **more: str) -> Iterator[Running]:
    """A standby of a data directory; whatever it kept is gone when the block ends."""
    process = start(layout, "standby", *arguments, **more)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line == f"standby ready: {layout.home}\n", (line, process.poll())
        running = Running(layout, process)
        yield running
        if process.poll() is None:
            assert running.stop() == []
            assert process.returncode == 0
            assert sorted(p.name for p in (layout.home / "standby").iterdir()) == ["lock"]
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """The tiny course with its class."""
    return make_course(tmp_path)
