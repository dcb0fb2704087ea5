"""What somebody asks for, and what they are told while they wait."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.gpu.lease import Lease, Purpose
from autograder.gpu.processes import Holder


@dataclass(frozen=True)
class Demand:
    """Somebody's wish for a device.

    Args:
        owner: the account, or who grades.
        profile: the name of the profile.
        server: the name of the owner's server; empty for the default one.
        course: whose budget pays; empty: nobody's.
        courses: the courses that the owner is in, whose reservations are open to them.
        priority: see `Rules.aging_seconds`.
        purpose: a session or a grading run.
        holder: the process that the lease stands or falls with; `None`: the hub looks after it.
    """

    owner: str
    profile: str
    server: str = ""
    course: str = ""
    courses: frozenset[str] = frozenset()
    priority: int = 0
    purpose: Purpose = Purpose.SESSION
    holder: Holder | None = None


@dataclass(frozen=True)
class Request:
    """A demand in the queue.

    Args:
        id: its number.
        demand: what is wanted.
        asked_at: when it came, in seconds since the epoch.
        seen_at: when somebody last asked after it.
    """

    id: int
    demand: Demand
    asked_at: float
    seen_at: float

    def rank(self, aging_seconds: float) -> tuple[float, int]:
        """Return its place in the order: as if priority had made it come earlier."""
        return self.asked_at - self.demand.priority * aging_seconds, self.id


@dataclass(frozen=True)
class Waiting:
    """No device yet.

    Args:
        position: 1 is the next one.
        expected_seconds: how long it will probably take; `None`: nobody can tell.
        reason: what it waits for when it is not simply its turn; for people.
    """

    position: int
    expected_seconds: float | None
    reason: str = ""


@dataclass(frozen=True)
class Granted:
    """A device is there."""

    lease: Lease


@dataclass(frozen=True)
class Availability:
    """How it stands with one profile.

    Args:
        free: how many could be had now.
        total: how many there are.
        waiting: how many people wait for one.
        expected_seconds: how long one more would probably wait; 0: not at all; `None`: unknown.
    """

    free: int
    total: int
    waiting: int
    expected_seconds: float | None


@dataclass(frozen=True)
class Remaining:
    """Hours that are left; `None`: no limit.

    Args:
        person: to the person, of the course's budget.
        course: to the course.
    """

    person: float | None
    course: float | None

    @property
    def hours(self) -> float | None:
        """Return the smaller of both."""
        known = [one for one in (self.person, self.course) if one is not None]
        return min(known) if known else None
