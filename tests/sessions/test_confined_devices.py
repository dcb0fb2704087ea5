"""An isolated session sees the nodes of its own GPU; the neighbour's are not there.

No GPU is needed: nodes of /dev/null's kind stand in for those of NVIDIA.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.sessions.folders import HubFolders
from autograder.sessions.isolation import obstacle_to_isolation


@pytest.fixture
def nodes() -> Iterator[tuple[Path, Path]]:
    """Return two nodes below /dev, ours and the neighbour's."""
    kind = Path("/dev/null").stat()
    made = []
    try:
        for number in (0, 1):
            node = Path(f"/dev/gradlab-test-{os.getpid()}-{number}")
            os.mknod(node, kind.st_mode, kind.st_rdev)
            node.chmod(0o666)
            made.append(node)
        yield made[0], made[1]
    except PermissionError:
        pytest.skip("only root may make nodes below /dev to stand in for a GPU's")
    finally:
        for node in made:
            node.unlink()


@pytest.fixture
def folders(layout: Layout) -> HubFolders:
    folders = HubFolders(layout)
    folders.make()
    obstacle = obstacle_to_isolation(folders)
    if obstacle:
        pytest.skip(f"this machine cannot isolate sessions: {obstacle}")
    folders.home("alice").mkdir()
    return folders


def test_the_own_device_is_there_and_the_neighbours_is_not(
    folders: HubFolders, nodes: tuple[Path, Path]
) -> None:
    """The own node can be opened and written; the other does not exist, and cannot be made."""
    own, other = nodes
    code = (
        "import os, json, stat\n"
        f"own, other = {str(own)!r}, {str(other)!r}\n"
        "open(own, 'wb').write(b'x')\n"
        "def made():\n"
        "    try:\n"
        f"        os.mknod('/dev/other', {other.stat().st_mode}, {other.stat().st_rdev})\n"
        "    except OSError:\n"
        "        return False\n"
        "    return True\n"
        "print(json.dumps([stat.S_ISCHR(os.stat(own).st_mode), os.path.exists(other), made()]))\n"
    )
    layout = folders.layout
    done = subprocess.run(
        [
            sys.executable, "-I", "-m", "autograder.sessions.confine",
            "--home", str(folders.home("alice")),
            "--exchange", str(layout.exchange / layout.course_id),
            "--config", str(folders.configs),
            "--device", str(own), "--", sys.executable, "-c", code,
        ],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False, False]
