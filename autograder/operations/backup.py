"""`gradlab backup`: all state of a hub and its courses in one file, while it is used.

What it guarantees:

- Every course of the settings is in it, wherever its data directory, gradebook and roster lie.
- Every database is copied by its own means as of one moment, and checked: SQLite by its online
  backup, PostgreSQL by a read of one snapshot into SQLite tables.
- Databases come first, then files. What is graded meanwhile may have a notebook or line of the
  log more than rows, which grading again completes; no row lacks its submission.
- Files that people write meanwhile are taken as far as they are written.
- Whatever lies in a folder that people write to, and whatever happens to it meanwhile, the rest is
  kept: what cannot be is named and left out. That is what became a link, a device or unreadable,
  what is nested too deep, and what would make the backup endless: more holes in files, or more
  names in one home, than are of use to anybody.

What it does not do: keep what is made anew (source tree, Jupyter configuration), logs, locks,
sockets, or links outside of homes; look into people's own SQLite files, which are files to it.

Longer than other modules: the order in which state is read is the guarantee.
"""

from __future__ import annotations

import errno
import importlib.metadata
import json
import os
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.gradebook import GradebookError, tables
from autograder.gradebook.revision import (
    copy_sqlite,
    revision,
    save_sqlite,
    sqlite_file,
)
from autograder.hub.settings import SETTINGS_VARIABLE
from autograder.operations.archive import LINKS_BELOW, MAX_MANIFEST_BYTES, Writer
from autograder.operations.errors import ArchiveError
from autograder.operations.state import EXCHANGE, RESTORED_SETTINGS, Place, State
from autograder.records import Event, Log, NotRegularError, open_regular

SETTINGS: Final = "settings"
HOMES: Final = "homes"
# Folders in which people other than the course's staff can put files.
FOREIGN: Final = (HOMES, "submitted", "autograded", "feedback", "exchange")
MADE_ANEW: Final = ("source", "config")
PACKAGES: Final = ("gradlab", "nbgrader", "jupyterhub", "sqlalchemy")
_MAGIC: Final = b"SQLite format 3\0"
_COMPANIONS: Final = ("-wal", "-shm", "-journal")
MOST_NESTED: Final = 100  # folders in folders
MOST_HOLES_BYTES: Final = 8 << 30  # of all files: reading a hole takes as long as reading data
HOME_MANIFEST_BYTES: Final = 32 << 20  # of one home's names: a hundred thousand of them
FOREIGN_MANIFEST_BYTES: Final = MAX_MANIFEST_BYTES * 3 // 4
MOST_NAMED: Final = 1_000
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# what is wrong with this program or machine, and not with a file
_OURS: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
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
        skipped: the names of what was left out, the first thousand.
        reasons: why, by name.
        is_whole: whether nothing of the course's or the hub's own was unreadable.
    """

    path: Path
    sha256: str
    members: int
    size_bytes: int
    skipped: tuple[str, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = True


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
        self._reasons: dict[str, str] = {}
        self._is_whole = True
        self._written_bytes = 0
        self._leave_apart: set[str] = set()
        self._holes_bytes = MOST_HOLES_BYTES
        self._homes_bytes: Counter[PurePosixPath] = Counter()

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
            "skipped": list(self._reasons),
        }
        digest = self._writer.finish(about)
        path = self._writer.path
        return Made(
            path, digest, self._count, path.stat().st_size, tuple(self._reasons), self._reasons,
            self._is_whole,
        )  # fmt: skip

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
        self._leave_apart = {str(path) for path in self._left_out} | databases
        descriptor = os.open(place.path, _FOLDER)
        try:
            self._folder(descriptor, place.path, PurePosixPath(place.member), 0)
        finally:
            os.close(descriptor)

    def _folder(self, folder: int, path: Path, member: PurePosixPath, depth: int) -> None:
        """Keep an open folder and what is in it, what is not a folder first."""
        if not self._has_room(member):
            return
        self._writer.folder(str(member), os.fstat(folder))
        self._kept(member)
        foreign = is_foreign(member)
        inner = []
        for name in sorted(os.listdir(folder)):
            if str(path / name) in self._leave_apart or (not foreign and _is_passing(name)):
                continue
            if not self._has_room(member / name):
                break
            if self._entry(folder, name, member / name):
                inner.append(name)
        if inner and depth >= MOST_NESTED:
            self._skip(member / inner[0], f"more than {MOST_NESTED} folders in folders")
            return
        for name in inner:
            try:
                descriptor = os.open(name, _FOLDER, dir_fd=folder)
            except OSError as error:
                self._failed(member / name, error)
                continue
            try:
                self._folder(descriptor, path / name, member / name, depth + 1)
            finally:
                os.close(descriptor)

    def _entry(self, folder: int, name: str, member: PurePosixPath) -> bool:
        """Keep one file or link, return whether it is a folder; what is special is left out."""
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                return True
            if stat.S_ISLNK(status.st_mode) and str(member).startswith(f"{LINKS_BELOW}/"):
                self._writer.link(str(member), os.readlink(name, dir_fd=folder), status)
                self._kept(member)
                return False
            if not stat.S_ISREG(status.st_mode):
                self._skip(member, "a link or special file")
                return False
            file = open_regular(name, folder=folder)
        except NotRegularError:  # it has become one
            self._skip(member, "a link or special file")
            return False
        except OSError as error:
            self._failed(member, error)
            return False
        with file:
            self._file(file, member)
        return False

    def _file(self, file: BinaryIO, member: PurePosixPath) -> None:
        """Keep an open file."""
        status = os.fstat(file.fileno())
        holes = max(0, status.st_size - 512 * status.st_blocks)
        if holes > self._holes_bytes:
            self._skip(member, f"{holes} bytes of it are holes")
            return
        self._holes_bytes -= holes
        if not self._writer.file(str(member), file, status):
            self._note(member, "cut off or unreadable while it was read; the rest is zeros")
        self._kept(member)

    def _kept(self, member: PurePosixPath) -> None:
        """Count a member that was written, and its names with its home's."""
        self._count += 1
        more = self._writer.manifest_bytes - self._written_bytes
        self._written_bytes += more
        home = _home(member)
        if home is not None:
            self._homes_bytes[home] += more

    def _has_room(self, member: PurePosixPath) -> bool:
        """Return whether people's names do not fill the manifest; else say where they do."""
        if not is_foreign(member):
            return True
        written = self._writer.manifest_bytes
        home = _home(member)
        if home is not None and self._homes_bytes[home] > HOME_MANIFEST_BYTES:
            self._skip(home, "too many names in it; the rest of it is left out")
            return False
        if written > FOREIGN_MANIFEST_BYTES:
            self._skip(member.parent, "too many names in all; the rest is left out")
            return False
        return True

    def _failed(self, member: PurePosixPath, error: OSError) -> None:
        """Leave out what cannot be opened; what has vanished meanwhile is not worth a word."""
        if error.errno in _OURS:
            raise error
        if not isinstance(error, FileNotFoundError):
            swapped = error.errno in (errno.ELOOP, errno.ENOTDIR)
            self._note(member, "it became a link" if swapped else str(error.strerror))

    def _note(self, member: PurePosixPath, why: str) -> None:
        """Name what was not kept as it is; the course's own makes the backup a failure."""
        self._skip(member, why)
        self._is_whole &= is_foreign(member)

    def _skip(self, member: PurePosixPath, why: str) -> None:
        if len(self._reasons) < MOST_NAMED:
            self._reasons[str(member)] = why

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


def _home(member: PurePosixPath) -> PurePosixPath | None:
    """Return the home that a member lies in."""
    if HOMES not in member.parts[:-1]:
        return None
    return PurePosixPath(*member.parts[: member.parts.index(HOMES) + 2])


def is_foreign(member: PurePosixPath) -> bool:
    """Return whether a member lies where people other than the course's staff can put files."""
    inside = member.parts[3 if member.parts[0] == "courses" else 1 :]
    return member.parts[0] == EXCHANGE or bool(set(inside) & set(FOREIGN))


def _fail(error: OSError) -> None:
    """Let no database be left out because its folder cannot be read; what has vanished may be."""
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
        with open_regular(path) as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


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
