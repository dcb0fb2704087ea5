"""Warm servers that pass from one command to the next, and the nursery as a command borrows it.

What it guarantees:

- A server is named by a digest of all it was made from; it is lent to who asks for that name only,
  and to one at a time. While it is lent only the command holds its socket: when the command dies,
  the server ends.
- A command gives a server back when it was used without any fault and when what it was made from
  is still the same; any other server is ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.sandbox import ForkServer, Handover, Launch, Lodger, Nursery
from autograder.sandbox.process import readable
from autograder.standby import place
from autograder.standby.client import receive, send

_lent: ContextVar[Nursery | None] = ContextVar(
    "the nursery that this command borrows", default=None
)


def nursery() -> Nursery:
    """Return the nursery for a command: the standby's where it runs in one, else a new one."""
    return _lent.get() or Nursery()


def borrow_from(lender: Borrower) -> None:
    """Let `nursery` return this one from now on."""
    _lent.set(lender)


def name_of(launch: Launch, stamp: str) -> str:
    """Return a digest of a launch and of all that a server made from it reads.

    Args:
        launch: what the server is to be.
        stamp: of the code that makes it.

    Raises:
        OSError: something that it would read is missing.
    """
    policy = launch.isolation.policy if launch.isolation else None
    content: list[Any] = [
        stamp,
        (launch.entry, launch.warm, launch.argument),
        sorted(launch.environment.items()),
        launch.python_path,
        launch.isolation.allow if launch.isolation else "",
        policy.to_json() if policy else None,
    ]
    for one in launch.reads:
        for status in place.statuses(one):
            content += [status, hashlib.sha256(Path(str(status[0])).read_bytes()).hexdigest()]
    if policy is not None:
        shown = [bind.source for bind in policy.view.binds]
        shown += [folder for _name, folder in policy.view.courses]
        identities = [os.stat(one) for one in shown]  # noqa: PTH116  # what is mounted, not its content
        content += [(one.st_dev, one.st_ino) for one in identities]
        content += [status for one in policy.view.copies for status in place.statuses(one)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class Borrower(Lodger):
    """The standby's nursery and pool, as one command uses them; usable from any thread.

    Args:
        control: what `Nursery.open` returned.
        owner: pidfd of the standby.
        loans: where servers are borrowed and given back.
        stamp: of the code that runs.
    """

    def __init__(
        self, control: socket.socket, owner: int, loans: socket.socket, stamp: str
    ) -> None:
        super().__init__(control, owner)
        self._loans = loans
        self._stamp = stamp
        self._names: dict[ForkServer, str] = {}
        self._asking = threading.Lock()

    def server(self, launch: Launch) -> ForkServer:
        """Return the handle of a server: a warm one where the standby has it."""
        server = super().server(launch)
        name = self._name(launch)
        if name and self.is_at_home:
            self._names[server] = name
            with self._asking:
                send(self._loans, {"event": "borrow", "name": name})
                answer, fds = receive(self._loans)
            if (running := handed_over(answer, fds)) is not None:
                server.take(running)
        return server

    def take_back(self, server: ForkServer) -> None:
        """Give a server back to the standby; end it when anything about it is in doubt."""
        name = self._names.pop(server, "")
        if name and self.is_at_home and name == self._name(server.launch):
            running = server.hand_over()
            if running is not None:
                message = {"event": "give", "name": name, "layers": running.layers}
                with contextlib.suppress(OSError):  # the standby is gone: closing ends the server
                    send(self._loans, message, list(running.fds))
                for descriptor in running.fds:
                    os.close(descriptor)
        server.close()

    def _name(self, launch: Launch) -> str:
        """Return the name of a server that may be kept; "" for others."""
        if launch.isolation is not None and launch.isolation.policy.view.devices:
            return ""  # a GPU is leased to one command
        try:
            return name_of(launch, self._stamp)
        except OSError:  # it will not start either, and say why
            return ""


def handed_over(message: dict[str, Any], fds: list[int]) -> Handover | None:
    """Return the server that came with a message; None, and nothing left open, when none did."""
    if len(fds) == 3:
        return Handover((fds[0], fds[1], fds[2]), tuple(message["layers"]))
    for descriptor in fds:
        os.close(descriptor)
    return None


@dataclass(frozen=True)
class _Idle:
    name: str
    running: Handover
    since: float


class Pool:
    """Idle warm servers.

    Args:
        most: so many at the most; the one unused for longest goes first.
        idle_seconds: unused servers are ended after this time.
    """

    def __init__(self, most: int, idle_seconds: float) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._idle: list[_Idle] = []

    def __len__(self) -> int:
        return len(self._idle)

    def put(self, name: str, running: Handover) -> None:
        """Keep a server that nobody uses."""
        self._idle.append(_Idle(name, running, time.monotonic()))
        while len(self._idle) > self._most:
            _end(self._idle.pop(0).running)

    def take(self, name: str) -> Handover | None:
        """Return a server of that name, which the caller then owns; None when there is none."""
        self.tidy()
        for one in reversed(self._idle):
            if one.name == name:
                self._idle.remove(one)
                return one.running
        return None

    def tidy(self) -> float | None:
        """End what was unused too long or died; returns in how many seconds to look again."""
        now = time.monotonic()
        for one in [*self._idle]:
            if readable(one.running.fds[1], now) or now - one.since >= self._idle_seconds:
                self._idle.remove(one)
                _end(one.running)
        return max(0.0, self._idle[0].since + self._idle_seconds - now) if self._idle else None

    def clear(self) -> list[int]:
        """End all; returns pidfds, owned by the caller, of what is ending."""
        pidfds = [os.dup(one.running.fds[1]) for one in self._idle]
        for one in self._idle:
            _end(one.running)
        self._idle = []
        return pidfds


def _end(running: Handover) -> None:
    """Close a server's socket, which ends it and all that it forked."""
    for descriptor in running.fds:
        os.close(descriptor)
