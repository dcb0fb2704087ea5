"""The grading service beside the hub: it answers while the hub runs, and is gone with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from autograder.hub.grading_service import grading_service
from autograder.hub.settings import HubSettings
from autograder.service.client import Place

from ..service.commands import until

SERVING = """
import sys, time
from pathlib import Path
from autograder.hub.grading_service import grading_service
with grading_service(Path(sys.argv[1])):
    print("begun", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What it says; its folder is this test's own."""
    monkeypatch.setenv("GRADLAB_SERVICE", str(tmp_path / "service"))
    (tmp_path / "log").touch()
    return tmp_path / "log"


def everything_of(pid: int) -> list[psutil.Process]:
    """Return a process and all below it."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_it_answers_until_the_end(log: Path):
    """Nothing of it is left when the hub has ended."""
    with grading_service(log):
        until(lambda: "ready" in log.read_text(), "the service")
        answer = Place().ask("status")
        assert answer is not None
        everything = everything_of(answer["pid"])
        assert len(everything) >= 2  # with what forks the servers
    _gone, left = psutil.wait_procs(everything, timeout=20)
    assert left == []
    assert Place().ask("status") is None


def test_it_ends_with_a_hub_that_is_killed(log: Path):
    """Nobody has to look for processes after the machine ran out of memory."""
    with subprocess.Popen([sys.executable, "-c", SERVING, str(log)], stdout=subprocess.PIPE) as hub:
        assert hub.stdout is not None
        assert hub.stdout.readline() == b"begun\n"
        until(lambda: "ready" in log.read_text(), "the service")
        answer = Place().ask("status")
        assert answer is not None
        everything = everything_of(answer["pid"])
        hub.send_signal(signal.SIGKILL)
    _gone, left = psutil.wait_procs(everything, timeout=20)
    assert left == []


def test_one_that_runs_already_is_used(log: Path):
    """The hub says so in its log, and goes on."""
    with grading_service(log):
        until(lambda: "ready" in log.read_text(), "the service")
        with grading_service(log):
            until(lambda: "runs already" in log.read_text(), "the second one")
            assert Place().ask("status") is not None


def test_it_is_a_setting():
    """On unless an administrator says otherwise."""
    assert HubSettings.load({}).grading_service
    assert not HubSettings.load({"GRADLAB_HUB_GRADING_SERVICE": "no"}).grading_service
    assert HubSettings.load({}).grading_on_submit
