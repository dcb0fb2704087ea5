"""Whatever happens in whatever order: nothing is handed out twice, nothing is lost."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from autograder.gpu import (
    GIB,
    Allocator,
    Budget,
    Demand,
    Device,
    GpuError,
    GpuRefused,
    Granted,
    Holder,
    Kind,
    Lease,
    Profile,
    Purpose,
    Reservation,
    Rules,
    Waiting,
)
from autograder.gpu.rules import HOUR

NOON = 1_800_000_000.0
DEVICES = (
    Device("GPU-0", "A100", 40 * GIB, 0, shares=3),
    Device("GPU-1", "A100", 40 * GIB, 1),
    Device("GPU-2", "H200", 140 * GIB, 2, shares=2),
    Device("MIG-0", "A100 MIG 1g.10gb", 10 * GIB, 3, "GPU-3", "1g.10gb"),
    Device("MIG-1", "A100 MIG 1g.10gb", 10 * GIB, 3, "GPU-3", "1g.10gb"),
)
PROFILES = (
    Profile("share", kind=Kind.SHARE, hours=2),
    Profile("whole", kind=Kind.WHOLE, hours=3),
    Profile("endless", kind=Kind.WHOLE),
    Profile("slice", kind=Kind.MIG, mig="1g.10gb", hours=1),
    Profile("h200", kind=Kind.WHOLE, model="H200", hours=1),
)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


RULES = Rules(
    profiles=PROFILES,
    reservations=(
        Reservation("lab", "whole", 1, iso(NOON + HOUR), iso(NOON + 3 * HOUR)),
        Reservation("lab", "share", 2, iso(NOON + HOUR), iso(NOON + 2 * HOUR)),
        Reservation("other", "slice", 1, iso(NOON + 2 * HOUR), iso(NOON + 4 * HOUR)),
    ),
    budgets=(Budget("lab", hours=20, person_hours=5), Budget("other", person_hours=2, days=1)),
)
PEOPLE = tuple(f"p{number}" for number in range(6))
COURSES = ("lab", "other", "")


class Machine(RuleBasedStateMachine):
    """People, graders, a hub that crashes, and time; the model knows only who was given what."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = NOON
        self.dead: set[int] = set()
        self.pids = 1000
        self.waiting: dict[int, Demand] = {}
        self.sessions: dict[str, Lease] = {}  # whose servers run
        self.runs: dict[str, tuple[Lease, int]] = {}  # whose grading processes run
        self.allocator = self.open()

    def open(self) -> Allocator:
        path = Path(self.folder.name, "gpu.sqlite")
        return Allocator(
            path, DEVICES, RULES, lambda: self.now, lambda one: one.pid not in self.dead
        )

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(hours=st.sampled_from([0.0, 0.5, 1.5, 2.5]))
    def begin(self, hours: float) -> None:
        """Before, during or after reservations."""
        self.now += hours * HOUR

    @rule(
        owner=st.sampled_from(PEOPLE),
        profile=st.sampled_from(PROFILES),
        course=st.sampled_from(COURSES),
        priority=st.integers(0, 2),
    )
    def ask(self, owner: str, profile: Profile, course: str, priority: int) -> None:
        """A person presses start."""
        demand = Demand(owner, profile.name, "", course, frozenset([course]), priority)
        self.waiting = {k: v for k, v in self.waiting.items() if v.owner != owner or v.holder}
        try:
            number = self.allocator.ask(demand)
            self.waiting[number] = demand
            self._poll(number)  # as a spawner does at once
        except GpuRefused:
            left = self.allocator.remaining(owner, course).hours
            assert left is not None
            assert left <= 0

    @rule(profile=st.sampled_from(PROFILES))
    def grade(self, profile: Profile) -> None:
        """A grading run asks."""
        self.pids += 1
        demand = Demand(
            "grader", profile.name, course="lab", courses=frozenset(["lab"]),
            purpose=Purpose.GRADING, holder=Holder(self.pids, 1, "boot", "host"),
        )  # fmt: skip
        with contextlib.suppress(GpuRefused):  # the course's hours are used up
            self.waiting[self.allocator.ask(demand)] = demand

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def poll(self, data: st.DataObject) -> None:
        """Somebody asks after their request."""
        number = data.draw(st.sampled_from(sorted(self.waiting)))
        self._poll(number)

    def _poll(self, number: int) -> bool:
        demand = self.waiting[number]
        try:
            answer = self.allocator.poll(number)
        except GpuError as error:
            if not isinstance(error, GpuRefused) and "no longer in the queue" not in str(error):
                raise
            del self.waiting[number]
            self.allocator.cancel(number)
            return False
        if isinstance(answer, Waiting):
            assert answer.position >= 1
            return False
        assert isinstance(answer, Granted)
        lease = answer.lease
        del self.waiting[number]
        self._check_grant(demand, lease)
        if demand.holder is None:
            self.sessions[lease.id] = lease
        else:
            self.runs[lease.id] = lease, demand.holder.pid
        return True

    def _check_grant(self, demand: Demand, lease: Lease) -> None:
        assert (lease.owner, lease.profile) == (demand.owner, demand.profile)
        for mine in self.having():
            assert not clash(mine, lease), (mine, lease)
            if demand.holder is None:
                assert mine.owner != lease.owner, "one session for each person"
        for window in self.allocator.windows:
            one = window.reservation
            taken = {unit for unit in window.units if unit[0] == lease.device.uuid}
            mine = lease.share is None or (lease.device.uuid, lease.share) in taken
            if taken and mine and one.course not in demand.courses and one.ends_at > self.now:
                assert one.begins_at > self.now, "another course's at this time"
                assert lease.ends_at is not None
                assert lease.ends_at <= one.begins_at

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Somebody gives up."""
        number = data.draw(st.sampled_from(sorted(self.waiting)))
        self.allocator.cancel(number)
        del self.waiting[number]

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A server ends; saying so twice does no harm."""
        lease_id = data.draw(st.sampled_from(self.in_order()))
        assert self.allocator.release(lease_id)
        assert not self.allocator.release(lease_id)
        del self.sessions[lease_id]

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        """A grading process is killed; nobody says anything."""
        lease_id = data.draw(st.sampled_from(sorted(self.runs, key=lambda one: self.runs[one][1])))
        self.dead.add(self.runs.pop(lease_id)[1])

    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The hub dies: its waiters are gone, some servers too; the next one says what runs."""
        self.waiting = {k: v for k, v in self.waiting.items() if v.holder}
        for lease_id in self.in_order():
            if data.draw(st.booleans()):
                del self.sessions[lease_id]
        self.allocator = self.open()
        self.allocator.reconcile(self.sessions)

    @rule(seconds=st.sampled_from([1.0, 30.0, 61.0, 600.0, 3600.0]))
    def pass_time(self, seconds: float) -> None:
        """Time passes; the hub ends what has to end."""
        self.now += seconds
        self.allocator.look_after(self.sessions)
        for lease in self.allocator.leases():
            over = lease.ends_at is not None and lease.ends_at <= self.now
            if over and lease.id in self.sessions:
                self.allocator.release(lease.id)
                del self.sessions[lease.id]

    @rule()
    def drain(self) -> None:
        """When all end and all ask, the queue empties: nobody is forgotten."""
        for lease_id in self.in_order():
            self.allocator.release(lease_id)
        self.sessions.clear()
        self.dead |= {pid for _, pid in self.runs.values()}
        self.runs.clear()
        self.now = max(self.now, NOON + 5 * HOUR)  # after the reservations
        for _ in range(2):  # requests of a hub that died are dropped, those asked after stay
            for number in sorted(self.waiting):
                self._poll(number)
            self.now += 40
        for _ in range(len(self.waiting) + 1):
            for number in sorted(self.waiting):
                self._poll(number)
            for lease_id in self.in_order():
                self.allocator.release(lease_id)
            self.sessions.clear()
            self.dead |= {pid for _, pid in self.runs.values()}
            self.runs.clear()
        assert not self.waiting

    def in_order(self) -> list[str]:
        """Return the sessions by their owners: ids are random, and a history has to repeat."""
        return sorted(self.sessions, key=lambda one: self.sessions[one].owner)

    def having(self) -> list[Lease]:
        return [*self.sessions.values(), *(lease for lease, _ in self.runs.values())]

    @invariant()
    def nothing_leaks_and_nothing_is_had_twice(self) -> None:
        """The file knows exactly the leases that were given and not given back."""
        alive = {lease.id for lease in self.having()}
        self.allocator.queue()  # whatever is asked first notices the dead
        known = {lease.id: lease for lease in self.allocator.leases()}
        assert set(known) == alive
        leases = list(known.values())
        for number, one in enumerate(leases):
            assert not any(clash(one, other) for other in leases[:number])

    @invariant()
    def the_queue_is_the_waiters(self) -> None:
        """Nobody waits who did not ask; who is missing was silent for too long."""
        assert {one.id for one in self.allocator.queue()} <= set(self.waiting) | self.orphans()

    def orphans(self) -> set[int]:
        """Return requests of a hub that died: they stay until their patience ends."""
        return {
            one.id
            for one in self.allocator.queue()
            if one.demand.holder is None and one.id not in self.waiting
        }


def clash(one: Lease, other: Lease) -> bool:
    """Whether two leases have something in common."""
    if one.device.uuid != other.device.uuid:
        return one.device.parent == other.device.uuid or other.device.parent == one.device.uuid
    return one.share is None or other.share is None or one.share == other.share


def budget(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


def test_nothing_leaks_whatever_happens() -> None:
    """A few histories in every run."""
    run_state_machine_as_test(Machine, settings=budget(30))


@pytest.mark.slow
def test_nothing_leaks_whatever_happens_many_times() -> None:
    """Many histories."""
    run_state_machine_as_test(Machine, settings=budget(80))
