"""One child of a warm server, seen from the trusted side, and how it ended.

What it guarantees:

- `kill` reaches the child even when its server is gone; in isolation its whole tree dies with it.
- `wait` tells apart what the child did, which limit stopped it, our own kill, a lost server and a
  child that could not be confined.

What it does not do: speak with the child.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

from autograder.sandbox import server

ExitKind = Literal["exited", "signalled", "memory", "cpu", "killed", "lost", "fault"]

_CLOSE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Exit:
    """How a child ended.

    Args:
        kind: "exited" or "signalled" by itself, stopped for "memory" or "cpu", "killed" by us,
            "lost" with its server, or never confined ("fault": ours, not the student's).
        code: exit status, or minus the signal's number.
        cpu_seconds: processor time of its whole process tree.
        peak_memory_bytes: the most memory it used.
        detail: for staff, in a fault.
    """

    kind: ExitKind
    code: int = 0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    detail: str = ""


class Process:
    """One child of a warm server."""

    def __init__(self, pid: int, pidfd: int, status: socket.socket) -> None:
        self.pid = pid
        self._pidfd = pidfd
        self._status = status
        self._killed = False
        self._exit: Exit | None = None

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the child has ended."""
        return self._pidfd

    def kill(self) -> None:
        """Kill the child and, in isolation, all of its tree; an end before that stays as it was."""
        if self._exit is None and not readable(self._pidfd, time.monotonic()):
            self._killed = True
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self, deadline: float | None = None) -> Exit:
        """Wait until the child has ended.

        Args:
            deadline: a `time.monotonic()`; None waits for ever.

        Raises:
            TimeoutError: it runs on; it may be killed, or waited for again.
        """
        if self._exit is not None:
            return self._exit
        result: Exit | None = None
        fault = ""
        while result is None:
            if not readable(self._status, deadline):
                raise TimeoutError(f"process {self.pid} has not ended by the deadline")
            try:
                data, fds = server.receive(self._status)
            except ConnectionResetError:
                data, fds = b"", []
            for descriptor in fds:
                os.close(descriptor)
            message = json.loads(data) if data else {"event": "lost"}
            if message["event"] == "fault":
                fault = str(message["detail"])
            elif message["event"] == "exit":
                result = self._read_exit(message, fault)
            elif message["event"] == "lost":
                result = Exit("lost", -signal.SIGKILL, detail="the warm server died")
        self._exit = result
        self._status.close()
        os.close(self._pidfd)
        return result

    def _read_exit(self, message: Mapping[str, Any], fault: str) -> Exit:
        kind: ExitKind = message["kind"]
        if fault:
            kind = "fault"
        elif kind == "signalled" and self._killed and message["code"] == -signal.SIGKILL:
            kind = "killed"
        return Exit(
            kind, message["code"], message["cpu_seconds"], message["peak_memory_bytes"], fault
        )

    def close(self) -> None:
        """Kill the child if it still runs, and wait for it."""
        self.kill()
        self.wait(time.monotonic() + _CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def readable(sock: socket.socket | int, deadline: float | None) -> bool:
    """Wait until there is something to receive, or a pidfd's process has ended.

    Returns:
        False when the deadline passed first.
    """
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if poll.poll(None if left is None else left * 1000):
            return True
        if left is not None and deadline is not None and time.monotonic() >= deadline:
            return False
