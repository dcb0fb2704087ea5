"""The grading service put together: the engine, the gradebook, and the hub's GPUs."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator

from autograder.course import Layout
from autograder.grading.isolation import isolation_level
from autograder.grading.keys import Installed
from autograder.sandbox import Graphics
from autograder.service.pool import Pool
from autograder.service.process import run
from autograder.service.protocol import Order
from autograder.service.server import Gpu, Service, Settings

# What jobs import while they run; torch is left to the nursery.
_MODULES = ("autograder.grading.grader", "sqlalchemy.dialects.sqlite")


def serve(
    stamp: str,
    settings: Settings,
    ready: Callable[[], None],
    *,
    with_caller: bool = False,
    waits: bool = False,
) -> None:
    """Serve in this process until told to end.

    Args:
        stamp: `place.fingerprint()` from before our modules were imported.
        settings: how it runs.
        ready: called once, when it listens.
        with_caller: end when standard input is closed.
        waits: wait a while for another service to end.

    Raises:
        ServiceRefused: another one runs, its folder is another's, or the code changed meanwhile.
        GraderFault: the isolation that was allowed cannot be had.
    """
    run(
        lambda folder: make_service(folder, stamp, settings),
        ready,
        stamp=stamp,
        with_caller=with_caller,
        waits=waits,
    )


def make_service(folder: int, stamp: str, settings: Settings) -> Service:
    """Return the service in its folder; in the event loop.

    Raises:
        GraderFault: the isolation that was allowed cannot be had.
    """
    pool = Pool(2 * settings.slots, settings.idle_seconds)  # as many as both lanes use
    pool.nursery.begin()  # it imports torch while this process imports the rest
    leave_grammar_out()
    for name in _MODULES:
        importlib.import_module(name)
    from autograder.gradebook.recorder import Gradebook

    isolation = isolation_level()
    Installed.remember()  # the service compares what is installed before each order
    leave_settings_out()
    return Service(folder, stamp, isolation, Gradebook, Lender(), settings, pool)


def leave_settings_out() -> None:
    """Forget the variables of whoever started the service: each order brings its own."""
    for name in [name for name in os.environ if name.startswith("GRADLAB_")]:
        if name not in ("GRADLAB_ISOLATION", "GRADLAB_CGROUP", "GRADLAB_SERVICE"):
            del os.environ[name]


def leave_grammar_out() -> None:
    """Let jsonschema go without a validator of internationalised addresses.

    Notebooks have none of them, and building its grammar takes longer than all other imports.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: no module


class Lender:
    """GPUs from the allocator that the hub's sessions use, too."""

    def check(self, order: Order, layout: Layout) -> None:
        """Refuse a profile that can never be leased.

        Raises:
            CourseError: there is no such profile.
        """
        from autograder.cli._graphics import check

        check(order.gpu, layout, order.settings)

    @contextlib.contextmanager
    def lease(self, order: Order, layout: Layout, say: Callable[[str], None]) -> Iterator[Gpu]:
        """Wait for a GPU of the order's profile, and have it as long as the block runs."""
        from autograder.cli._graphics import leased

        with leased(order.gpu, layout, say, order.settings) as lease:
            yield Gpu(Graphics(lease.nodes, lease.environment()), lease.device.name)
