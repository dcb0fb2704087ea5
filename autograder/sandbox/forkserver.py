"""The trusted handle of a warm server: start it, fork from it, kill and wait for what it forked.

What it guarantees:

- No threads of its own; every wait has a deadline; a server that died is started again by the
  next `spawn`, and the processes that died with it end as `Exit("lost", …)`.
- `close`, or the death of the process that has the handle, ends the server and all its children.
- Descriptors given to `spawn` are copied; the caller keeps and closes its own.

What it does not do: share a handle between processes (each makes its own), or speak with what
runs in the children (that is `autograder.wire`'s business).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from autograder.linux import priority
from autograder.sandbox import server
from autograder.sandbox.errors import IsolationRefused, SandboxError, ServerFailed, SpawnFailed
from autograder.sandbox.launch import Launch
from autograder.sandbox.nursery import Nursery, last_words, memory_file, run_program
from autograder.sandbox.policy import base_environment
from autograder.sandbox.process import Process, readable
from autograder.sandbox.usage import process_tree

if TYPE_CHECKING:
    from autograder.wire.limits import Limits

_ATTEMPTS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "full": (("namespaces", "seccomp"),),
    "partial": (("namespaces", "seccomp"), ("seccomp",)),
    "none": (("namespaces", "seccomp"), ("seccomp",), ()),
}
_START_SECONDS: Final = 120.0
_SPAWN_SECONDS: Final = 20.0
_CLOSE_SECONDS: Final = 10.0
_END_SECONDS: Final = 1.0  # for a process whose socket is closed to be gone
_KILLED: Final = "it ended without a word; somebody killed it, or the kernel did for want of memory"
_SILENT: Final = f"it said nothing for {_START_SECONDS:g} s"


class ForkServer:
    """A warm server and the right to fork from it; usable from any thread.

    Args:
        launch: what the server is to be.
        nursery: forks the server from what it has imported; `None` starts a program of its own.
    """

    def __init__(self, launch: Launch, nursery: Nursery | None = None) -> None:
        self.launch = launch
        self._nursery = nursery
        self._lock = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._control: socket.socket | None = None
        self._log = -1
        self._layers: tuple[str, ...] = ()
        self._gives_way = False
        self.starts = 0

    @property
    def level(self) -> str:
        """The isolation in force: "full", "partial:<missing,…>" or "none" (see `start`)."""
        if self.launch.isolation is None or not {"namespaces", "seccomp"} & set(self._layers):
            return "none"
        missing = [name for name in ("namespaces", "seccomp") if name not in self._layers]
        return f"partial:{','.join(missing)}" if missing else "full"

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers in force, as the server reported them."""
        return self._layers

    def start(self) -> None:
        """Start the server unless it runs; returns when it is warm.

        Raises:
            IsolationRefused: the machine offers less than `Isolation.allow`.
            ServerFailed: it died or did not get warm; the message has its last words.
        """
        with self._lock:
            self._start()

    def spawn(
        self,
        payload: bytes = b"",
        fds: Sequence[int] = (),
        limits: Limits | None = None,
        *,
        assignment: str | None = None,
    ) -> Process:
        """Fork a child that runs the entry point.

        Args:
            payload: handed to the entry point.
            fds: copied into the child and handed to the entry point under new numbers.
            limits: required with isolation.
            assignment: whose public files are shown at `/course`.

        Raises:
            SpawnFailed: the server could not fork.
            ServerFailed: the server was dead and could not be started again.
        """
        if self.launch.isolation is not None and limits is None:
            raise SandboxError("a confined child needs limits; got None")
        message = {"assignment": assignment, "limits": _child_limits(limits)}
        content = memory_file("payload", payload)
        try:
            with self._lock:
                for attempt in (1, 2):
                    self._start()
                    process = self._request(message, content, fds)
                    if process is not None:
                        return process
                    self._stop()
                    if attempt == 2:
                        break
        finally:
            os.close(content)
        raise ServerFailed(f"the warm server of {self.launch.entry} died twice while forking")

    def give_way(self) -> None:
        """Take processor time from now on only where others leave it; its children, too."""
        with self._lock:
            self._gives_way = True
            if self._pidfd >= 0:
                priority.give_way(self._pidfd, process_tree)

    def close(self) -> None:
        """End the server and everything it forked."""
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

    def _start(self) -> None:
        if self._pidfd >= 0:
            if not readable(self._pidfd, time.monotonic()):
                return
            self._stop()
        launch = self.launch
        isolation = launch.isolation
        environment = dict(isolation.policy.environment if isolation else base_environment())
        environment.update(launch.environment)
        configuration: dict[str, Any] = {
            "entry": launch.entry,
            "warm": launch.warm,
            "argument": launch.argument,
            "python_path": list(launch.python_path),
            "policy": isolation.policy.to_json() if isolation else None,
        }
        attempts = _ATTEMPTS[isolation.allow] if isolation else ((),)
        refusals: list[str] = []
        for layers in attempts:
            refusal = self._run_program(configuration | {"layers": layers}, environment)
            if refusal is None:
                return
            refusals.append(refusal)
        if isolation is not None and isolation.allow == "full":
            raise IsolationRefused(
                f"this machine cannot isolate student code fully: {refusals[0]} "
                "Run `gradlab doctor` to see what is missing, or accept less with "
                "GRADLAB_ISOLATION=partial."
            )
        raise ServerFailed(" ".join(refusals))

    def _run_program(
        self, configuration: Mapping[str, Any], environment: Mapping[str, str]
    ) -> str | None:
        """Run the server's program until it is warm; returns why it cannot be isolated so.

        Raises:
            ServerFailed: it failed for another reason.
        """
        self._log = memory_file("log")
        content = memory_file("configuration", json.dumps(configuration).encode())
        try:
            self._control = self._launch_program(environment)
            with contextlib.suppress(BrokenPipeError):
                server.send(self._control, {"event": "configure"}, (content,))
        finally:
            os.close(content)
        self.starts += 1
        message = self._first_words()
        if message.get("event") == "ready":
            self._layers = tuple(message["layers"])
            if self._gives_way:
                priority.give_way(self._pidfd, process_tree)
            return None
        words = str(message.get("detail") or "") + last_words(self._log)
        ended = _KILLED if readable(self._pidfd, time.monotonic() + _END_SECONDS) else _SILENT
        self._stop()
        if message.get("event") == "refused":
            return words.strip()
        raise ServerFailed(
            f"the warm server of {self.launch.entry} did not become ready: {words.strip() or ended}"
        )

    def _launch_program(self, environment: Mapping[str, str]) -> socket.socket:
        """Start the program, or have it forked; returns our end of its control socket."""
        if self._nursery is None:
            self._program, ours = run_program(environment, self._log)
            self._pidfd = os.pidfd_open(self._program.pid)
            return ours
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        owner = os.pidfd_open(os.getpid())
        try:
            self._pidfd = self._nursery.fork(environment, (theirs.fileno(), owner, self._log))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(owner)
        return ours

    def _first_words(self) -> dict[str, Any]:
        assert self._control is not None
        try:
            if readable(self._control, time.monotonic() + _START_SECONDS):
                data, _fds = server.receive(self._control)
                return json.loads(data) if data else {}
        except ConnectionResetError:
            pass
        return {}

    def _request(self, message: dict[str, Any], content: int, fds: Sequence[int]) -> Process | None:
        """Ask for a child; None when the server is gone."""
        assert self._control is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                server.send(self._control, message, (theirs.fileno(), content, *fds))
            if not readable(ours, time.monotonic() + _SPAWN_SECONDS):
                ours.close()
                return None
            data, received = server.receive(ours)
        except (BrokenPipeError, ConnectionResetError):
            ours.close()
            return None
        if not data:
            ours.close()
            return None
        answer = json.loads(data)
        if answer["event"] != "started":
            ours.close()
            raise SpawnFailed(str(answer.get("detail", answer)))
        return Process(answer["pid"], received[0], ours)

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._pidfd >= 0:
            if not readable(self._pidfd, time.monotonic() + _CLOSE_SECONDS):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                readable(self._pidfd, None)
            os.close(self._pidfd)
            self._pidfd = -1
        if self._program is not None:
            self._program.wait()
            self._program = None
        if self._log >= 0:
            os.close(self._log)
            self._log = -1


def _child_limits(limits: Limits | None) -> dict[str, float | int] | None:
    if limits is None:
        return None
    return {
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_bytes,
        "processes": limits.processes,
        "open_files": limits.open_files,
        "scratch_bytes": limits.scratch_bytes,
    }
