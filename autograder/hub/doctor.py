"""What this machine offers and what it lacks, each with what to do about it.

What it guarantees:

- Looking changes nothing and never fails: what cannot be found out is a finding too.
- `required` says what gradlab cannot do its job without; the rest is said, not demanded.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import pwd
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.hub.settings import HubSettings
from autograder.settings.errors import HubError

if TYPE_CHECKING:
    from autograder.course import Layout
    from autograder.people import Course

GIB = 1024**3
LEAST_MEMORY_BYTES = 2 * GIB
LEAST_DISK_BYTES = 2 * GIB
PACKAGES = ("torch", "nbgrader", "jupyterhub", "jupyterlab", "pytest")
PINS = {"torch": "2.13.0", "nbgrader": "0.9.6"}


class State(StrEnum):
    """How it stands with one thing."""

    GOOD = "good"
    LACKING = "lacking"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        area: what it belongs to, for example `isolation`.
        name: what it is.
        state: whether it is there.
        found: what was found.
        remedy: what to do when it is lacking.
        required: whether gradlab cannot do its job without.
        is_default: whether it is a setting that nobody has set.
    """

    area: str
    name: str
    state: State
    found: str
    remedy: str = ""
    required: bool = True
    is_default: bool = False


def examine(environment: Mapping[str, str] | None = None) -> list[Finding]:
    """Look at everything."""
    env = os.environ if environment is None else environment
    parts: tuple[Callable[[Mapping[str, str]], Iterator[Finding]], ...] = (
        _machine, _versions, _isolation, _graphics, _course, _upgrades, _proxy, _settings,
        _effective, _tests,
    )  # fmt: skip
    findings: list[Finding] = []
    for part in parts:
        try:
            findings += part(env)
        except Exception as error:  # noqa: BLE001 (looking must not fail; the error is the finding)
            name = part.__name__.strip("_")
            findings.append(_lacking(name, "look", f"{type(error).__name__}: {error}", "report it"))
    return findings


def _good(area: str, name: str, found: str, *, required: bool = True) -> Finding:
    return Finding(area, name, State.GOOD, found, required=required)


def _lacking(area: str, name: str, found: str, remedy: str, *, required: bool = True) -> Finding:
    return Finding(area, name, State.LACKING, found, remedy, required)


def _machine(env: Mapping[str, str]) -> Iterator[Finding]:
    import psutil

    yield _good("machine", "system", f"{platform.system()} {platform.release()}")
    try:
        yield _good("machine", "account", pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        found = f"user number {os.getuid()} has no name; nbgrader asks for it"
        yield _lacking("machine", "account", found, "add the user to /etc/passwd")
    yield _good("machine", "cores", str(len(os.sched_getaffinity(0))))
    memory = psutil.virtual_memory()
    text = f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB free"
    if memory.available < LEAST_MEMORY_BYTES:
        yield _lacking("machine", "memory", text, "end other programs", required=False)
    else:
        yield _good("machine", "memory", text)
    home = _existing(Path(env.get("GRADLAB_HOME") or Path.cwd()))
    free = shutil.disk_usage(home).free
    text = f"{free / GIB:.1f} GiB free at {home}"
    if free < LEAST_DISK_BYTES:
        remedy = "free some, or set GRADLAB_HOME to another disk"
        yield _lacking("machine", "disk", text, remedy)
    else:
        yield _good("machine", "disk", text)


def _versions(_env: Mapping[str, str]) -> Iterator[Finding]:
    yield _good("versions", "python", platform.python_version())
    for package in PACKAGES:
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            remedy = "pip install -c constraints.txt -e '.[hub]'"
            yield _lacking("versions", package, "not installed", remedy)
            continue
        pin = PINS.get(package)
        if pin and found.split("+")[0] != pin:
            remedy = f"pip install {package}=={pin}"
            yield _lacking("versions", package, f"{found}, but gradlab is made for {pin}", remedy)
        else:
            yield _good("versions", package, found)


def _isolation(_env: Mapping[str, str]) -> Iterator[Finding]:
    from autograder.sandbox import probe

    layers = probe.probe()
    yield _good("isolation", "level", probe.level_of(layers))
    for layer in layers:
        required = layer.name in probe.REQUIRED
        if layer.available:
            yield _good("isolation", layer.name, layer.detail, required=required)
        else:
            yield _lacking("isolation", layer.name, layer.detail, layer.remedy, required=required)


def _graphics(env: Mapping[str, str]) -> Iterator[Finding]:
    from autograder.gpu import Source
    from autograder.gpu.desk import look, profiles_for
    from autograder.gpu.rules import pinned

    settings = HubSettings.read(env).settings
    if settings is None:
        return  # what is wrong is said with the settings
    inventory = look(settings.gpu)
    if inventory.source is Source.NONE:
        remedy = "grading and CPU sessions work without one; for a GPU install NVIDIA's driver"
        yield _lacking("GPU", "devices", inventory.note, remedy, required=False)
    elif inventory.note:
        yield _good("GPU", "inventory", inventory.note, required=False)
    for device in inventory.devices:
        text = f"{device.name}, {device.memory_bytes / GIB:.0f} GiB"
        text += f", {device.shares} shares" if device.shares > 1 else ""
        text += ", only declared" if device.declared else ""
        yield _good("GPU", device.uuid, text, required=False)
    offered, missing = profiles_for(settings.gpu, inventory)
    if inventory.devices:
        names = ", ".join(profile.name for profile in offered)
        yield _good("GPU", "profiles", names, required=False)
    for profile in missing:
        remedy = "it is not offered; check its kind, model and mig against the devices"
        found = "no device for it"
        yield _lacking("GPU", f"profile {profile.name}", found, remedy, required=False)
    for window in pinned(settings.gpu.rules(offered), inventory.devices):
        if window.short:
            one = window.reservation
            found = f"{window.short} of {one.count} are not there at that time"
            name = f"reservation of {one.course} from {one.start}"
            yield _lacking("GPU", name, found, "reserve fewer, or at another time", required=False)


def _course(env: Mapping[str, str]) -> Iterator[Finding]:
    from autograder.course import Layout, LayoutError
    from autograder.people import courses_of

    try:
        layout = Layout.find(environment=env)
    except LayoutError as error:
        yield _lacking("course", "folder", str(error), "run gradlab inside the course's folder")
        return
    # without settings, whose mistakes are findings of their own, there is the one course
    settings = HubSettings.read(env).settings or HubSettings()
    courses = courses_of(settings, layout)
    if len(courses) > 1 or courses[0].layout != layout:
        yield from _writable("hub", layout)
    for course in courses:
        yield from _one_course(course, f"course {course.id}" if settings.courses else "course")


def _one_course(course: Course, area: str) -> Iterator[Finding]:
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import SQLAlchemyError

    from autograder.course import CourseError, assignment_names
    from autograder.gradebook.revision import sqlite_file

    layout = course.layout
    try:
        names = assignment_names(layout)
        yield _good(area, "assignments", f"{', '.join(names) or 'none'} in {layout.solutions}")
    except CourseError as error:
        yield _lacking(area, "assignments", str(error), "mend it; gradlab build says more")
        names = []
    yield from _libraries(area, layout, names)
    yield from _writable(area, layout)
    try:
        yield _good(area, "people", f"{len(course.members())} by settings, roster and claims")
    except HubError as error:
        yield _lacking(area, "people", str(error), "mend the file; a hub does not start with it")
    url = layout.database_url
    file = sqlite_file(url)
    if file is not None and not file.exists():
        yield _good(area, "gradebook", "SQLite, made at the first 'gradlab serve'")
        return
    try:
        engine = create_engine(url)
        inspect(engine).get_table_names()  # SQLite opens anything, and reads it first here
        engine.dispose()
        yield _good(area, "gradebook", engine.url.render_as_string(hide_password=True))
    except (SQLAlchemyError, ImportError) as error:
        remedy = "check its address (GRADLAB_DB_URL, or database of [[course]]), and the server"
        yield _lacking(area, "gradebook", str(error).splitlines()[0], remedy)


def _libraries(area: str, layout: Layout, names: Iterable[str]) -> Iterator[Finding]:
    """Look for what the course needs beyond gradlab's own; a refused assignment needs nothing."""
    from autograder.course import SourceError, load_manifest
    from autograder.course.libraries import command, lacking, versions_of

    needed: dict[str, None] = {}
    for name in names:
        with contextlib.suppress(SourceError):
            needed |= dict.fromkeys(load_manifest(layout, name).libraries)
    missing = {one.requirement: one for one in lacking(needed)}
    for name, version in versions_of([one for one in needed if one not in missing]).items():
        yield _good(area, name, version)
    for requirement, one in missing.items():
        yield _lacking(area, requirement, one.found, command([requirement]))


def _writable(area: str, layout: Layout) -> Iterator[Finding]:
    home = _existing(layout.home)
    if os.access(home, os.W_OK):
        yield _good(area, "data directory", str(layout.home))
    else:
        remedy = "make it writable, or set GRADLAB_HOME or the course's data"
        yield _lacking(area, "data directory", f"{home} is not writable", remedy)


def _upgrades(env: Mapping[str, str]) -> Iterator[Finding]:
    from autograder.operations.state import State
    from autograder.operations.upgrade import needed

    if HubSettings.read(env).settings is None:
        return
    found = needed(State.find(env))
    for one in found:
        yield _lacking("databases", one.what, str(one), "stop the hub, then: gradlab upgrade")
    if not found:
        yield _good("databases", "revisions", "of this version")


def _proxy(env: Mapping[str, str]) -> Iterator[Finding]:
    from autograder.hub import proxy

    try:
        yield _good("hub", "node", str(proxy.node()))
    except HubError as error:
        yield _lacking("hub", "node", str(error), "pip install -c constraints.txt -e '.[hub]'")
        return
    if proxy.is_installed():
        yield _good("hub", "proxy", f"configurable-http-proxy in {proxy.folder()}")
    else:
        remedy = "nothing to do: the first 'gradlab serve' installs it from the npm registry"
        yield _lacking("hub", "proxy", "not installed yet", remedy, required=False)
    if shutil.which("alembic", path=_path(env)):
        yield _good("hub", "alembic", "found; nbgrader makes gradebooks with it")
    else:
        remedy = "pip install -c constraints.txt -e '.[hub]'"
        yield _lacking("hub", "alembic", "not on PATH; nbgrader makes gradebooks with it", remedy)


def _settings(env: Mapping[str, str]) -> Iterator[Finding]:
    reading = HubSettings.read(env)
    for problem in reading.problems:
        yield _lacking("hub", "settings", problem, "see docs, settings of the hub")
    settings = reading.settings
    if settings is None:
        return
    where = f"{settings.address}, {settings.authenticator} accounts, {len(settings.people)} people"
    yield _good("hub", "settings", where)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((settings.host, settings.port)) == 0
    text = f"{settings.host} port {settings.port}"
    if taken:
        remedy = "this may be gradlab itself; else: gradlab serve --port 8001"
        yield _lacking("hub", "port", f"{text} is in use", remedy, required=False)
    else:
        yield _good("hub", "port", f"{text} is free", required=False)


def _effective(env: Mapping[str, str]) -> Iterator[Finding]:
    for one in HubSettings.read(env).effective:
        found = f"{one.value or '–'}  ({one.origin})"
        is_default = one.origin == "default"
        yield Finding("settings", one.name, State.GOOD, found, "", False, is_default)


def _tests(env: Mapping[str, str]) -> Iterator[Finding]:
    chromium = shutil.which("chromium", path=_path(env))
    if chromium:
        yield _good("tests", "Chromium", chromium, required=False)
    else:
        remedy = "only for browser tests; as root: scripts/install-system.sh"
        yield _lacking("tests", "Chromium", "not found", remedy, required=False)


def _path(env: Mapping[str, str]) -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])


def _existing(path: Path) -> Path:
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path
