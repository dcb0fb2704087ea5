"""Looks after running sessions: reconciles leases, warns the idle, ends what has to end.

One task in the hub's process. Each round:

1. Leases of servers that the hub neither runs nor remembers are taken back, and whatever still runs
   with them is ended first: after a crash of the hub nothing stays handed out.
2. Each session with a GPU is measured; the watch says what to tell the person and whether to end.

What it guarantees:

- A round that fails is logged, and the next one comes.
- The hub's event loop waits neither for the allocator's file nor for a look at all processes.
- Nobody's server is ended without a notice before (`autograder.gpu.watch`).

What it does not do: decide who gets what.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Iterable
from typing import Any, Protocol

from autograder.gpu import Allocator, Blind, GpuError, Lease, Meter, NvmlMeter, Source
from autograder.gpu.desk import Desk, end_strays
from autograder.gpu.watch import End, EndProcess, Over, Remember, Say, actions

STATE = "gpu_lease"
READY_SECONDS = 0.2
log = logging.getLogger("gradlab.gpu")


class Session(Protocol):
    """A server as the keeper needs it."""

    lease: Lease | None

    def session_processes(self) -> frozenset[int] | None:
        """Return its processes on this machine."""
        ...


class House(Protocol):
    """The hub as the keeper needs it."""

    def is_open(self) -> bool:
        """Whether the hub has loaded what ran before it started."""
        ...

    def sessions(self) -> Iterable[Session]:
        """Return the servers that run or start."""
        ...

    def remembered(self) -> set[str]:
        """Return the leases of servers that the hub's database remembers."""
        ...

    async def end(self, session: Session, reason: str) -> None:
        """End a server."""
        ...


class Hub:
    """The running JupyterHub."""

    def __init__(self, app: Any) -> None:
        """Look at a hub's application."""
        self._app = app

    def is_open(self) -> bool:
        """Whether the hub has loaded what ran before it started."""
        return getattr(self._app, "users", None) is not None and self._app.proxy is not None

    def sessions(self) -> Iterable[Session]:
        """Return the servers that run or start."""
        return [
            spawner
            for user in list(self._app.users.values())
            for spawner in list(user.spawners.values())
            if getattr(spawner, "lease", None) is not None
        ]

    def remembered(self) -> set[str]:
        """Return the leases of servers that the hub's database remembers."""
        from jupyterhub import orm

        states = self._app.db.query(orm.Spawner.state).filter(orm.Spawner.server_id.isnot(None))
        return {state[STATE] for (state,) in states if state and STATE in state}

    async def end(self, session: Any, reason: str) -> None:
        """Take a server's address away, then end it."""
        user, name = session.user, session.name
        if not session.ready:
            return  # it ends already, or never began
        log.info("ending %s: %s", session._log_name, reason)
        await self._app.proxy.delete_user(user, name)
        await user.stop(name)


class Keeper:
    """The task."""

    def __init__(self, desk: Desk, house: House, meter: Meter | None = None) -> None:
        """Begin with nothing known.

        Args:
            desk: the GPU desk; it has an allocator.
            house: the hub.
            meter: where utilisation comes from; by default NVML's where the inventory is NVML's.
        """
        assert desk.allocator is not None
        self._desk = desk
        self._house = house
        self._allocator: Allocator = desk.allocator
        self._meter = meter or usual_meter(desk)

    async def run(self) -> None:
        """Keep, until the task is cancelled."""
        while not self._house.is_open():  # noqa: ASYNC110 (the hub tells nobody when it is)
            await asyncio.sleep(READY_SECONDS)
        while True:
            try:
                await self.round()
            except Exception:
                log.exception("looking after GPU sessions failed; trying again")
            await asyncio.sleep(self._desk.settings.watch_seconds)

    async def round(self) -> None:
        """Look after everything once."""
        async with self._desk.granting:
            sessions = [one for one in self._house.sessions() if one.lease is not None]
            held = {one.lease.id for one in sessions if one.lease} | self._house.remembered()
            await asyncio.to_thread(self._take_back, held)
        await asyncio.to_thread(self._allocator.look_after, held)
        for session in sessions:
            await self._look_at(session)

    def _take_back(self, held: set[str]) -> None:
        """Take back what no server has; where something still runs with it, the next round does."""
        strayed = {
            lease.id
            for lease in self._allocator.leases()
            if lease.id not in held and lease.purpose == "session" and end_strays(lease.id)
        }
        for lease in self._allocator.reconcile(held | strayed):
            log.warning("took back %s of %s, whose server is gone", lease.device.uuid, lease.owner)

    async def _look_at(self, session: Session) -> None:
        lease = session.lease
        if lease is None:
            return
        attention = await asyncio.to_thread(self._allocator.attention, lease.id)
        if attention is None:
            return
        processes = session.session_processes()
        usage = await asyncio.to_thread(self._meter.read, attention.lease, processes)
        if session.lease is None:
            return  # it ended meanwhile
        change = asyncio.to_thread
        for action in actions(attention, usage, self._desk.settings.watch, time.time()):
            match action:
                case Remember(busy_at, warned_at):
                    await change(self._allocator.remember, lease.id, busy_at, warned_at)
                case Say(key, text):
                    await change(self._allocator.notify, lease.id, key, text)
                case Over(at):
                    await change(self._allocator.remember_over, lease.id, at)
                case EndProcess(pid):
                    _end(pid, processes)
                case End(reason):
                    await self._house.end(session, reason)
                    return


def _end(pid: int, processes: frozenset[int] | None) -> None:
    """End a process, if it is still one of the session's."""
    if processes is not None and pid in processes:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def usual_meter(desk: Desk) -> Meter:
    """Return NVML's meter where the devices are NVML's; else one that knows nothing."""
    if desk.inventory.source is not Source.NVML:
        return Blind()
    try:
        return NvmlMeter()
    except GpuError as error:
        log.warning("utilisation is unknown, so that no session ends for being idle: %s", error)
        return Blind()


def start(desk: Desk) -> asyncio.Task[None] | None:
    """Start keeping in the hub that is being configured; `None` where no hub runs.

    The configuration is read inside the hub's event loop, so that a task can begin here; it waits
    until the hub is open.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    if desk.allocator is None:
        return None
    if desk.note:
        log.warning("%s (%d devices)", desk.note, len(desk.inventory.devices))
    from jupyterhub.app import JupyterHub

    if not JupyterHub.initialized():
        return None
    return loop.create_task(Keeper(desk, Hub(JupyterHub.instance())).run(), name="GPU keeper")
