"""Landlock by itself: the wall holds without namespaces and without the filter."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from autograder.linux import kernel, landlock

pytestmark = pytest.mark.skipif(landlock.version() < 1, reason="this kernel has no Landlock")


def restricted(action, tmp_path, **options):
    """Run `action` in a forked process that may read /usr and write below `tmp_path`."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            landlock.restrict(["/usr"], [str(tmp_path)], ["/dev/null"], **options)
            try:
                answer = action()
            except OSError as error:
                answer = type(error).__name__
            os.write(write, json.dumps(answer).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def write_file(path):
    """Write a file of one character; returns how many."""
    return Path(path).write_text("x")


def list_names(folder):
    """Return the names in a folder."""
    return [entry.name for entry in Path(folder).iterdir()]


def test_files_outside_are_refused(tmp_path_factory):
    """Reading and writing work below the named folders only, even for root."""
    inside, outside = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    (outside / "secret").write_text("x")
    assert restricted(lambda: write_file(inside / "a"), inside) == 1
    assert restricted(lambda: write_file("/dev/null"), inside) == 1
    assert restricted(lambda: write_file(outside / "a"), inside) == "PermissionError"
    assert restricted(lambda: (outside / "secret").read_text(), inside) == "PermissionError"
    assert restricted(lambda: list_names("/etc"), inside) == "PermissionError"
    assert "bin" in restricted(lambda: list_names("/usr"), inside)
    assert restricted(lambda: write_file("/usr/gradlab-test"), inside) == "PermissionError"


def test_tcp_is_refused(tmp_path):
    """From version 4 on, no TCP port can be bound or connected to."""
    if landlock.version() < 4:
        pytest.skip("Landlock before version 4 knows nothing of TCP")

    def bind():
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
        return "bound"

    assert restricted(bind, tmp_path) == "PermissionError"
    assert restricted(bind, tmp_path, network=True) == "bound"


def test_signals_and_abstract_sockets_stay_inside(tmp_path):
    """From version 6 on, processes outside cannot be signalled, nor their sockets found."""
    if landlock.version() < 6:
        pytest.skip("Landlock before version 6 has no scopes")
    parent = os.getpid()
    assert restricted(lambda: os.kill(parent, 0), tmp_path) == "PermissionError"
    assert restricted(lambda: os.kill(os.getpid(), signal.SIGCONT), tmp_path) is None
    with socket.socket(socket.AF_UNIX) as host:
        host.bind("\0gradlab-test-landlock")
        host.listen()

        def connect():
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect("\0gradlab-test-landlock")

        assert restricted(connect, tmp_path) == "PermissionError"


def test_older_versions_are_asked_for_less(tmp_path):
    """The rules of every earlier version are accepted by this kernel."""
    for abi in range(1, landlock.version() + 1):
        assert restricted(lambda: write_file(tmp_path / "a"), tmp_path, abi=abi) == 1


def test_a_child_cannot_make_itself_the_last_to_go(confined):
    """/proc is not writable, so a child keeps being the first that want of memory kills."""
    assert confined("answer = open('/proc/self/oom_score_adj').read()").strip() == "1000"
    assert "Permission" in confined("open('/proc/self/oom_score_adj', 'w').write('0')")
