"""Who comes first, what is kept for a lab session, how many hours there are.

What it guarantees:

- A reservation is pinned to units of the inventory by a pure function, so that every process that
  reads the same settings keeps the same units free.
- Priority never starves anybody: it is worth a fixed time of waiting.

What it does not do: know groups of the hub; a demand comes with its priority and its courses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from autograder.gpu.device import Device
from autograder.gpu.errors import GpuSettingsError, refuse
from autograder.gpu.profile import Kind, Profile

HOUR = 3600.0
DAY = 24 * HOUR
Unit = tuple[str, int]  # a device's UUID, a share of it


@dataclass(frozen=True)
class Priority:
    """How early a group comes.

    Args:
        group: a group of the hub, such as `formgrade-deep-learning`.
        priority: 0 is everybody's; one more is worth `aging_minutes` of waiting.
    """

    group: str
    priority: int


@dataclass(frozen=True)
class Reservation:
    """Units kept for a course's lab session.

    Args:
        course: who may use them in that time.
        profile: what is kept, as a profile's name.
        count: how many.
        start: when it begins, as ISO 8601; without an offset in the server's time zone.
        to: when it ends.
    """

    course: str
    profile: str
    count: int
    start: str = field(metadata={"table": "from"})
    to: str

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            GpuSettingsError: one or more are wrong; the message lists all.
        """
        problems = []
        times = {}
        for name, text in (("from", self.start), ("to", self.to)):
            try:
                times[name] = datetime.fromisoformat(text).timestamp()
            except ValueError:
                problems.append(f"{name} is {text!r}; expected a time such as 2026-12-01T09:00")
        if len(times) == 2 and not times["from"] < times["to"]:
            problems.append(f"it ends at {self.to}, before it begins at {self.start}")
        if self.count < 1:
            problems.append(f"count is {self.count}; expected at least 1")
        refuse(problems)

    @property
    def begins_at(self) -> float:
        """Return when it begins, in seconds since the epoch."""
        return datetime.fromisoformat(self.start).timestamp()

    @property
    def ends_at(self) -> float:
        """Return when it ends, in seconds since the epoch."""
        return datetime.fromisoformat(self.to).timestamp()

    def overlaps(self, other: Reservation) -> bool:
        """Whether both are in force at some time."""
        return self.begins_at < other.ends_at and other.begins_at < self.ends_at


@dataclass(frozen=True)
class Budget:
    """How many GPU hours a course has.

    Args:
        course: which.
        hours: of all its people together; 0: no limit.
        person_hours: of each person; 0: no limit.
        days: counted over so many days back; 0: over all time.
    """

    course: str
    hours: float = 0.0
    person_hours: float = 0.0
    days: float = 0.0

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            GpuSettingsError: one or more are negative; the message lists all.
        """
        named = (("hours", self.hours), ("person_hours", self.person_hours), ("days", self.days))
        refuse([f"{name} is {value}; expected at least 0" for name, value in named if value < 0])

    def since(self, now: float) -> float:
        """Return from when on hours count."""
        return now - self.days * DAY if self.days else 0.0


@dataclass(frozen=True)
class Rules:
    """Everything that decides who gets what, beside the inventory.

    Args:
        profiles: what can be asked for.
        reservations: units kept for lab sessions.
        budgets: hours of courses.
        per_person: how many devices one person may have at once.
        aging_seconds: how much waiting one step of priority is worth.
        notice_seconds: how long before its end a session is told of it.
        shortest_seconds: a lease is not begun when it would have to end sooner than that.
        patience_seconds: a request that nobody has asked after for so long is dropped.
    """

    profiles: tuple[Profile, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    budgets: tuple[Budget, ...] = ()
    per_person: int = 1
    aging_seconds: float = 600.0
    notice_seconds: float = 600.0
    shortest_seconds: float = 600.0
    patience_seconds: float = 60.0

    def profile(self, name: str) -> Profile | None:
        """Return a profile by name."""
        return next((one for one in self.profiles if one.name == name), None)

    def budget(self, course: str) -> Budget | None:
        """Return a course's budget."""
        return next((one for one in self.budgets if one.course == course), None)

    def check(self, title: str = "the rules for GPUs contradict each other") -> None:
        """Check what no rule can check alone.

        Raises:
            GpuSettingsError: a reservation is of no GPU profile.
        """
        problems = []
        for one in self.reservations:
            profile = self.profile(one.profile)
            if profile is None or not profile.takes_gpu:
                problems.append(
                    f"the reservation of course {one.course!r} is for profile {one.profile!r}; "
                    "expected the name of a profile with a GPU"
                )
        if problems:
            raise GpuSettingsError(f"{title}:\n- " + "\n- ".join(problems))


def fitting(profile: Profile, devices: Iterable[Device]) -> tuple[Device, ...]:
    """Return the devices that a profile can be served from."""
    return tuple(
        device
        for device in devices
        if profile.model in device.name and _fits(profile, device) and profile.takes_gpu
    )


def _fits(profile: Profile, device: Device) -> bool:
    if profile.kind is Kind.MIG:
        return device.is_mig and profile.mig in ("", device.mig)
    if profile.kind is Kind.SHARE:
        return not device.is_mig and device.shares > 1
    return not device.is_mig


def units(device: Device) -> frozenset[Unit]:
    """Return all units of a device."""
    return frozenset((device.uuid, share) for share in range(device.shares))


@dataclass(frozen=True)
class Window:
    """A time in which some units are a course's.

    Args:
        reservation: which one it is of.
        units: what is kept.
        short: how many of its count the inventory does not have.
    """

    reservation: Reservation
    units: frozenset[Unit]
    short: int = 0


def pinned(rules: Rules, devices: tuple[Device, ...]) -> tuple[Window, ...]:
    """Return the units that each reservation keeps, the last ones of the inventory first."""
    windows: list[Window] = []
    for one in rules.reservations:
        profile = rules.profile(one.profile)
        if profile is None:
            continue
        taken = {
            unit for window in windows if window.reservation.overlaps(one) for unit in window.units
        }
        found: list[frozenset[Unit]] = []
        for device in reversed(fitting(profile, devices)):
            every = units(device)
            if profile.kind is Kind.SHARE:
                found += [frozenset([unit]) for unit in sorted(every - taken, reverse=True)]
            elif not every & taken:
                found.append(every)
        kept = found[: one.count]
        windows.append(Window(one, frozenset().union(*kept), one.count - len(kept)))
    return tuple(windows)


def priority_of(groups: Iterable[str], priorities: Iterable[Priority]) -> int:
    """Return the highest priority of somebody's groups, 0 without any.

    >>> priority_of(["staff"], [Priority("staff", 2), Priority("other", 5)])
    2
    """
    known: Mapping[str, int] = {one.group: one.priority for one in priorities}
    return max((known[group] for group in groups if group in known), default=0)
