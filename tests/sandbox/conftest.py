"""A confined and a trusted warm server for the sandbox's tests."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from textwrap import dedent

import pytest

from autograder.linux import cgroups
from autograder.sandbox import Bind, ForkServer, Isolation, Launch, student_policy
from autograder.wire.limits import Limits

HERE = Path(__file__).parent
SMALL = Limits(
    cpu_seconds=20, memory_bytes=200_000_000, processes=24, open_files=64, scratch_bytes=8_000_000
)


def launch(courses=None, argument="", allow="full", **changes):
    """Return the launch of a server that runs `entries`."""
    policy = student_policy(courses, packages=("autograder.wire",), binds=[Bind(str(HERE))])
    isolation = Isolation(policy, allow) if allow is not None else None
    return Launch(
        "entries:run", "entries:warm", argument, isolation, python_path=(str(HERE),), **changes
    )


class Asking:
    """Runs Python in a child of a server and returns what it answered."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server

    def start(self, code, limits=SMALL, **options):
        read, write = os.pipe()
        try:
            process = self.server.spawn(dedent(code).encode(), [write], limits, **options)
        finally:
            os.close(write)
        return process, read

    def __call__(self, code, limits=SMALL, seconds=60, **options):
        answer, _exit = self.both(code, limits, seconds, **options)
        return answer

    def both(self, code, limits=SMALL, seconds=60, **options):
        process, read = self.start(code, limits, **options)
        with os.fdopen(read, "rb") as pipe:
            result = process.wait(time.monotonic() + seconds)
            text = pipe.read()
        return (json.loads(text) if text else None), result


@pytest.fixture(scope="session")
def courses(tmp_path_factory):
    """Two assignments' public folders."""
    folders = {}
    for name in ("lstm", "gru"):
        folders[name] = tmp_path_factory.mktemp(name)
        (folders[name] / "data.txt").write_text(f"public of {name}")
    return folders


@pytest.fixture(scope="session")
def confined(courses):
    """A fully confined server."""
    with ForkServer(launch(courses)) as server:
        yield Asking(server)


@pytest.fixture(scope="session")
def trusted():
    """A server of the trusted side."""
    with ForkServer(launch(allow=None)) as server:
        yield Asking(server)


def unified_tree():
    """Return the version 2 tree if groups that count memory can be made in it."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = Path(line.split()[4])
        offered = point / "cgroup.controllers"  # is not there where the tree is covered
        usable = " - cgroup2 " in line and offered.exists() and os.access(point, os.W_OK)
        if usable and {"memory", "pids"} <= set(offered.read_text().split()):
            return point
    return None


# `test_other_kernel` runs these where the machine's own kernel has these controllers in version 1
needs_version_2 = pytest.mark.skipif(
    unified_tree() is None, reason="this machine's memory controller is not version 2's"
)


@pytest.fixture
def version_2_group():
    """An empty version 2 group in which others that count memory can be made."""
    tree = unified_tree()
    (tree / "cgroup.subtree_control").write_text("+memory +pids")
    folder = tree / f"gradlab-test-{os.getpid()}"
    folder.mkdir()
    yield folder
    for leaf in folder.glob("*/"):
        cgroups.remove(leaf)
    cgroups.remove(folder)
