"""The allocator: who has which GPU, for sessions and grading runs alike.

Invariants, whatever processes die and whenever:

- A unit is never had by two leases; a lease ends only when it is released.
- A grading run's lease ends with its process. A session's lease ends when the hub says that the
  server has ended, also when the hub that started it is another one (`reconcile`).
- A place in the queue is kept as long as somebody asks after it.
- Hours are counted from grant to release; while no hub looked after a server that ended, they are
  not counted.

- What only tells (`lease`, `queue`, `availability` and so on) changes nothing and keeps nobody from
  changing; the others may wait for their turn, so that an event loop calls them in a thread.

What it does not do: end sessions. It says when a lease should end; the hub's keeper does it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.gpu.demand import Availability, Demand, Granted, Remaining, Request, Waiting
from autograder.gpu.device import Device
from autograder.gpu.errors import GpuError, GpuRefused
from autograder.gpu.forecast import expected_wait, usual_seconds
from autograder.gpu.lease import Lease, Purpose
from autograder.gpu.plan import Floor, Placement, Plan, make_plan
from autograder.gpu.processes import Holder
from autograder.gpu.profile import Profile
from autograder.gpu.rules import HOUR, Rules, Window, fitting, pinned
from autograder.gpu.store import Rows, Store

CPU_MESSAGE = "a profile without a GPU needs no lease"


@dataclass(frozen=True)
class Notice:
    """Something that a person is told about their session.

    Args:
        id: its number.
        at: when it was written, in seconds since the epoch.
        text: what is said.
    """

    id: int
    at: float
    text: str


@dataclass(frozen=True)
class Attention:
    """What the watch remembers of a lease.

    Args:
        lease: which.
        busy_at: when the device was last seen at work.
        warned_at: when the person was warned that it is idle; `None`: not since it was busy.
        over_at: since when it uses more memory than its share; `None`: it does not.
    """

    lease: Lease
    busy_at: float
    warned_at: float | None
    over_at: float | None = None


class Allocator:
    """Leases of one inventory in one file; any number of processes may have one each."""

    def __init__(
        self,
        path: Path,
        devices: Iterable[Device],
        rules: Rules,
        clock: Callable[[], float] = time.time,
        is_alive: Callable[[Holder], bool] = Holder.is_alive,
    ) -> None:
        """Open the file.

        Args:
            path: the file; made when it is not there.
            devices: the inventory.
            rules: who gets what.
            clock: the time in seconds since the epoch.
            is_alive: whether a process runs.
        """
        self.devices = tuple(devices)
        self.rules = rules
        self._windows = pinned(rules, self.devices)
        self._clock = clock
        self._is_alive = is_alive
        self._store = Store(path)

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the reservations with the units that they keep."""
        return self._windows

    def ask(self, demand: Demand) -> int:
        """Enter the queue and return the request's number.

        Raises:
            GpuRefused: waiting would not help; the message is for the person.
        """
        profile = self.rules.profile(demand.profile)
        if profile is None or not profile.takes_gpu:
            raise GpuRefused(CPU_MESSAGE if profile else "there is no such profile")
        if not fitting(profile, self.devices):
            raise GpuRefused(f"there is no device for {profile.label!r}")
        with self._store.change() as rows:
            self._refuse_without_hours(rows, demand)
            now = self._clock()
            since = now - self.rules.patience_seconds
            return rows.add_request(demand, now, since)

    def poll(self, request_id: int) -> Granted | Waiting:
        """Return the lease when there is one; keep the place in the queue when not.

        Raises:
            GpuRefused: the hours were used up meanwhile.
            GpuError: the request is not in the queue (any more).
        """
        now = self._clock()
        with self._store.change() as rows:
            # not each time: a transaction that writes waits for the disk
            rows.run(
                "update request set seen_at = ? where id = ? and seen_at < ?",
                now, request_id, now - self.rules.patience_seconds / 4,
            )  # fmt: skip
            self._tidy(rows, now)
            plan, leases = self._plan(rows, now)
            request = next((one for one in plan.order if one.id == request_id), None)
            if request is None:
                raise GpuError("this request is no longer in the queue")
            placement = plan.placements.get(request_id)
            if placement is None:
                return self._waiting(rows, plan, request, leases, now)
            self._refuse_without_hours(rows, request.demand)
            rows.remove_requests([request_id])
            return Granted(self._grant(rows, request.demand, placement, now))

    def cancel(self, request_id: int) -> None:
        """Leave the queue; nothing happens when the request is not in it."""
        with self._store.change() as rows:
            rows.remove_requests([request_id])

    def release(self, lease_id: str) -> bool:
        """Take back a lease whose session has ended; `False` when it was taken back already."""
        with self._store.change() as rows:
            return rows.end_lease(lease_id, self._clock())

    def reconcile(self, held: Iterable[str]) -> list[Lease]:
        """Take back every session's lease that is not among `held`; return them.

        Hours are counted up to the last time that somebody looked after the session.
        """
        keep = set(held)
        with self._store.change() as rows:
            gone = [
                lease
                for lease in rows.leases()
                if lease.purpose is Purpose.SESSION and lease.id not in keep
            ]
            for lease in gone:
                seen = rows.scalar("select seen_at from lease where id = ?", lease.id)
                rows.end_lease(lease.id, seen)
            return gone

    def look_after(self, held: Iterable[str]) -> None:
        """Say that these sessions run, drop who is gone, and shorten what has to end."""
        now = self._clock()
        with self._store.change() as rows:
            for lease_id in held:
                rows.run("update lease set seen_at = ? where id = ?", now, lease_id)
            self._tidy(rows, now)
            self._shorten(rows, now)

    def lease(self, lease_id: str) -> Lease | None:
        """Return a lease by its id, with the end that is now in force."""
        with self._store.read() as rows:
            return rows.lease(lease_id)

    def leases(self) -> list[Lease]:
        """Return all leases; not those of processes that are gone."""
        with self._store.read() as rows:
            return self._standing(rows)

    def queue(self) -> list[Request]:
        """Return the queue, the next one first."""
        now = self._clock()
        with self._store.read() as rows:
            return sorted(
                self._present(rows, now), key=lambda one: one.rank(self.rules.aging_seconds)
            )

    def remaining(self, owner: str, course: str) -> Remaining:
        """Return the hours that a person and their course have left."""
        with self._store.read() as rows:
            return self._remaining(rows, owner, course, self._clock())

    def availability(self, demand: Demand) -> Availability:
        """Return how it stands with a profile for somebody who has not asked yet."""
        profile = self.rules.profile(demand.profile)
        assert profile is not None, demand.profile
        now = self._clock()
        with self._store.read() as rows:
            leases, requests = self._standing(rows), self._present(rows, now)
            floor = Floor.of(self.devices, self._windows, leases)
            make_plan(floor, requests, leases, self.rules, now)
            free = len(floor.places(profile, demand.courses, now, self.rules.shortest_seconds))
            mine = {one.uuid for one in fitting(profile, self.devices)}
            ahead = [one for one in (self._profile_of(each) for each in requests) if one]
            ahead = [one for one in ahead if mine & _uuids(one, self.devices)]
            empty = Floor(self.devices, ())
            total = len(empty.places(profile, frozenset(), now, 0.0))
            expected = 0.0 if free else self._expected(rows, profile, ahead, leases, now)
            return Availability(free, total, len(ahead), expected)

    def notify(self, lease_id: str, key: str, text: str) -> bool:
        """Tell a session's owner something, once for each key; `False` when it was told already."""
        with self._store.change() as rows:
            told = rows.run(
                "insert into notice (lease, key, at, text) select id, ?, ?, ? from lease "
                "where id = ? on conflict do nothing",
                key, self._clock(), text, lease_id,
            )  # fmt: skip
            return told.rowcount > 0

    def notices(self, lease_id: str) -> list[Notice]:
        """Return what a session's owner was told, the oldest first."""
        with self._store.read() as rows:
            found = rows.run(
                "select id, at, text from notice where lease = ? order by id", lease_id
            )
            return [Notice(*row) for row in found]

    def attention(self, lease_id: str) -> Attention | None:
        """Return what the watch remembers of a lease."""
        with self._store.read() as rows:
            row = rows.run(
                "select busy_at, warned_at, over_at from lease where id = ?", lease_id
            ).fetchone()
            lease = rows.lease(lease_id)
            return None if lease is None else Attention(lease, *row)

    def remember(self, lease_id: str, busy_at: float, warned_at: float | None) -> None:
        """Keep what the watch has seen."""
        with self._store.change() as rows:
            rows.run(
                "update lease set busy_at = ?, warned_at = ? where id = ?",
                busy_at, warned_at, lease_id,
            )  # fmt: skip
            if warned_at is None:
                rows.run("delete from notice where lease = ? and key = 'idle'", lease_id)

    def remember_over(self, lease_id: str, over_at: float | None) -> None:
        """Keep since when a lease uses more memory than it has."""
        with self._store.change() as rows:
            rows.run("update lease set over_at = ? where id = ?", over_at, lease_id)
            if over_at is None:
                rows.run("delete from notice where lease = ? and key = 'memory'", lease_id)

    def _tidy(self, rows: Rows, now: float) -> None:
        """Drop requests that nobody asks after, and leases of processes that are gone."""
        present = {one.id for one in self._present(rows, now)}
        rows.remove_requests(one.id for one in rows.requests() if one.id not in present)
        for lease_id in self._gone(rows):
            rows.end_lease(lease_id, now)

    def _present(self, rows: Rows, now: float) -> list[Request]:
        """Return the requests that somebody asks after."""
        return [
            one
            for one in rows.requests()
            if now - one.seen_at <= self.rules.patience_seconds
            and (one.demand.holder is None or self._is_alive(one.demand.holder))
        ]

    def _standing(self, rows: Rows) -> list[Lease]:
        """Return the leases that do not end now."""
        gone = self._gone(rows)
        return [lease for lease in rows.leases() if lease.id not in gone]

    def _gone(self, rows: Rows) -> list[str]:
        """Return the leases of processes that are gone."""
        holders = rows.holders().items()
        return [lease_id for lease_id, holder in holders if not self._is_alive(holder)]

    def _plan(self, rows: Rows, now: float) -> tuple[Plan, list[Lease]]:
        leases = rows.leases()
        floor = Floor.of(self.devices, self._windows, leases)
        return make_plan(floor, rows.requests(), leases, self.rules, now), leases

    def _grant(self, rows: Rows, demand: Demand, placement: Placement, now: float) -> Lease:
        profile = self.rules.profile(demand.profile)
        assert profile is not None
        left = self._remaining(rows, demand.owner, demand.course, now).hours
        ends = [placement.until]
        if demand.purpose is Purpose.SESSION:  # a grading run ends by itself
            ends.append(now + profile.hours * HOUR if profile.hours else None)
            ends.append(
                now + left * HOUR / profile.cost if left is not None and profile.cost else None
            )
        lease = Lease(
            id=uuid.uuid4().hex,
            owner=demand.owner,
            server=demand.server,
            course=demand.course,
            profile=demand.profile,
            purpose=demand.purpose,
            device=placement.device,
            share=placement.share,
            granted_at=now,
            ends_at=min((end for end in ends if end is not None), default=None),
        )
        rows.add_lease(lease, demand, profile.cost)
        return lease

    def _waiting(
        self, rows: Rows, plan: Plan, request: Request, leases: list[Lease], now: float
    ) -> Waiting:
        profile = self.rules.profile(request.demand.profile)
        reason = plan.held.get(request.id, "")
        if profile is None:
            return Waiting(len(plan.order), None, reason)
        mine = _uuids(profile, self.devices)
        ahead = []
        for other in plan.order:
            if other.id == request.id:
                break
            wants = self._profile_of(other)
            if (
                wants is not None
                and other.id not in plan.held
                and mine & _uuids(wants, self.devices)
            ):
                ahead.append(wants)
        expected = None if reason else self._expected(rows, profile, ahead, leases, now)
        return Waiting(len(ahead) + 1, expected, reason)

    def _expected(
        self, rows: Rows, profile: Profile, ahead: list[Profile], leases: list[Lease], now: float
    ) -> float | None:
        names = {lease.profile for lease in leases} | {one.name for one in (profile, *ahead)}
        usual = {}
        for name in names:
            known = self.rules.profile(name)
            if known is not None:
                usual[name] = usual_seconds(known, rows.lengths(name))
        return expected_wait(profile, ahead, self.devices, leases, usual, now)

    def _profile_of(self, request: Request) -> Profile | None:
        return self.rules.profile(request.demand.profile)

    def _remaining(self, rows: Rows, owner: str, course: str, now: float) -> Remaining:
        budget = self.rules.budget(course)
        if budget is None:
            return Remaining(None, None)
        since = budget.since(now)

        def left(hours: float, of: str | None) -> float | None:
            return max(0.0, hours - rows.hours(course, of, since, now)) if hours else None

        return Remaining(left(budget.person_hours, owner), left(budget.hours, None))

    def _refuse_without_hours(self, rows: Rows, demand: Demand) -> None:
        left = self._remaining(rows, demand.owner, demand.course, self._clock())
        if left.person is not None and left.person <= 0:
            raise GpuRefused("your GPU hours in this course are used up")
        if left.course is not None and left.course <= 0:
            raise GpuRefused("the GPU hours of this course are used up")

    def _shorten(self, rows: Rows, now: float) -> None:
        """Let sessions end where a reservation begins or hours are used up."""
        soon = now + self.rules.notice_seconds
        for lease in rows.leases():
            end = lease.ends_at
            taken = Placement(lease.device, lease.share, None).units
            courses = rows.scalar("select courses from lease where id = ?", lease.id).split()
            for window in self._windows:
                one = window.reservation
                if one.ends_at > now and taken & window.units and one.course not in courses:
                    begin = max(one.begins_at, soon)
                    end = begin if end is None else min(end, begin)
            left = self._remaining(rows, lease.owner, lease.course, now).hours
            if left is not None and left <= 0:
                end = soon if end is None else min(end, soon)
            if end != lease.ends_at:
                rows.run("update lease set ends_at = ? where id = ?", end, lease.id)


def _uuids(profile: Profile, devices: Iterable[Device]) -> set[str]:
    return {device.uuid for device in fitting(profile, devices)}
