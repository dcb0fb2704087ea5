"""A process that has imported what all warm servers share, and forks servers on request.

Importing torch takes seconds of processor time; a grader needs several warm servers. The nursery
pays once, and its memory is shared by all that it forks.

What it guarantees:

- It imports libraries only and is told nothing else: what a server is to be goes, as a sealed
  descriptor, to the fork that becomes that server, and is never read by the nursery itself.
- What a user has set for a library is not read: it has a home of its own, which is empty.
- It ends with its owner; servers that it forked live and end by themselves.

What it does not do: confine. The forked server enters its isolation like one started by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from autograder.sandbox import server
from autograder.sandbox.errors import ServerFailed
from autograder.sandbox.policy import base_environment
from autograder.sandbox.process import readable

LIBRARIES: Final = (
    "numpy", "torch", "torch.optim", "torch.nn.functional", "matplotlib.pyplot",
)  # fmt: skip
_START_SECONDS: Final = 120.0
_FORK_SECONDS: Final = 20.0
_CLOSE_SECONDS: Final = 10.0
_END_SECONDS: Final = 1.0  # for a process whose socket is closed to be gone
_LOG_BYTES: Final = 8000


class Nursery:
    """The handle of the process; usable from any thread.

    Args:
        libraries: modules to import, none of ours.
    """

    def __init__(self, libraries: Sequence[str] = LIBRARIES) -> None:
        self.libraries = tuple(libraries)
        self._lock = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._log = -1
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._is_ready = False

    def begin(self) -> None:
        """Start the process and do not wait: it imports while the caller does other work."""
        with self._lock:
            self._begin()

    def start(self) -> None:
        """Start the process unless it runs; returns when it has imported everything.

        Raises:
            ServerFailed: it could not; the message has its last words.
        """
        with self._lock:
            self._start()

    def fork(self, environment: Mapping[str, str], fds: Sequence[int]) -> int:
        """Fork a process that becomes a warm server.

        Args:
            environment: the whole environment of the server.
            fds: its control socket, pidfd of its owner, and log.

        Returns:
            A pidfd of the new process, owned by the caller.

        Raises:
            ServerFailed: the nursery cannot fork, or died twice.
        """
        with self._lock:
            for _ in range(2):
                self._start()
                pidfd = self._ask(environment, fds)
                if pidfd is not None:
                    return pidfd
                self._stop()
        raise ServerFailed("the nursery of the warm servers died twice while forking")

    def close(self) -> None:
        """End the process; servers that it forked are not touched."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> None:
        if self._program is not None:
            if self._program.poll() is None:
                return
            self._stop()
        self._log = memory_file("log")
        self._home = tempfile.TemporaryDirectory(prefix="gradlab-libraries-")
        own = {"HOME": self._home.name, "MPLCONFIGDIR": self._home.name}
        self._program, self._control = run_program(base_environment() | own, self._log)
        with contextlib.suppress(BrokenPipeError):
            server.send(self._control, {"event": "preload", "libraries": self.libraries})

    def _start(self) -> None:
        self._begin()
        if self._is_ready:
            return
        message = self._answer(_START_SECONDS)[0]
        self._is_ready = message.get("event") == "ready"
        if not self._is_ready:
            words = f"{message.get('detail', '')}{last_words(self._log)}".strip()
            words = words or self._how_it_ended()
            self._stop()
            raise ServerFailed(f"the libraries could not be imported: {words}")

    def _how_it_ended(self) -> str:
        """Return in words what became of a process that says nothing."""
        assert self._program is not None
        try:
            code = self._program.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return f"the process said nothing for {_START_SECONDS:g} s"
        if code >= 0:
            return f"the process ended with status {code} and said nothing"
        name = signal.Signals(-code).name
        return (
            f"somebody killed the process ({name}); if it was no person, it was the kernel, for "
            "want of memory"
        )

    def _ask(self, environment: Mapping[str, str], fds: Sequence[int]) -> int | None:
        """Ask for a fork; None when the nursery is gone."""
        assert self._control is not None
        try:
            server.send(
                self._control, {"event": "fork", "environment": dict(environment)}, tuple(fds)
            )
        except (BrokenPipeError, ConnectionResetError):
            return None
        message, received = self._answer(_FORK_SECONDS)
        if message.get("event") == "forked":
            return received[0]
        if message:
            raise ServerFailed(f"the nursery cannot fork: {message.get('detail', message)}")
        return None

    def _answer(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        assert self._control is not None
        try:
            if readable(self._control, time.monotonic() + seconds):
                data, fds = server.receive(self._control)
                return (json.loads(data) if data else {}), fds
        except ConnectionResetError:
            pass
        return {}, []

    def _stop(self) -> None:
        self._is_ready = False
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._program is not None:
            try:
                self._program.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self._program.kill()
                self._program.wait()
            self._program = None
        if self._log >= 0:
            os.close(self._log)
            self._log = -1
        if self._home is not None:
            self._home.cleanup()
            self._home = None


def run_program(
    environment: Mapping[str, str], log: int
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start `autograder.sandbox.zygote` and return it with our end of its control socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    owner = os.pidfd_open(os.getpid())
    module = "autograder.sandbox.zygote"
    try:
        program = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", module, str(theirs.fileno()), str(owner)],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(theirs.fileno(), owner),
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(owner)
    return program, ours


def memory_file(name: str, content: bytes = b"") -> int:
    """Return a descriptor of a file in memory."""
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    return descriptor


def last_words(log: int) -> str:
    """Return the end of what a program wrote into its log."""
    return server.read_all(log)[-_LOG_BYTES:].decode(errors="replace")
