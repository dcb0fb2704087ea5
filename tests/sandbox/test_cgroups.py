"""Control groups: where they are looked for, and both versions' files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from autograder.linux import cgroups
from autograder.linux.cgroups import Base, Group
from autograder.sandbox import ForkServer

from .conftest import Asking, launch, needs_version_2

VERSION_1 = (
    "35 31 0:32 / {top}/memory rw - cgroup cgroup rw,memory\n"
    "39 31 0:36 / {top}/pids rw - cgroup cgroup rw,pids\n"
    "34 31 0:31 /docker/7 {top}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
)
VERSION_2 = "41 31 0:38 / {top}/unified rw - cgroup2 cgroup2 rw\n"


def test_version_1_groups_lie_inside_the_own(tmp_path):
    """Each controller's own group is found, also in a container that sees only its part."""
    bases = cgroups.own_bases(
        VERSION_1.format(top=tmp_path),
        "8:pids:/\n4:memory:/a/b\n3:cpu,cpuacct:/docker/7/x\n0::/\n",
        {},
    )
    assert bases == {
        "memory": Base(tmp_path / "memory/a/b", 1),
        "pids": Base(tmp_path / "pids", 1),
        "cpu": Base(tmp_path / "cpu/x", 1),
        "cpuacct": Base(tmp_path / "cpu/x", 1),
    }


def test_version_2_groups_lie_inside_the_own_or_the_named(tmp_path):
    """The unified tree is used where it offers controllers; a delegated group can be named."""
    for name in ("unified/own", "named"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "cgroup.controllers").write_text("cpu memory pids\n")
    mounts = VERSION_2.format(top=tmp_path)
    own = tmp_path / "unified/own"
    bases = cgroups.own_bases(mounts, "0::/own\n", {})
    assert bases == {name: Base(own, 2) for name in cgroups.CONTROLLERS}
    bases = cgroups.own_bases(mounts, "0::/own\n", {"GRADLAB_CGROUP": str(tmp_path / "named")})
    assert {base.folder for base in bases.values()} == {tmp_path / "named"}


def test_a_tree_without_our_controllers_is_left_alone(tmp_path):
    """Beside version 1, the unified tree often offers nothing that is wanted."""
    (tmp_path / "unified").mkdir()
    (tmp_path / "unified/cgroup.controllers").write_text("hugetlb\n")
    mounts = (VERSION_1 + VERSION_2).format(top=tmp_path)
    bases = cgroups.own_bases(mounts, "4:memory:/a\n8:pids:/\n3:cpu,cpuacct:/\n0::/\n", {})
    assert {base.version for base in bases.values()} == {1}


def test_version_2_files_are_read_and_written(tmp_path, monkeypatch):
    """Limits, use, kills, processor time and peak come from version 2's files.

    This kernel has memory in version 1, so version 2's files are made by the test.
    """
    files = {
        "cgroup.procs": "",
        "memory.max": "max",
        "memory.current": "5000000",
        "memory.stat": "anon 3000000\nfile 1500000\nshmem 500000\n",
        "memory.peak": "9000000",
        "memory.events": "low 0\noom 3\noom_kill 2\n",
        "memory.swap.max": "max",
        "pids.max": "max",
        "cpu.stat": "usage_usec 1500000\nuser_usec 1\n",
    }
    make = Path.mkdir

    def kernel_makes(folder, *args, **kwargs):
        make(folder, *args, **kwargs)
        for name, text in files.items():
            (folder / name).write_text(text)

    (tmp_path / "cgroup.subtree_control").write_text("")
    monkeypatch.setattr(Path, "mkdir", kernel_makes)
    group = Group({name: Base(tmp_path, 2) for name in ("memory", "pids", "cpuacct")}, "g")
    assert sorted(group.controllers) == ["cpuacct", "memory", "pids"]
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert group.counts_memory
    assert group.counts_cpu
    group.limit(123_456, 7)
    assert (tmp_path / "g/memory.max").read_text() == "123456"[:6]
    assert (tmp_path / "g/pids.max").read_text().startswith("7")
    assert (tmp_path / "g/memory.swap.max").read_text() == "0"
    assert group.held_bytes() == 4_000_000
    assert group.memory_kills() == 2
    assert group.cpu_seconds() == 1.5
    assert group.peak_bytes() == 9_000_000


def test_unwritable_groups_are_left_out(tmp_path):
    """Where no group can be made there is none, and nothing fails."""
    group = Group({"memory": Base(tmp_path / "missing", 1)}, "g")
    assert group.controllers == []
    assert not group.counts_memory
    assert group.memory_kills() == 0
    group.limit(1, 1)
    group.remove()


def test_only_groups_of_dead_servers_are_removed(tmp_path):
    """A group whose server lives, or that is another pid namespace's, stays."""
    alive = tmp_path / cgroups.server_name(os.getpid())
    namespace = alive.name.split("-")[1]
    dead = tmp_path / f"gradlab-{namespace}-{os.getpid()}-1"
    foreign = tmp_path / "gradlab-1-999999-1"
    for folder in (alive, dead, foreign):
        folder.mkdir()
    cgroups.remove_stale(tmp_path)
    assert alive.exists()
    assert foreign.exists()
    assert not dead.exists()


BOMB = "x = []\nwhile True: x.append(bytearray(b'x' * 10**7))"


def inside(group, action):
    """Run `action` in a forked process of a group; returns its answer."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            (group / "cgroup.procs").write_text(str(os.getpid()))
            os.write(write, json.dumps(action()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def explode():
    """Start a server and a memory bomb in it; returns what became of it, and of the next child."""
    with ForkServer(launch()) as server:
        counted = [name for name in server.layers if name.startswith("cgroup-")]
        _answer, bomb = Asking(server).both(BOMB)
        return [counted, bomb.kind, Asking(server)("answer = 1")]


ALL = ["cgroup-cpu", "cgroup-cpuacct", "cgroup-memory", "cgroup-pids"]


@needs_version_2
def test_version_2_ends_a_memory_bomb(monkeypatch, version_2_group):
    """On a real tree the kernel limits memory, names it, and the group goes with the server."""
    monkeypatch.setenv("GRADLAB_CGROUP", str(version_2_group))
    assert explode() == [ALL, "memory", 1]
    assert [path for path in version_2_group.iterdir() if path.is_dir()] == []


@needs_version_2
def test_the_processes_of_a_delegated_group_move_into_a_leaf(version_2_group):
    """Version 2 makes no groups beside processes; what systemd delegates is ours to arrange."""
    os.setxattr(version_2_group, "user.delegate", b"1")

    def twice():
        first = explode()
        own = Path("/proc/self/cgroup").read_text()
        return [first, own.strip().rpartition("/")[2], explode()]

    assert inside(version_2_group, twice) == [[ALL, "memory", 1], "gradlab-own", [ALL, "memory", 1]]


@needs_version_2
def test_a_group_that_is_not_ours_is_left_as_it_is(version_2_group):
    """Without delegation no process moves; memory is watched instead."""

    def own_group():
        return [explode(), Path("/proc/self/cgroup").read_text().strip().rpartition("/")[2]]

    assert inside(version_2_group, own_group) == [[[], "memory", 1], version_2_group.name]


@needs_version_2
def test_the_peak_of_one_child_is_not_the_next_ones(monkeypatch, version_2_group):
    """Before Linux 6.12 a group's peak cannot be forgotten; it is looked for anew all the same."""
    monkeypatch.setenv("GRADLAB_CGROUP", str(version_2_group))
    with ForkServer(launch()) as server:
        _answer, large = Asking(server).both("import time; x = b'x' * 150_000_000; time.sleep(1)")
        _answer, small = Asking(server).both("answer = 1")
    assert large.peak_memory_bytes > 140_000_000
    assert small.peak_memory_bytes < 60_000_000
