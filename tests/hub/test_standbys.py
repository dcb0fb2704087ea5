"""Standbys beside the hub: one for each course, gone with the hub."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout
from autograder.hub.settings import HubSettings
from autograder.hub.standbys import PROGRAM, standing_by

SECONDS = 60
SERVING = """
import sys, time
from pathlib import Path
from autograder.course import Layout
from autograder.hub.standbys import standing_by
with standing_by([Layout(Path(sys.argv[1]), Path(sys.argv[2]))], Path(sys.argv[3])):
    print("begun", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def layouts(tmp_path: Path) -> list[Layout]:
    """Two courses with data directories of their own."""
    found = []
    for name in ("one", "two"):
        (tmp_path / name / "solutions").mkdir(parents=True)
        (tmp_path / name / "data").mkdir()
        found.append(Layout(tmp_path / name, tmp_path / name / "data", name))
    return found


def until_ready(log: Path, number: int) -> None:
    """Wait until so many standbys have said that they are ready."""
    deadline = time.monotonic() + SECONDS
    while log.read_text().count("standby ready") < number:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.01)


def test_each_course_has_one_until_the_end(layouts: list[Layout], tmp_path: Path):
    """They answer while the hub runs, each in its course, and nothing of them is left."""
    others = set(psutil.Process().children(recursive=True))
    log = tmp_path / "log"
    with standing_by(layouts, log):
        until_ready(log, 2)
        for layout in layouts:
            asked = subprocess.run(
                [str(PROGRAM), "standby", "--status"],
                cwd=layout.root,
                env={**os.environ, **layout.to_environment()},
                capture_output=True,
                text=True,
            )
            assert "0 commands run, 0 were served" in asked.stdout, asked
        everything = set(psutil.Process().children(recursive=True)) - others
        assert len(everything) >= 4  # two standbys, each with its nursery
    _gone, left = psutil.wait_procs(everything, timeout=20)
    assert left == []
    assert [list((one.home / "standby").glob("socket")) for one in layouts] == [[], []]


def test_they_end_with_a_hub_that_is_killed(layouts: list[Layout], tmp_path: Path):
    """Nobody has to look for processes after the machine ran out of memory."""
    log = tmp_path / "log"
    log.touch()
    layout = layouts[0]
    hub = subprocess.Popen(
        [sys.executable, "-c", SERVING, str(layout.root), str(layout.home), str(log)],
        stdout=subprocess.PIPE,
    )
    assert hub.stdout is not None
    assert hub.stdout.readline() == b"begun\n"
    until_ready(log, 1)
    everything = psutil.Process(hub.pid).children(recursive=True)
    assert len(everything) >= 2
    hub.send_signal(signal.SIGKILL)
    hub.communicate()
    _gone, left = psutil.wait_procs(everything, timeout=20)
    assert left == []


def test_it_is_a_setting():
    """On unless an administrator says otherwise."""
    assert HubSettings.load({}).standby
    assert not HubSettings.load({"GRADLAB_HUB_STANDBY": "no"}).standby
