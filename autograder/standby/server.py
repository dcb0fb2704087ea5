"""The standby: one process per data directory that forks commands from what it keeps warm.

What it guarantees:

- One thread, one loop. It imports before it listens, and never reads what a command prints.
- Every command is a fork of its own with a nursery and a pool of servers in common; it is ended
  when its caller is gone, and all end with the standby.
- Code that changed on disk is not run: the caller is told, and the standby ends after the commands
  that run.
- When it ends, nothing is left: no command, no server, no socket.

What it does not do: hold anything of a student, import torch, or decide anything about grading.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from autograder.sandbox import Nursery
from autograder.sandbox.process import readable
from autograder.standby import place
from autograder.standby.client import receive, send
from autograder.standby.command import SIGNALS, become
from autograder.standby.lending import Pool, handed_over

LOCK: Final = "lock"
OTHER_CODE: Final = (
    "note: the standby runs other code than is installed now and ends; this command runs without it"
)
_END_SECONDS: Final = 10.0


class StandbyRefused(Exception):
    """There is a standby already, its place is not safe, or its code is not what is installed."""


@dataclass(frozen=True)
class Settings:
    """How much a standby keeps.

    Args:
        servers: so many idle warm servers at the most; a command at work uses two for each job.
        idle_seconds: idle servers are ended after this time.
    """

    servers: int = 2 * (os.cpu_count() or 1)
    idle_seconds: float = 900.0

    def __post_init__(self) -> None:
        if self.servers < 0 or self.idle_seconds <= 0:
            raise ValueError(f"{self}: servers must not be negative, and time must pass")


@dataclass(eq=False)
class _Caller:
    """One connection: from hello to the end of its command."""

    connection: socket.socket
    is_welcome: bool = False
    pid: int = 0
    pidfd: int = -1
    loans: socket.socket | None = None


@dataclass
class Standby:
    """Serves one data directory.

    Args:
        home: the data directory.
        run: the command line, on `sys.argv`.
        stamp: `place.fingerprint()` from before the commands' modules were imported.
        settings: how much it keeps.
        ready: called once, when it listens.
    """

    home: Path
    run: Callable[[], None]
    stamp: str
    settings: Settings = field(default_factory=Settings)
    ready: Callable[[], None] = lambda: None

    def serve(self) -> None:
        """Serve until SIGINT, SIGTERM or SIGHUP, or until the installed code has changed.

        Raises:
            StandbyRefused: another one serves this data directory, its folder is another's, or the
                code changed while it was imported.
            SandboxError: the nursery cannot start.
        """
        self._circumstances = place.circumstances()
        self._standing = place.standing("self")
        self._pool = Pool(self.settings.servers, self.settings.idle_seconds)
        self._callers: dict[int, _Caller] = {}  # by descriptor: connection, pidfd, loans
        self._poll = select.poll()
        self._served = 0
        self._is_ending = False
        with _folder(self.home) as folder, Nursery() as nursery, _woken() as wake:
            self._nursery = nursery
            self._token = _new_token(folder)
            with _listening(folder) as listener:
                for one in (listener.fileno(), wake):
                    self._poll.register(one, select.POLLIN)
                gc.collect()
                gc.freeze()  # commands share these pages as long as nobody writes to them
                if place.fingerprint() != self.stamp:
                    raise StandbyRefused("other code was installed meanwhile; start it again")
                self.ready()
                try:
                    while not self._is_ending:
                        self._turn(listener, wake)
                    self._poll.unregister(listener)
                    listener.close()
                    while any(caller.pid for caller in self._callers.values()):
                        self._turn(None, wake)
                except KeyboardInterrupt:
                    pass
                finally:
                    self._end()

    def _turn(self, listener: socket.socket | None, wake: int) -> None:
        wait = self._pool.tidy()
        # one at a time: answering it may close what another one is about
        for ready, _event in self._poll.poll(None if wait is None else wait * 1000 + 1)[:1]:
            if ready == wake:
                raise KeyboardInterrupt
            if listener is not None and ready == listener.fileno():
                self._admit(listener)
            elif ready in self._callers:
                caller = self._callers[ready]
                if ready == caller.pidfd:
                    self._ended(caller)
                elif caller.loans is not None and ready == caller.loans.fileno():
                    if not self._loan(caller.loans):
                        self._poll.unregister(ready)
                else:
                    self._asked(caller)

    def _admit(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it is gone, or out of sight
            connection, _address = listener.accept()
            pid, uid = place.peer(connection)
            if uid == os.geteuid() and place.standing(pid) == self._standing:
                self._watch(_Caller(connection), connection.fileno())

    def _asked(self, caller: _Caller) -> None:
        fds: list[int] = []
        try:
            message, fds = receive(caller.connection)
            self._answer(caller, message, fds)
        except Exception:  # noqa: BLE001  # whatever was sent, it ends this connection alone
            self._dismiss(caller)
        for descriptor in fds:
            os.close(descriptor)

    def _answer(self, caller: _Caller, message: dict[str, Any], fds: list[int]) -> None:
        event = message.get("event")
        if event == "hello" and secrets.compare_digest(str(message.get("token")), self._token):
            if message.get("fingerprint") != self.stamp:
                send(caller.connection, {"event": "refused", "say": OTHER_CODE})
                self._is_ending = True
            elif message.get("circumstances") == self._circumstances:
                caller.is_welcome = True
                send(caller.connection, {"event": "welcome"})
                return
        elif event == "status" and caller.is_welcome:
            send(caller.connection, self._status())
        elif event == "command" and caller.is_welcome and caller.loans is None and len(fds) == 5:
            self._start(caller, fds)
            return
        self._dismiss(caller)

    def _status(self) -> dict[str, Any]:
        self._pool.tidy()
        commands = {caller.pid for caller in self._callers.values() if caller.pid}
        return {
            "event": "status",
            "pid": os.getpid(),
            "commands": sorted(commands),
            "served": self._served,
            "idle_servers": len(self._pool),
        }

    def _start(self, caller: _Caller, belongings: list[int]) -> None:
        """Fork the command."""
        nursery = self._nursery.open()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        standby = os.pidfd_open(os.getpid())
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # its handlers are still ours
        with nursery, theirs:
            caller.pid = os.fork()
            if caller.pid == 0:
                become(self.run, standby, belongings, nursery, theirs, self.stamp)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(standby)
        self._served += 1
        caller.pidfd, caller.loans = os.pidfd_open(caller.pid), ours
        self._watch(caller, caller.pidfd)
        self._watch(caller, ours.fileno())
        with contextlib.suppress(OSError):  # its end is noticed by the loop
            send(caller.connection, {"event": "started"}, [caller.pidfd])

    def _loan(self, loans: socket.socket) -> bool:
        """Lend a server, or take one back; False when the command is gone."""
        message, fds = receive(loans)
        if not message:
            return False
        if message["event"] == "give":
            if (running := handed_over(message, fds)) is not None:
                self._pool.put(message["name"], running)
            return True
        running = self._pool.take(message["name"])
        layers, given = (running.layers, running.fds) if running else ((), ())
        with contextlib.suppress(OSError):
            send(loans, {"event": "lent", "layers": layers}, [*given])
        for descriptor in given:
            os.close(descriptor)
        return True

    def _ended(self, caller: _Caller) -> None:
        """Take back what a command still gave, and tell its caller how it ended."""
        assert caller.loans is not None
        while readable(caller.loans, time.monotonic()) and self._loan(caller.loans):
            pass
        _pid, status = os.waitpid(caller.pid, 0)
        with contextlib.suppress(OSError):
            send(caller.connection, {"event": "ended", "status": status})
        self._dismiss(caller)

    def _watch(self, caller: _Caller, descriptor: int) -> None:
        self._callers[descriptor] = caller
        self._poll.register(descriptor, select.POLLIN)

    def _dismiss(self, caller: _Caller) -> None:
        """Forget a caller; a command of one who is gone is ended, and its end noticed later."""
        if caller.pid and not readable(caller.pidfd, time.monotonic()):
            signal.pidfd_send_signal(caller.pidfd, signal.SIGKILL)
            self._forget(caller.connection.fileno())
            return
        for descriptor in [d for d, one in self._callers.items() if one is caller]:
            self._forget(descriptor)
        caller.connection.close()
        if caller.loans is not None:
            caller.loans.close()
            os.close(caller.pidfd)

    def _forget(self, descriptor: int) -> None:
        del self._callers[descriptor]
        with contextlib.suppress(KeyError):
            self._poll.unregister(descriptor)

    def _end(self) -> None:
        """End commands and servers, and wait until they are gone."""
        deadline = time.monotonic() + _END_SECONDS
        for caller in {caller for caller in self._callers.values() if caller.pid}:
            signal.pidfd_send_signal(caller.pidfd, signal.SIGINT)
            if not readable(caller.pidfd, deadline):
                signal.pidfd_send_signal(caller.pidfd, signal.SIGKILL)
            self._ended(caller)
        for pidfd in self._pool.clear():
            if not readable(pidfd, deadline):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            os.close(pidfd)


@contextlib.contextmanager
def _folder(home: Path) -> Iterator[int]:
    """Hold the standby's folder alone."""
    path = home / place.FOLDER
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        folder = place.open_folder(home)
    except OSError as error:
        raise StandbyRefused(str(error)) from error
    try:
        lock = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        with open(lock, "w") as file:  # noqa: PTH123  # a descriptor
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StandbyRefused(f"a standby serves {home} already") from error
            yield folder
    finally:
        os.close(folder)


@contextlib.contextmanager
def _listening(folder: int) -> Iterator[socket.socket]:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(place.SOCKET, dir_fd=folder)  # in the folder, wherever it lies
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(place.address_in(folder))
        listener.listen()
        try:
            yield listener
        finally:
            for name in (place.SOCKET, place.TOKEN):
                os.unlink(name, dir_fd=folder)


def _new_token(folder: int) -> str:
    token = secrets.token_hex(32)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(place.TOKEN, flags, 0o600, dir_fd=folder), "w") as file:
        file.write(token)
    return token


@contextlib.contextmanager
def _woken() -> Iterator[int]:
    """Yield a descriptor that becomes readable when the standby is asked to end."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [
        signal.signal(number, lambda _number, _frame: os.write(writer, b".")) for number in numbers
    ]
    try:
        yield reader
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
