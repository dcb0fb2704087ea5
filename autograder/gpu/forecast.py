"""How long one will probably wait: the queue played forward with usual lengths of sessions.

What it does not do: promise; people end earlier, or extend by starting again.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from statistics import median

from autograder.gpu.device import Device
from autograder.gpu.lease import Lease
from autograder.gpu.profile import Kind, Profile
from autograder.gpu.rules import HOUR, fitting

SOON_SECONDS = 60.0  # a session that is longer than usual may end at any time


def usual_seconds(profile: Profile, lengths: Sequence[float]) -> float | None:
    """Return how long a session of a profile usually lasts; `None` without limit and history."""
    limit = profile.hours * HOUR or None
    if lengths:
        usual = median(lengths)
        return usual if limit is None else min(usual, limit)
    return limit


def expected_end(lease: Lease, usual: float | None, now: float) -> float | None:
    """Return when a lease will probably be given back."""
    ends = [] if lease.ends_at is None else [max(lease.ends_at, now)]
    if usual is not None:
        ends.append(max(lease.granted_at + usual, now + SOON_SECONDS))
    return min(ends) if ends else None


def expected_wait(
    profile: Profile,
    ahead: Sequence[Profile],
    devices: Sequence[Device],
    leases: Sequence[Lease],
    usual: Mapping[str, float | None],
    now: float,
) -> float | None:
    """Return the seconds until a device is there for the next one after `ahead`.

    Args:
        profile: what is wanted.
        ahead: the profiles of those who come first and want the same devices.
        devices: the inventory.
        leases: what is handed out.
        usual: how long sessions last, by profile.
        now: the time.
    """
    free_at: list[float] = []
    for device in fitting(profile, devices):
        free_at += _free_at(profile, device, leases, usual, now)
    if not free_at:
        return None
    heapq.heapify(free_at)
    for other in ahead:
        start = heapq.heappop(free_at)
        length = usual.get(other.name)
        heapq.heappush(free_at, float("inf") if length is None else start + length)
    first = free_at[0]
    return None if first == float("inf") else max(0.0, first - now)


def _free_at(
    profile: Profile,
    device: Device,
    leases: Sequence[Lease],
    usual: Mapping[str, float | None],
    now: float,
) -> list[float]:
    """Return when each place for the profile on a device is free."""
    ends = []
    whole_until = now
    for lease in leases:
        if lease.device.uuid != device.uuid:
            continue
        end = expected_end(lease, usual.get(lease.profile), now)
        end = float("inf") if end is None else end
        if lease.share is None:
            whole_until = max(whole_until, end)
        else:
            ends.append(end)
    if profile.kind is Kind.SHARE:
        idle = [now] * max(0, device.shares - len(ends))
        return [max(end, whole_until) for end in (*ends, *idle)]
    return [max([*ends, whole_until])]
