"""`gradlab backup`: all state of a hub and its courses in one file, while it is used.

What it guarantees:

- Every course of the settings is in it, wherever its data directory, gradebook and roster lie.
- Every database is copied by its own means as of one moment, and checked: SQLite by its online
  backup, PostgreSQL by a read of one snapshot into SQLite tables.
- Databases come first, then files. What is graded meanwhile may have a notebook or line of the
  log more than rows, which grading again completes; no row lacks its submission.
- Files that people write meanwhile are taken as far as they are written.

What it does not do: keep what is made anew (source tree, Jupyter configuration), logs, locks,
sockets, or links outside of homes; look into people's own SQLite files, which are files to it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.gradebook import GradebookError, tables
from autograder.gradebook.revision import (
    copy_sqlite,
    revision,
    save_sqlite,
    sqlite_file,
)
from autograder.hub.operations.archive import LINKS_BELOW, Writer
from autograder.hub.operations.errors import ArchiveError
from autograder.hub.operations.state import EXCHANGE, RESTORED_SETTINGS, Place, State
from autograder.hub.settings import SETTINGS_VARIABLE
from autograder.records import Event, Log

SETTINGS: Final = "settings"
HOMES: Final = "homes"
# Folders in which people other than the course's staff can put files.
FOREIGN: Final = (HOMES, "submitted", "autograded", "feedback", "exchange")
MADE_ANEW: Final = ("source", "config")
PACKAGES: Final = ("gradlab", "nbgrader", "jupyterhub", "sqlalchemy")
_MAGIC: Final = b"SQLite format 3\0"
_COMPANIONS: Final = ("-wal", "-shm", "-journal")
_SECRET: Final = ("PASSWORD", "SECRET", "TOKEN", "KEY")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A finished backup.

    Args:
        path: the file.
        sha256: its hash; kept elsewhere it proves that the file is the same later.
        members: how many files, folders and links are in it.
        size_bytes: how large it is.
        skipped: what was left out for being no file, folder or permitted link.
    """

    path: Path
    sha256: str
    members: int
    size_bytes: int
    skipped: tuple[str, ...]


def back_up(
    state: State,
    path: Path,
    *,
    homes: bool = True,
    environment: Mapping[str, str] | None = None,
    say: Say = lambda _line: None,
) -> Made:
    """Write a backup of everything.

    Args:
        state: what there is.
        path: the file to make.
        homes: whether to keep people's homes.
        environment: where settings come from; this process's when `None`.
        say: told what is being done.

    Raises:
        ArchiveError: the file is there already, or something cannot be read.
    """
    env = os.environ if environment is None else environment
    path = path.absolute()
    for place in state.places:
        if place.holds(path):
            raise ArchiveError(
                f"{path} is inside {place.path}, which it is to keep; choose another folder"
            )
    if not state.layout.home.is_dir():
        raise ArchiveError(f"there is no data directory {state.layout.home}; set GRADLAB_HOME")
    with Writer(path) as writer:
        for course in state.courses:
            if course.layout.home.is_dir():
                log = Log(course.layout.log)
                log.record(Event.BACKUP, course=course.id, file=str(path))
        try:
            return _Backup(state, writer, homes, say).make(env)
        except (OSError, SQLAlchemyError, GradebookError) as error:
            raise ArchiveError(f"the backup failed and no file was made: {error}") from error


class _Backup:
    def __init__(self, state: State, writer: Writer, homes: bool, say: Say) -> None:
        self._state = state
        self._writer = writer
        self._say = say
        self._left_out = {home / name for home in state.homes for name in MADE_ANEW}
        self._left_out.add(state.layout.home / RESTORED_SETTINGS)
        if not homes:
            self._left_out.add(state.layout.home / HOMES)
        self._homes = homes
        self._count = 0
        self._skipped: list[str] = []

    def make(self, env: Mapping[str, str]) -> Made:
        """Write everything; databases first."""
        places = [place for place in self._state.places if place.path.is_dir()]
        copied: set[str] = set()
        with tempfile.TemporaryDirectory(
            prefix=".gradlab-backup-", dir=self._writer.path.parent
        ) as name:
            folder = Path(name)
            gradebooks = self._gradebooks(folder)
            for place in places:
                for database in _databases(place):
                    member = f"{place.member}/{database.relative_to(place.path).as_posix()}"
                    self._say(f"copying {member}")
                    target = folder / f"{len(copied)}.sqlite"
                    copy_sqlite(database, target)
                    self._add_file(member, target, database.stat())
                    copied.add(str(database))
        self._say("copying files")
        for place in places:
            self._tree(place, copied)
        self._rosters()
        self._settings(env)
        about = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "home": str(self._state.layout.home),
            "homes": self._homes,
            "courses": self._state.described(),
            "gradebooks": gradebooks,
            "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
            "skipped": self._skipped,
        }
        digest = self._writer.finish(about)
        path = self._writer.path
        return Made(path, digest, self._count, path.stat().st_size, tuple(self._skipped))

    def _gradebooks(self, folder: Path) -> dict[str, Any]:
        """Keep gradebooks that lie elsewhere; those in a data directory are databases as others."""
        about = {}
        for course in self._state.courses:
            url = course.layout.database_url
            parts = make_url(url)
            known: dict[str, Any] = {"kind": parts.get_backend_name(), "revision": None}
            about[course.id] = known
            file = sqlite_file(url)
            if file is not None and not file.exists():
                continue
            with tables.reading(url) as connection:
                known["revision"] = revision(connection)
            if not self._state.is_outside(course):
                continue
            self._say(f"copying the gradebook {parts.render_as_string(hide_password=True)}")
            copied = folder / f"{course.id}.sqlite"
            save_sqlite(url, copied)
            self._add_file(self._state.gradebook(course), copied, copied.stat())
        return about

    def _rosters(self) -> None:
        """Keep rosters that the settings name elsewhere."""
        for course in self._state.courses:
            if self._state.member_of(course.roster) is None and course.roster.is_file():
                self._add_file(self._state.roster(course), course.roster, course.roster.stat())

    def _tree(self, place: Place, databases: set[str]) -> None:
        for folder, names, files, descriptor in os.fwalk(
            place.path, onerror=_fail, follow_symlinks=False
        ):
            here = Path(folder)
            names[:] = sorted(name for name in names if here / name not in self._left_out)
            inside = here.relative_to(place.path)
            member = PurePosixPath(place.member, inside)
            self._writer.folder(str(member), os.fstat(descriptor))
            self._count += 1
            foreign = place.member == EXCHANGE or set(inside.parts) & set(FOREIGN)
            for name in sorted([*names, *files]):
                if str(here / name) in databases or (not foreign and _is_passing(name)):
                    continue
                self._entry(descriptor, name, str(member / name))

    def _entry(self, folder: int, name: str, member: str) -> None:
        """Keep one file or link; what vanished meanwhile or is special is left out."""
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                return
            if stat.S_ISLNK(status.st_mode) and member.startswith(f"{LINKS_BELOW}/"):
                target = os.readlink(name, dir_fd=folder)
                self._writer.link(member, target, status)
                self._count += 1
                return
            if not stat.S_ISREG(status.st_mode):
                self._skipped.append(member)
                return
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                self._skipped.append(member)
                return
            self._writer.file(member, file, status)
            self._count += 1

    def _settings(self, env: Mapping[str, str]) -> None:
        """Keep what the settings were, to be read by a person who restores."""
        named = env.get(SETTINGS_VARIABLE)
        root = self._state.layout.root
        for path in (Path(named) if named else None, root / "jupyterhub_config.py"):
            if path is not None and path.is_file():
                self._add_file(f"{SETTINGS}/{path.name}", path, path.stat())
        for course in self._state.courses:
            path = course.layout.root / "nbgrader_config.py"
            if path.is_file():
                self._add_file(f"{SETTINGS}/{course.id}/{path.name}", path, path.stat())
        variables = {
            name: _shown(name, value)
            for name, value in sorted(env.items())
            if name.startswith("GRADLAB_")
        }
        self._writer.text(
            f"{SETTINGS}/environment.json", json.dumps(variables, indent=1).encode() + b"\n"
        )
        self._count += 1

    def _add_file(self, member: str, path: Path, status: os.stat_result) -> None:
        with path.open("rb") as file:
            self._writer.file(member, file, status)
        self._count += 1


def _fail(error: OSError) -> None:
    """Let nothing be left out because it could not be read; what has vanished may be."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _databases(place: Place) -> Iterator[Path]:
    """Return SQLite files of ours, wherever a service keeps one."""
    if place.member == EXCHANGE:
        return
    for folder, names, files in os.walk(place.path, onerror=_fail):
        names[:] = [name for name in names if name not in FOREIGN and name not in MADE_ANEW]
        for name in sorted(files):
            if _is_sqlite(Path(folder, name)):
                yield Path(folder, name)


def _is_sqlite(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and file.read(len(_MAGIC)) == _MAGIC


def _is_passing(name: str) -> bool:
    """Return whether a file of ours means nothing once the programs that use it have ended."""
    return (
        name in ("lock", ".gradebook.lock", "proxy.pid")
        or name.endswith((".part", ".partial", ".lock", *_COMPANIONS))
        or name.partition(".log")[1] == ".log"
        or name.startswith("trial-")
    )


def _shown(name: str, value: str) -> str:
    """Return a variable's value without a password."""
    if any(word in name for word in _SECRET):
        return "(not kept)"
    if "://" in value:
        try:
            return make_url(value).render_as_string(hide_password=True)
        except SQLAlchemyError:
            return value
    return value
