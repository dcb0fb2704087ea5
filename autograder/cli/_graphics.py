"""The GPU that `gradlab grade --gpu` has for as long as it runs."""

from __future__ import annotations

import contextlib
import getpass
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from autograder.course import Layout
    from autograder.gpu import Allocator, Demand, Lease

POLL_SECONDS = 1.0


@contextlib.contextmanager
def leased(
    profile: str | None, layout: Layout, say: Callable[[str], None]
) -> Iterator[Lease | None]:
    """Give a lease of the profile from the allocator that the hub's sessions use, too.

    It ends with the context, and with this process, however that ends.

    Args:
        profile: the profile's name; `None`: no GPU is wanted.
        layout: the course.
        say: told the place in the queue when it changes.

    Raises:
        BadParameter: there is no such profile, or no hours are left.
    """
    if profile is None:
        yield None
        return
    from autograder.gpu import Demand, GpuError, Holder, Purpose
    from autograder.hub import HubSettings, SettingsError
    from autograder.hub.spawning.desk import Desk

    try:
        desk = Desk.open(HubSettings.load().gpu, layout.home)
        names = [one.name for one in desk.profiles if one.takes_gpu]
        if desk.allocator is None or profile not in names:
            known = ", ".join(names) or f"none ({desk.inventory.note or 'no devices'})"
            raise typer.BadParameter(f"--gpu {profile!r}; profiles with a GPU: {known}")
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
    except (GpuError, SettingsError) as error:
        raise typer.BadParameter(str(error)) from error
    try:
        yield lease
    finally:
        desk.allocator.release(lease.id)


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
