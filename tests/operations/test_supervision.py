"""Starting a hub's process and leaving nothing of it behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from autograder.hub import ServeError
from autograder.operations.supervision import Supervisor, only_one

PROGRAM = """
import sys, time
from pathlib import Path
from autograder.operations.supervision import Supervisor

folder = Path(sys.argv[1])
hub = Supervisor(["/bin/bash", "-c", sys.argv[2]], {"PATH": "/usr/bin:/bin"}, folder / "log")
hub.start(folder)
deadline = time.monotonic() + 30
while not (folder / "pids").exists() or len((folder / "pids").read_text().split()) < 3:
    assert time.monotonic() < deadline
    time.sleep(0.05)
if "stop" in sys.argv:
    hub.stop()
else:
    hub.wait()
"""
STUBBORN = """
trap '' TERM INT
(setsid bash -c 'trap "" TERM; echo $$ >> pids; sleep 300') &
(sleep 300 & echo $! >> pids)
echo $$ >> pids
exit 0
"""


def pids(folder: Path) -> list[int]:
    return [int(word) for word in (folder / "pids").read_text().split()]


def test_stopping_ends_orphans_and_the_stubborn(tmp_path: Path) -> None:
    """What left its parent, its session, or ignores SIGTERM is gone after `stop`."""
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), STUBBORN, "stop"], check=True, timeout=120
    )
    assert len(pids(tmp_path)) == 3
    assert not any(psutil.pid_exists(pid) for pid in pids(tmp_path))


def test_one_data_directory_is_served_once(tmp_path: Path) -> None:
    """A second hub on the same data directory is refused; after the first one, it is not."""
    lock = tmp_path / "hub" / "lock"
    with only_one(lock), pytest.raises(ServeError, match="already serves"), only_one(lock):
        pass
    with only_one(lock):
        pass


def test_a_hub_that_ends_says_why(tmp_path: Path) -> None:
    """The message has the end of the log, so that nobody has to look for it."""
    log = tmp_path / "log"
    hub = Supervisor(["/bin/sh", "-c", "echo the reason; exit 3"], {"PATH": "/usr/bin"}, log)
    hub.start(tmp_path)
    with pytest.raises(ServeError, match="the reason"):
        hub.wait_ready("http://127.0.0.1:1/", 30)
