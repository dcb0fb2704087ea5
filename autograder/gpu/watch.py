"""When a session is told something, and when it has to end: a pure function.

What it guarantees:

- Nobody's session ends for idleness or time without a notice before, and the grace after it.
- Work seen within the grace takes the warning back.
- Unknown utilisation counts as work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.gpu.allocator import Attention
from autograder.gpu.device import GIB
from autograder.gpu.errors import refuse
from autograder.gpu.lease import Lease
from autograder.gpu.meter import Usage

MINUTE = 60.0
LAST_SECONDS = 60.0
IDLE = "idle"


@dataclass(frozen=True)
class WatchRules:
    """What counts as idle, and how long before something happens people are told.

    Args:
        idle_seconds: a device that did nothing for so long is warned about; 0: never.
        grace_seconds: so long after the warning the session ends unless it works again.
        busy_percent: a device busier than that works.
        busy_cpu_percent: processes that use more of a core than that work.
        notice_seconds: how long before its end a session is told of it.
        memory_grace_seconds: a session above the memory of its share is told, and its largest
            process is ended after so long.
    """

    idle_seconds: float = 1800.0
    grace_seconds: float = 600.0
    busy_percent: float = 2.0
    busy_cpu_percent: float = 20.0
    notice_seconds: float = 600.0
    memory_grace_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            GpuSettingsError: one or more are negative; the message lists all.
        """
        refuse([f"{k} is {v}; expected at least 0" for k, v in vars(self).items() if v < 0])


@dataclass(frozen=True)
class Say:
    """Tell the person something, once for each key."""

    key: str
    text: str


@dataclass(frozen=True)
class End:
    """End the session, and say why."""

    reason: str


@dataclass(frozen=True)
class Remember:
    """Keep what was seen."""

    busy_at: float
    warned_at: float | None


@dataclass(frozen=True)
class Over:
    """Keep since when the session uses more memory than its share."""

    at: float | None


@dataclass(frozen=True)
class EndProcess:
    """End the session's process that has most of the device's memory."""

    pid: int


Action = Say | End | Remember | Over | EndProcess


def is_busy(usage: Usage, rules: WatchRules) -> bool:
    """Whether a device works, as far as is known."""
    known = [
        percent > limit
        for percent, limit in (
            (usage.gpu_percent, rules.busy_percent),
            (usage.cpu_percent, rules.busy_cpu_percent),
        )
        if percent is not None
    ]
    return not known or any(known)


def actions(attention: Attention, usage: Usage, rules: WatchRules, now: float) -> Iterator[Action]:
    """Return what has to happen to a session now."""
    lease = attention.lease
    if lease.ends_at is not None:
        yield from _time(lease, lease.ends_at, rules, now)
    yield from _memory(attention, usage, rules, now)
    if not rules.idle_seconds:
        return
    if is_busy(usage, rules):
        yield Remember(now, None)
        return
    idle_since = attention.busy_at
    if attention.warned_at is None:
        if now - idle_since >= rules.idle_seconds:
            yield Remember(idle_since, now)
            yield Say(
                IDLE,
                f"Your {lease.device.name} has done nothing for {duration(now - idle_since)}. "
                f"Others wait for it: this session ends in {duration(rules.grace_seconds)} unless "
                "something runs on it. Save your work.",
            )
    elif now - attention.warned_at >= rules.grace_seconds:
        yield End("its GPU was idle")


def _memory(attention: Attention, usage: Usage, rules: WatchRules, now: float) -> Iterator[Action]:
    lease = attention.lease
    if lease.share is None or usage.memory_bytes is None:
        return
    if usage.memory_bytes <= lease.memory_bytes:
        if attention.over_at is not None:
            yield Over(None)
    elif attention.over_at is None:
        yield Over(now)
        yield Say(
            "memory",
            f"This session uses {usage.memory_bytes / GIB:.1f} GiB of the GPU's memory; its share "
            f"is {lease.memory_bytes / GIB:.1f} GiB. In {duration(rules.memory_grace_seconds)} its "
            "largest process is ended: free some memory, or restart a kernel.",
        )
    elif now - attention.over_at >= rules.memory_grace_seconds and usage.largest:
        yield EndProcess(usage.largest)


def _time(lease: Lease, ends_at: float, rules: WatchRules, now: float) -> Iterator[Action]:
    left = ends_at - now
    last = min(LAST_SECONDS, rules.notice_seconds)
    if left <= 0:
        yield End("its time is over")
    elif left <= last:
        yield Say("last", f"This session ends in {duration(left)}. Save your work now.")
    elif left <= rules.notice_seconds:
        yield Say(
            f"end {ends_at:.0f}",
            f"The time of this session with {lease.device.name} is nearly over: it ends in "
            f"{duration(left)}. Save your work; running cells are stopped.",
        )


def duration(seconds: float) -> str:
    """Return a length of time for people.

    >>> duration(59), duration(600), duration(7500)
    ('a minute', '10 minutes', '2 hours and 5 minutes')
    """
    minutes = max(1, round(seconds / MINUTE))
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append("an hour" if hours == 1 else f"{hours} hours")
    if rest or not hours:
        parts.append("a minute" if rest == 1 else f"{rest} minutes")
    return " and ".join(parts)
