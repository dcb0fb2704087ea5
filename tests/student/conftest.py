"""A warm student server without a sandbox: one process that forks a server for each test."""

from __future__ import annotations

import array
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from autograder.wire.channel import Channel
from autograder.wire.limits import Limits
from autograder.wire.session import CellResult, CellSource, StudentSession

_ZYGOTE = """
import array, os, signal, socket, sys
from autograder.student import server
server.warm("")
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
control = socket.socket(fileno=int(sys.argv[1]))
control.send(b"ready")
while True:
    folder, ancillary, _, _ = control.recvmsg(4096, socket.CMSG_SPACE(4))
    if not folder:
        break
    descriptor = array.array("i", ancillary[0][2])[0]
    if os.fork() == 0:
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            os.chdir(folder)
            server.serve([descriptor], b"")
        finally:
            os._exit(0)
    os.close(descriptor)
"""


@pytest.fixture(scope="session")
def zygote() -> Iterator[socket.socket]:
    """The control socket of a warm process that forks a student server per datagram."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _ZYGOTE, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={
                "PATH": "/usr/bin:/bin",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONHASHSEED": "0",
            },
        )
        theirs.close()
        try:
            ours.settimeout(120)
            assert ours.recv(16) == b"ready"
            yield ours
        finally:
            ours.close()
            process.wait(30)


@pytest.fixture
def session(zygote: socket.socket, tmp_path: Path) -> Iterator[StudentSession]:
    """A fresh student process."""
    ours, theirs = socket.socketpair()
    with theirs:
        rights = array.array("i", [theirs.fileno()])
        zygote.sendmsg([str(tmp_path).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    session = StudentSession(Channel(ours))
    yield session
    session.close()


Run = Callable[..., list[CellResult]]


@pytest.fixture
def run(session: StudentSession) -> Run:
    """Run sources as the cells of a notebook."""

    def run(
        *sources: str, seed: int = 1, figures: bool = True, **limits: float
    ) -> list[CellResult]:
        cells: Sequence[CellSource] = [
            CellSource(f"cell-{number}", source) for number, source in enumerate(sources)
        ]
        return session.run(cells, Limits.from_mapping(limits), seed, figures=figures)

    return run
