"""The topic `[gpu]` of the settings: GPUs, profiles, and who may have them when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from autograder.gpu import (
    CPU_ONLY,
    Budget,
    DeclaredDevice,
    GpuSettingsError,
    Kind,
    Priority,
    Profile,
    Reservation,
    Rules,
    WatchRules,
    declared,
)
from autograder.settings.loading import refuse, setting

INVENTORIES = ("auto", "nvml", "declared", "none")
MINUTE = 60.0


@dataclass(frozen=True)
class GpuSettings:
    """GPUs of the hub's sessions and of grading runs.

    Args:
        inventory: where the devices come from: `nvml`, `declared` (the `[[gpu.device]]`), `none`,
            or `auto`: declared ones where there are some, else NVML's.
        shares: how many sessions may use one GPU at once, each with its part of the memory.
        shared: the GPUs that are shared, by UUID or number; none named: all.
        per_person: how many GPU sessions one person may have at once.
        aging_minutes: one step of priority is worth so much waiting.
        wait_minutes: a start waits at most so long in the queue.
        queue_limit: so many may wait; whoever comes then is told to come later.
        idle_minutes: a GPU that did nothing for so long is given back, after a warning; 0: never.
        grace_minutes: the time between that warning and the end.
        notice_minutes: how long before its end a session is told of it.
        busy_percent: a GPU busier than that is not idle.
        watch_seconds: how often sessions are looked at.
        devices: declared devices.
        profiles: the choices of the start page, the first is the default; none: CPU only, and what
            the devices offer.
        priorities: groups that come earlier.
        reservations: devices kept for a course's lab session.
        budgets: hours of courses.
    """

    inventory: str = "auto"
    shares: int = 1
    shared: tuple[str, ...] = ()
    per_person: int = 1
    aging_minutes: float = 10.0
    wait_minutes: float = 60.0
    queue_limit: int = 50
    idle_minutes: float = 30.0
    grace_minutes: float = 10.0
    notice_minutes: float = 10.0
    busy_percent: float = 2.0
    watch_seconds: float = 15.0
    devices: tuple[DeclaredDevice, ...] = setting((), table="device")
    profiles: tuple[Profile, ...] = setting((), table="profile")
    priorities: tuple[Priority, ...] = setting((), table="priority")
    reservations: tuple[Reservation, ...] = setting((), table="reservation")
    budgets: tuple[Budget, ...] = setting((), table="budget")

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        refuse(self._problems())

    def _problems(self) -> list[str]:
        problems = []
        if self.inventory not in INVENTORIES:
            names = " or ".join(repr(name) for name in INVENTORIES)
            problems.append(f"inventory is {self.inventory!r}; expected {names}")
        if self.inventory == "declared" and not self.devices:
            problems.append("inventory is 'declared'; expected at least one [[gpu.device]]")
        least = {
            "shares": 1, "per_person": 1, "aging_minutes": 0, "wait_minutes": 0, "queue_limit": 0,
            "idle_minutes": 0, "grace_minutes": 0, "notice_minutes": 0, "busy_percent": 0,
            "watch_seconds": 0.1,
        }  # fmt: skip
        problems += [
            f"{name} is {getattr(self, name)}; expected at least {bound}"
            for name, bound in least.items()
            if not getattr(self, name) >= bound
        ]
        for kind, listed in (
            ("profile", [one.name for one in self.profiles]),
            ("the budget of course", [one.course for one in self.budgets]),
            ("the priority of group", [one.group for one in self.priorities]),
        ):
            times = Counter(listed)
            problems += [f"{kind} {name!r} is there twice" for name in times if times[name] > 1]
        known = {one.name for one in self.profiles if one.takes_gpu}
        problems += [
            f"the reservation of course {one.course!r} is for profile {one.profile!r}; expected "
            "the name of a profile with a GPU"
            for one in self.reservations
            if one.profile not in known
        ]
        try:
            declared(self.devices)
        except GpuSettingsError as error:
            problems += str(error).split("\n- ")[1:]
        return problems

    @property
    def choices(self) -> tuple[Profile, ...]:
        """Return the profiles; CPU only where none is set."""
        return self.profiles or (CPU_ONLY,)

    def rules(self, profiles: tuple[Profile, ...]) -> Rules:
        """Return the rules of the allocator."""
        return Rules(
            profiles=profiles,
            reservations=self.reservations,
            budgets=self.budgets,
            per_person=self.per_person,
            aging_seconds=self.aging_minutes * MINUTE,
            notice_seconds=self.notice_minutes * MINUTE,
            shortest_seconds=self.notice_minutes * MINUTE,
        )

    @property
    def watch(self) -> WatchRules:
        """Return when sessions are warned and end."""
        return WatchRules(
            idle_seconds=self.idle_minutes * MINUTE,
            grace_seconds=self.grace_minutes * MINUTE,
            notice_seconds=self.notice_minutes * MINUTE,
            busy_percent=self.busy_percent,
        )


def usual_profiles(kinds: set[Kind]) -> tuple[Profile, ...]:
    """Return the profiles of a site that sets none, for what its devices offer."""
    offered = [CPU_ONLY]
    if Kind.SHARE in kinds:
        offered.append(
            Profile("shared-gpu", "Shared GPU", Kind.SHARE, description="A part of one.")
        )
    if Kind.MIG in kinds:
        offered.append(Profile("slice", "GPU slice", Kind.MIG, description="One part."))
    if Kind.WHOLE in kinds:
        offered.append(Profile("whole-gpu", "Whole GPU", Kind.WHOLE, description="All of one."))
    return tuple(offered)
