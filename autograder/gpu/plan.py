"""Who gets which device now: a pure function of inventory, leases, queue, rules and time.

What it guarantees:

- Nobody gets a unit that somebody has, or that is another course's at the time.
- Requests are served in the order of their rank. A later one goes ahead only where it takes nothing
  from an earlier one: a whole GPU that somebody waits for is not given away in shares.
- A lease that would run into another course's reservation ends when that begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.gpu.demand import Demand, Request
from autograder.gpu.device import Device
from autograder.gpu.lease import Lease, Purpose
from autograder.gpu.profile import Kind, Profile
from autograder.gpu.rules import Rules, Unit, Window, fitting, units


@dataclass(frozen=True)
class Placement:
    """A place for a request.

    Args:
        device: on which device.
        share: which share; `None`: all of it.
        until: when a reservation of others begins there; `None`: none does.
    """

    device: Device
    share: int | None
    until: float | None

    @property
    def units(self) -> frozenset[Unit]:
        """Return what it takes."""
        if self.share is None:
            return units(self.device)
        return frozenset([(self.device.uuid, self.share)])


@dataclass
class Floor:
    """The devices with what is taken of them, while a plan is made.

    Args:
        devices: the inventory.
        windows: what is reserved.
        taken: shares that somebody has, by device.
        closed: devices that are had whole, or whose slices are: whatever their shares.
    """

    devices: tuple[Device, ...]
    windows: tuple[Window, ...]
    taken: dict[str, set[int]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, devices: tuple[Device, ...], windows: tuple[Window, ...], leases: Sequence[Lease]
    ) -> Floor:
        """Return the floor with all leases on it."""
        floor = cls(devices, windows)
        for lease in leases:
            floor.take(Placement(lease.device, lease.share, None))
            if lease.device.parent:
                floor.closed.add(lease.device.parent)
        parents = {lease.device.uuid for lease in leases}
        floor.closed |= {one.uuid for one in devices if one.parent in parents}
        return floor

    def used(self, device: Device) -> int:
        """Return how many units of a device are taken."""
        return len(self.taken.get(device.uuid, ()))

    def take(self, placement: Placement) -> None:
        """Put a placement on the floor."""
        for uuid, share in placement.units:
            self.taken.setdefault(uuid, set()).add(share)
        if placement.share is None:
            self.closed.add(placement.device.uuid)

    def places(
        self, profile: Profile, courses: frozenset[str], now: float, shortest: float
    ) -> list[Placement]:
        """Return every place for a profile, the best first."""
        found = []
        for number, device in enumerate(self.devices):
            if device.uuid in self.closed or not fitting(profile, [device]):
                continue
            if profile.kind is Kind.SHARE:
                options: list[int | None] = [
                    share
                    for share in range(device.shares)
                    if share not in self.taken.get(device.uuid, ())
                ]
            else:
                options = [] if self.used(device) else [None]
            for share in options:
                placement = Placement(device, share, None)
                until, own = self._reserved(placement.units, courses, now)
                if until is not None and until - now < shortest:
                    continue
                # one's own reservation, then shares where there are others, then the longest time
                rank = (not own, -self.used(device), -(until or float("inf")), number, share or 0)
                found.append((rank, Placement(device, share, until)))
        return [placement for _, placement in sorted(found, key=lambda pair: pair[0])]

    def _reserved(
        self, wanted: frozenset[Unit], courses: frozenset[str], now: float
    ) -> tuple[float | None, bool]:
        """Return when others' reservation begins there, and whether an own one is in force."""
        until, own = None, False
        for window in self.windows:
            one = window.reservation
            if one.ends_at <= now or not wanted & window.units:
                continue
            if one.course in courses:
                own = own or one.begins_at <= now
            else:
                until = one.begins_at if until is None else min(until, one.begins_at)
        return until, own


@dataclass(frozen=True)
class Plan:
    """What the queue gets.

    Args:
        order: the requests, the next one first.
        placements: what can be granted now, by the request's number.
        held: why a request waits although it may be its turn, by its number.
    """

    order: tuple[Request, ...]
    placements: Mapping[int, Placement]
    held: Mapping[int, str]


def make_plan(
    floor: Floor,
    requests: Iterable[Request],
    leases: Sequence[Lease],
    rules: Rules,
    now: float,
) -> Plan:
    """Return who gets what; `floor` is used up."""
    order = tuple(sorted(requests, key=lambda one: one.rank(rules.aging_seconds)))
    having: dict[str, int] = {}
    for lease in (one for one in leases if one.purpose is Purpose.SESSION):
        having[lease.owner] = having.get(lease.owner, 0) + 1
    placements: dict[int, Placement] = {}
    held: dict[int, str] = {}
    for request in order:
        demand = request.demand
        profile = rules.profile(demand.profile)
        if profile is None:
            held[request.id] = "this profile is no longer offered"
            continue
        session = demand.purpose is Purpose.SESSION
        if session and having.get(demand.owner, 0) >= rules.per_person:
            held[request.id] = "your other session with a GPU has to end first"
            continue
        places = floor.places(profile, demand.courses, now, rules.shortest_seconds)
        if places:
            placements[request.id] = places[0]
            floor.take(places[0])
            having[demand.owner] = having.get(demand.owner, 0) + session
        elif profile.kind is Kind.WHOLE:
            _keep_together(floor, profile, demand, now, rules.shortest_seconds)
    return Plan(order, placements, held)


def _keep_together(
    floor: Floor, profile: Profile, demand: Demand, now: float, shortest: float
) -> None:
    """Give no more shares of the GPU that a request for a whole one will have soonest."""
    fits = []
    for number, device in enumerate(floor.devices):
        if device.uuid in floor.closed or not fitting(profile, [device]):
            continue
        until, _ = floor._reserved(units(device), demand.courses, now)
        if until is None or until - now >= shortest:
            fits.append((floor.used(device), number, device))
    if fits:
        floor.closed.add(min(fits, key=lambda one: one[:2])[2].uuid)
