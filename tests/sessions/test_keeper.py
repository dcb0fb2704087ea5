"""The keeper with a hub, utilisation and processes that the test decides on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest

from autograder.gpu import (
    LEASE_VARIABLE,
    Allocator,
    DeclaredDevice,
    Demand,
    Device,
    GpuError,
    Granted,
    Kind,
    Lease,
    Profile,
    Purpose,
    Usage,
)
from autograder.gpu.desk import FILE_NAME, Desk
from autograder.sessions import GpuSettings
from autograder.sessions.keeper import Keeper
from autograder.sessions.mixin import poll

SETTINGS = GpuSettings(
    devices=(DeclaredDevice("A100", 8, count=2, shares=2),),
    profiles=(Profile("share", kind=Kind.SHARE, hours=1),),
    idle_minutes=0.0002,
    grace_minutes=0.0002,
)


class FakeSession:
    """A server."""

    def __init__(self, lease: Lease, processes: frozenset[int] | None = frozenset()) -> None:
        self.lease: Lease | None = lease
        self._processes = processes

    def session_processes(self) -> frozenset[int] | None:
        return self._processes


class FakeHouse:
    """A hub."""

    def __init__(self) -> None:
        self.running: list[FakeSession] = []
        self.known: set[str] = set()
        self.ended: list[tuple[FakeSession, str]] = []

    def is_open(self) -> bool:
        return True

    def sessions(self) -> Iterable[FakeSession]:
        return self.running

    def remembered(self) -> set[str]:
        return self.known

    async def end(self, session: FakeSession, reason: str) -> None:
        self.ended.append((session, reason))


class FakeMeter:
    """Utilisation by hand."""

    def __init__(self) -> None:
        self.usage = Usage()

    def read(self, lease: Lease, processes: frozenset[int] | None) -> Usage:
        assert lease.owner
        assert processes is None or isinstance(processes, frozenset)
        return self.usage


class World:
    """All of it."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk.open(SETTINGS, folder)
        assert self.desk.allocator is not None
        self.allocator: Allocator = self.desk.allocator
        self.house = FakeHouse()
        self.meter = FakeMeter()
        self.keeper = Keeper(self.desk, self.house, self.meter)

    def lease(self, owner: str) -> Lease:
        answer = self.allocator.poll(self.allocator.ask(Demand(owner, "share")))
        assert isinstance(answer, Granted)
        return answer.lease

    def round(self) -> None:
        asyncio.run(self.keeper.round())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_leases_of_servers_that_are_gone_are_taken_back(world: World) -> None:
    """What runs and what the hub's database remembers stays; the rest is free."""
    running, remembered, lost = (world.lease(name) for name in ("ann", "ben", "cat"))
    world.house.running = [FakeSession(running)]
    world.house.known = {remembered.id}
    world.round()
    assert {one.id for one in world.allocator.leases()} == {running.id, remembered.id}
    assert lost.id not in {one.id for one in world.allocator.leases()}


def test_what_still_runs_with_a_lost_lease_is_ended_first(world: World) -> None:
    """A process that outlived its hub does not keep using a GPU that somebody else has."""
    lost = world.lease("ann")
    with subprocess.Popen(
        [sys.executable, "-c", "print(); input()"],
        env={**os.environ, LEASE_VARIABLE: lost.id},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as stray:
        assert stray.stdout is not None
        stray.stdout.readline()
        world.round()
        assert [one.id for one in world.allocator.leases()] == [lost.id], "not in the same round"
        assert stray.wait(30) == -9
    world.round()
    assert world.allocator.leases() == []


def test_an_idle_session_is_warned_and_ended_a_busy_one_is_not(world: World) -> None:
    """The warning is a notice that the person's page shows."""
    idle = FakeSession(world.lease("ann"))
    world.house.running = [idle]
    assert idle.lease is not None
    world.meter.usage = Usage(gpu_percent=0.0)
    while not world.house.ended:
        world.round()
    assert world.house.ended == [(idle, "its GPU was idle")]
    [notice] = world.allocator.notices(idle.lease.id)
    assert "has done nothing" in notice.text
    world.meter.usage = Usage(gpu_percent=90.0)
    world.round()
    assert world.allocator.notices(idle.lease.id) == [], "work takes the warning back"
    assert len(world.house.ended) == 1


def test_unknown_utilisation_ends_nobody(world: World) -> None:
    """A declared inventory has no utilisation."""
    world.house.running = [FakeSession(world.lease("ann"), None)]
    for _ in range(5):
        world.round()
    assert world.house.ended == []


def test_more_memory_than_the_share_is_told_and_then_ended(world: World) -> None:
    """The largest process goes after the grace, if it is still the session's; nobody else's."""
    lease = world.lease("ann")
    waits = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(waits, stdin=subprocess.PIPE) as large,
        subprocess.Popen(waits, stdin=subprocess.PIPE) as other,
    ):
        session = FakeSession(lease, frozenset([large.pid]))
        world.house.running = [session]
        world.meter.usage = Usage(90.0, 90.0, lease.memory_bytes + 1, large.pid)
        world.round()
        [notice] = world.allocator.notices(lease.id)
        assert "its share is 4.0 GiB" in notice.text
        assert large.poll() is None
        world.meter.usage = Usage(90.0, 90.0, lease.memory_bytes, large.pid)
        world.round()
        assert world.allocator.notices(lease.id) == [], "it keeps to its share again"
        world.allocator.remember_over(lease.id, time.time() - 61)
        world.meter.usage = Usage(90.0, 90.0, lease.memory_bytes + 1, other.pid)
        world.round()
        assert other.poll() is None, "a number that was used again belongs to somebody else"
        world.meter.usage = Usage(90.0, 90.0, lease.memory_bytes + 1, large.pid)
        world.round()
        assert large.wait(30) == -9
        other.kill()
    assert world.house.ended == [], "the session goes on"


def test_the_hub_goes_on_while_another_process_changes_leases(world: World, tmp_path: Path) -> None:
    """A round waits in a thread: the event loop runs until the other process is done."""
    world.house.running = [FakeSession(world.lease("ann"))]

    async def go_on() -> None:
        other = sqlite3.connect(tmp_path / FILE_NAME)
        other.execute("begin immediate")
        rounds = [asyncio.create_task(world.keeper.round())]
        rounds.append(asyncio.create_task(poll(world.allocator, 1)))
        done, _ = await asyncio.wait(rounds, timeout=0.2)
        assert done == set()
        other.close()
        await asyncio.wait(rounds, timeout=30)
        assert rounds[0].exception() is None
        assert isinstance(rounds[1].exception(), GpuError), "nobody asked for that"

    asyncio.run(go_on())


def test_a_lease_that_comes_after_the_start_was_broken_off_is_given_back() -> None:
    """A thread cannot be stopped: what it is given then is nobody's."""
    asked, may_answer, released = threading.Event(), threading.Event(), threading.Event()
    lease = Lease("l1", "ann", "", "", "share", Purpose.SESSION, Device("G", "A100", 1, 0), 1, 0.0)

    class Slow:
        """An allocator that is asked for its lock for a long time."""

        def poll(self, _request: int) -> Granted:
            asked.set()
            may_answer.wait(30)
            return Granted(lease)

        def release(self, lease_id: str) -> None:
            assert lease_id == lease.id
            released.set()

    async def break_off() -> None:
        starting = asyncio.create_task(poll(cast(Allocator, Slow()), 1))
        await asyncio.to_thread(asked.wait, 30)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        may_answer.set()
        assert await asyncio.to_thread(released.wait, 30)

    asyncio.run(break_off())


def test_a_failing_round_does_not_end_the_keeper(world: World) -> None:
    """The next round comes."""
    rounds = []

    async def fail() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            raise asyncio.CancelledError
        raise RuntimeError("a round that fails")

    world.keeper.round = fail  # type: ignore[method-assign]  # the round is what fails
    world.desk.settings = GpuSettings(watch_seconds=0.1)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(world.keeper.run())
    assert len(rounds) == 3
