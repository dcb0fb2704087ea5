"""The GPU that the jobs of `gradlab grade --gpu` have for as long as they run."""

from __future__ import annotations

import contextlib
import getpass
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from autograder.course import CourseError, Layout

if TYPE_CHECKING:
    from autograder.gpu import Allocator, Demand, Lease
    from autograder.gpu.desk import Desk

POLL_SECONDS = 1.0


class GpuRefused(CourseError):
    """There is no such profile, or no hours are left."""


def check(profile: str, layout: Layout, environment: Mapping[str, str] | None = None) -> None:
    """Refuse a profile that can never be leased.

    Raises:
        GpuRefused: there is no such profile.
    """
    with _refused():
        _desk(profile, layout, environment)


@contextlib.contextmanager
def leased(
    profile: str,
    layout: Layout,
    say: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> Iterator[Lease]:
    """Give a lease of the profile from the allocator that the hub's sessions use, too.

    It ends with the context, and with this process, however that ends.

    Args:
        profile: the profile's name.
        layout: the course.
        say: told the place in the queue when it changes.
        environment: variables that name the hub's settings; by default this process's.

    Raises:
        GpuRefused: there is no such profile, or no hours are left.
    """
    from autograder.gpu import Demand, Holder, Purpose

    with _refused():
        desk = _desk(profile, layout, environment)
        assert desk.allocator is not None
        demand = Demand(
            owner=getpass.getuser(),
            profile=profile,
            course=layout.course_id,
            courses=frozenset([layout.course_id]),
            purpose=Purpose.GRADING,
            holder=Holder.this(),
        )
        if desk.note:
            say(desk.note)
        lease = _wait(desk.allocator, demand, say)
    try:
        yield lease
    finally:
        desk.allocator.release(lease.id)


def _desk(profile: str, layout: Layout, environment: Mapping[str, str] | None) -> Desk:
    from autograder.gpu.desk import Desk
    from autograder.hub import HubSettings

    desk = Desk.open(HubSettings.load(environment).gpu, layout.home)
    names = [one.name for one in desk.profiles if one.takes_gpu]
    if desk.allocator is None or profile not in names:
        known = ", ".join(names) or f"none ({desk.inventory.note or 'no devices'})"
        raise GpuRefused(f"--gpu {profile!r}; profiles with a GPU: {known}")
    return desk


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    from autograder.gpu import GpuError
    from autograder.hub import SettingsError

    try:
        yield
    except (GpuError, SettingsError) as error:
        raise GpuRefused(str(error)) from error


def _wait(allocator: Allocator, demand: Demand, say: Callable[[str], None]) -> Lease:
    from autograder.gpu import Granted, duration

    request = allocator.ask(demand)
    said = 0
    try:
        while not isinstance(answer := allocator.poll(request), Granted):
            if answer.position != said:
                said = answer.position
                expected = answer.expected_seconds
                wait = "" if expected is None else f"; expected wait: about {duration(expected)}"
                say(f"waiting for a GPU: number {said} in the queue{wait}")
            time.sleep(POLL_SECONDS)
    finally:
        allocator.cancel(request)
    say(f"grading with {answer.lease.device.name}")
    return answer.lease
