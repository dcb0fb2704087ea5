"""The warm server's loop: fork a child per request, watch it, say how it ended.

What it guarantees:

- One request is one datagram on the control socket; its descriptors are a status socket, the
  payload, and those meant for the child. Everything about that child goes over its own status
  socket: "started" with a pidfd, perhaps "fault", and "exit", always last.
- A child whose status socket is closed by the other side is killed.
- The server ends when the control socket is closed or the process behind `owner` is gone.

What it does not do: run anything between forks. It never unpickles, and never reads what a
child wrote.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from typing import Any, Final

from autograder.linux import hugepages, kernel
from autograder.sandbox import child, namespaces
from autograder.sandbox.child import ChildLimits, Confinement, EntryPoint
from autograder.sandbox.usage import Watch, Watches, children

REQUEST_BYTES: Final = 65_536
MOST_FDS: Final = 250
FIRST_TRY_SECONDS: Final = 1.0
LAST_TRY_SECONDS: Final = 300.0


@dataclass(eq=False)
class _Running:
    pid: int
    pidfd: int
    status: socket.socket
    limits: ChildLimits | None
    watch: Watch
    look_at: float | None
    scratch: str | None
    reason: str | None = None


def receive(sock: socket.socket, size: int = REQUEST_BYTES) -> tuple[bytes, list[int]]:
    """Receive one datagram and its descriptors; an empty one means that the other side closed."""
    room = socket.CMSG_SPACE(MOST_FDS * 4)
    data, ancillary, _flags, _address = sock.recvmsg(size, room, socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, list(fds)


def send(sock: socket.socket, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Send one datagram with descriptors."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([json.dumps(message).encode()], rights, socket.MSG_NOSIGNAL)


def read_all(descriptor: int) -> bytes:
    """Return the whole content of a file, from its beginning."""
    size = os.fstat(descriptor).st_size
    parts = []
    place = 0
    while place < size:
        part = os.pread(descriptor, size - place, place)
        if not part:
            break
        parts.append(part)
        place += len(part)
    return b"".join(parts)


class Server:
    """A loop around fork.

    Args:
        control: where requests come from.
        owner: pidfd of the process to end with.
        entry: what children call.
        confinement: the layers for every child; None for the trusted side.
        pid_namespace: the server's own, when children get theirs.
        watches: make what observes a child's use of memory and processor.
        small: memory for which there was no huge page; tried again while nobody asks.
    """

    def __init__(
        self,
        control: socket.socket,
        owner: int | None,
        entry: EntryPoint,
        confinement: Confinement | None,
        pid_namespace: int | None,
        watches: Watches,
        small: list[int],
    ) -> None:
        self._control = control
        self._owner = owner
        self._entry = entry
        self._confinement = confinement
        self._pid_namespace = pid_namespace
        self._watches = watches
        self._small = small
        self._idle_seconds = FIRST_TRY_SECONDS  # until the next try
        self._poll = select.poll()
        self._running: dict[int, _Running] = {}  # by pidfd and by status descriptor

    def serve(self) -> None:
        """Serve until the owner is gone; kills every child before it returns."""
        control = self._control.fileno()
        self._poll.register(control, select.POLLIN)
        if self._owner is not None:
            self._poll.register(self._owner, select.POLLIN)
        try:
            while True:
                ready = self._poll.poll(self._until_next_look())
                for descriptor, _event in ready:
                    if descriptor == self._owner:
                        return
                    if descriptor == control:
                        if not self._request():
                            return
                    elif descriptor in self._running:
                        self._happened(descriptor)
                self._look()
                if not self._running and not ready:
                    self._use_huge_pages()
        finally:
            for running in set(self._running.values()):
                self._kill(running, "killed")

    def _request(self) -> bool:
        data, fds = receive(self._control)
        if not data:
            return False
        status = socket.socket(fileno=fds[0])
        payload_fd, given = fds[1], fds[2:]
        try:
            self._spawn(json.loads(data), status, payload_fd, given)
        except OSError as error:
            send(status, {"event": "fault", "detail": f"the server cannot fork: {error}"})
            status.close()
        finally:
            for fd in (payload_fd, *given):
                os.close(fd)
        return True

    def _spawn(
        self, request: dict[str, Any], status: socket.socket, payload_fd: int, given: list[int]
    ) -> None:
        limits = ChildLimits(**request["limits"]) if request["limits"] else None
        scratch = self._make_scratch()
        watch = self._watches.begin(limits)
        try:
            if self._pid_namespace is None:
                pid = kernel.fork()
            else:
                pid = namespaces.fork_into_pid_namespace(self._pid_namespace)
        except OSError:
            self._watches.end(watch)
            raise
        if pid == 0:
            try:
                payload = read_all(payload_fd)
            except BaseException as error:  # noqa: BLE001 - must not unwind into the loop
                send(status, {"event": "fault", "detail": f"cannot prepare the child: {error!r}"})
                os._exit(child.EXIT_UNCONFINED)
            child.run(
                self._entry,
                payload,
                given,
                status,
                limits,
                self._confinement,
                request.get("assignment"),
                scratch,
            )
        pidfd = os.pidfd_open(pid)
        wait = watch.seconds_between_looks
        look_at = None if wait is None else time.monotonic() + wait
        running = _Running(pid, pidfd, status, limits, watch, look_at, scratch)
        for descriptor in (pidfd, status.fileno()):
            self._running[descriptor] = running
        self._poll.register(pidfd, select.POLLIN)
        self._poll.register(status.fileno(), select.POLLIN)
        watch.started(pid)
        send(status, {"event": "started", "pid": pid}, (pidfd,))

    def _make_scratch(self) -> str | None:
        """Make a folder for a child that has no mount namespace to make its own in."""
        if self._confinement is None or self._pid_namespace is not None:
            return None
        scratch = tempfile.mkdtemp(prefix="gradlab-scratch-")
        if os.geteuid() == 0:
            uid = self._confinement.policy.outside_uid
            os.chown(scratch, uid, uid)
        return scratch

    def _clean_up(self, scratch: str) -> None:
        """Remove what a child without namespaces left: orphans, which became ours, and files."""
        running = {each.pid for each in self._running.values()}
        while orphans := set(children(os.getpid())) - running:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
        shutil.rmtree(scratch, ignore_errors=True)

    def _happened(self, descriptor: int) -> None:
        running = self._running[descriptor]
        if descriptor == running.status.fileno():
            # the other side never writes: this is its end
            self._poll.unregister(descriptor)
            self._kill(running, "killed")
            return
        self._ended(running)

    def _kill(self, running: _Running, reason: str) -> None:
        running.reason = running.reason or reason
        signal.pidfd_send_signal(running.pidfd, signal.SIGKILL)

    def _until_next_look(self) -> float | None:
        """Return for how many milliseconds nothing needs to be looked at."""
        if not self._running:
            return self._idle_seconds * 1000 if self._small else None
        now = time.monotonic()
        times = [r.look_at - now for r in self._running.values() if r.look_at is not None]
        return max(0.0, min(times)) * 1000 if times else None

    def _use_huge_pages(self) -> None:
        """Ask the kernel again, less often each time that it has none."""
        if hugepages.use_more(self._small):
            self._watches.hold_anew()
        else:
            self._idle_seconds = min(2 * self._idle_seconds, LAST_TRY_SECONDS)

    def _look(self) -> None:
        now = time.monotonic()
        for running in set(self._running.values()):
            if running.look_at is None or running.look_at > now:
                continue
            reason = running.watch.exceeded()
            if reason is not None:
                self._kill(running, reason)
                running.look_at = None
            else:
                running.look_at = now + (running.watch.seconds_between_looks or 0.0)

    def _ended(self, running: _Running) -> None:
        _pid, status, used = os.wait4(running.pid, 0)
        self._poll.unregister(running.pidfd)
        del self._running[running.pidfd]
        number = running.status.fileno()
        del self._running[number]
        with contextlib.suppress(KeyError):
            self._poll.unregister(number)
        os.close(running.pidfd)
        if running.scratch is not None:
            self._clean_up(running.scratch)
        report = _report(running, status, used)
        self._watches.end(running.watch)
        with contextlib.suppress(OSError):  # perhaps nobody is waiting any more
            send(running.status, report)
        running.status.close()


def _report(running: _Running, status: int, used: resource.struct_rusage) -> dict[str, Any]:
    code = os.waitstatus_to_exitcode(status)
    kind = "exited" if code >= 0 else "signalled"
    limits = running.limits
    cpu = used.ru_utime + used.ru_stime
    if running.reason is not None:
        kind = running.reason
    elif running.watch.memory_kills() and (running.watch.alone or code == -signal.SIGKILL):
        kind = "memory"
    elif limits is not None and code == -signal.SIGKILL and cpu >= limits.cpu_seconds:
        kind = "cpu"
    return {
        "event": "exit",
        "kind": kind,
        "code": code,
        "cpu_seconds": cpu,
        "peak_memory_bytes": running.watch.peak_bytes(used.ru_maxrss * 1024),
    }
