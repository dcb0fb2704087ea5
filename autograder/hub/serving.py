"""Serve a course: everything from an empty data directory to a hub that answers.

What it guarantees:

- Each step can be repeated: nothing that people stored is changed by starting again.
- A released assignment is never replaced behind the instructor's back; that it differs is said.
- When serving ends, for whatever reason, no process of the hub is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course import Layout, SourceError, build, build_source, load_manifest
from autograder.course.libraries import lacking, sentence
from autograder.course.usual_configuration import HUB, configuration_file
from autograder.gradebook import GradebookWriter
from autograder.handin.course_exchange import CourseExchange
from autograder.hub import proxy
from autograder.hub.configuration import console_password
from autograder.hub.grading_service import grading_service
from autograder.hub.settings import HubSettings
from autograder.operations.state import State
from autograder.operations.supervision import Supervisor, only_one
from autograder.operations.upgrade import refuse_outdated
from autograder.people import Course, courses_of
from autograder.sessions import isolation as sessions
from autograder.sessions.folders import HubFolders
from autograder.settings.errors import ServeError

READY_SECONDS = 120.0
START_ATTEMPTS = 2
Say = Callable[[str], None]


@dataclass(frozen=True)
class Ready:
    """What the person at the console has to know."""

    settings: HubSettings
    password: str
    log: Path


def serve(layout: Layout, settings: HubSettings, say: Say, ready: Callable[[Ready], None]) -> int:
    """Serve until a signal (SIGINT, SIGTERM, SIGHUP) or the hub's own end; return the exit status.

    Args:
        layout: the course.
        settings: the hub's settings.
        say: gets one line for each step.
        ready: called once, when the hub answers.

    Raises:
        HubError: something is missing or wrong; the message says what to do.
    """
    folders = HubFolders(layout)
    courses = courses_of(settings, layout)
    folders.make([course.layout for course in courses])
    with only_one(folders.hub / "lock"), _signals_interrupt():
        _port_is_free(settings)
        refuse_outdated(State.of(layout, courses))
        for course in courses:
            course.members()  # a roster with mistakes is said now, not at a log-in
        prepare(courses, say)
        isolated = sessions.are_isolated(settings, folders)
        settings = replace(settings, sessions="isolated" if isolated else "shared")
        say("starting the hub")
        hub = Supervisor(
            _command(layout, folders),
            _environment(layout, settings),
            folders.log,
            settings.operations,
        )
        try:
            _start(hub, settings, folders, say)
            service = grading_service(folders.hub / "grading.log")
            with service if settings.grading_service else contextlib.nullcontext():
                ready(Ready(settings, console_password(layout, settings), folders.log))
                status = hub.wait()
            raise ServeError(f"the hub ended by itself, status {status}; its log is {folders.log}")
        except KeyboardInterrupt:
            say("stopping: notebook servers, formgrader, proxy and hub")
        finally:
            _ignore_signals()
            hub.stop()
    return 0


def _start(hub: Supervisor, settings: HubSettings, folders: HubFolders, say: Say) -> None:
    """Start the hub; once more when the proxy was too slow for it or a port was snatched away."""
    for attempt in range(1, START_ATTEMPTS + 1):
        hub.start(folders.hub)
        try:
            hub.wait_ready(f"{settings.address}hub/health", READY_SECONDS)
        except ServeError:
            hub.stop()
            if attempt == START_ATTEMPTS:
                raise
            say("the hub did not come up; trying once more")
        else:
            return


def prepare(courses: Sequence[Course], say: Say) -> None:
    """Install the proxy, then `release_course` of each."""
    if not proxy.is_installed():
        say("installing the proxy")
        proxy.install()
    for course in courses:
        with course.layout.in_force():
            if len(courses) > 1:
                say(f"course {course.id}: {course.title}")
            release_course(course.layout, say)


def release_course(layout: Layout, say: Say) -> None:
    """Build the course, make its gradebook, release what is not released."""
    refused: list[SourceError] = []
    built = build(layout, refused=refused.append)
    names = [one.manifest.assignment for one in built]
    build_source(layout, names)
    say(f"built {len(built)} assignments: {', '.join(names) or 'none'}")
    for refusal in refused:
        for problem in refusal.problems:
            say(f"refused: {problem}")
    for one in built:
        if missing := [*lacking(one.manifest.libraries)]:
            say(f"not graded until then: {sentence(one.manifest.assignment, missing)}")
    exchange = CourseExchange(layout)
    register(layout, names)
    for one in built:
        name = one.manifest.assignment
        if not exchange.is_released(name):
            exchange.release(name)
            say(f"released {name}")
        elif not exchange.is_current(name):
            say(f"{name} has changed since it was released; release it again in formgrader")


def register(layout: Layout, assignments: list[str]) -> None:
    """Make the gradebook know the assignments' cells and points."""
    with GradebookWriter(layout) as writer:
        for name in assignments:
            writer.register(load_manifest(layout, name))


def _command(layout: Layout, folders: HubFolders) -> list[str]:
    file = configuration_file(layout, HUB, folders.hub)
    return [sys.executable, "-m", "jupyterhub", "-f", str(file)]


def _environment(layout: Layout, settings: HubSettings) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)
    return {
        **os.environ,
        **settings.to_environment(),
        **layout.to_environment(),
        # nbgrader calls alembic by name
        "PATH": os.pathsep.join([binaries, os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
    }


def _port_is_free(settings: HubSettings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ServeError(
                f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. Stop "
                "what uses it, or choose another one: gradlab serve --port 8001"
            ) from error


@contextlib.contextmanager
def _signals_interrupt() -> Iterator[None]:
    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
