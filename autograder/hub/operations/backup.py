"""`gradlab backup`: all state of a data directory and its gradebook in one file, while it is used.

What it guarantees:

- Every database is copied by its own means as of one moment, and checked: SQLite by its online
  backup, PostgreSQL by a read of one snapshot into SQLite tables.
- Databases come first, then files. What is graded meanwhile may have a notebook or journal line
  more than rows, which grading again completes; no row lacks its submission.
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
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.audit import Action, AuditTrail
from autograder.course.layout import Layout
from autograder.gradebook import GradebookError, tables
from autograder.gradebook.revision import (
    copy_sqlite,
    revision,
    save_sqlite,
    sqlite_file,
)
from autograder.hub.operations.archive import LINKS_BELOW, Writer
from autograder.hub.operations.errors import ArchiveError
from autograder.hub.settings import SETTINGS_VARIABLE

DATA: Final = "data"
GRADEBOOK: Final = "gradebook/gradebook.sqlite"
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
    layout: Layout,
    path: Path,
    *,
    homes: bool = True,
    environment: Mapping[str, str] | None = None,
    say: Say = lambda _line: None,
) -> Made:
    """Write a backup of everything.

    Args:
        layout: the course whose data directory it is.
        path: the file to make.
        homes: whether to keep people's homes.
        environment: where settings come from; this process's when `None`.
        say: told what is being done.

    Raises:
        ArchiveError: the file is there already, or something cannot be read.
    """
    env = os.environ if environment is None else environment
    path = path.absolute()
    if path.is_relative_to(layout.home):
        raise ArchiveError(
            f"{path} is inside the data directory, which it is to keep; choose another folder"
        )
    if not layout.home.is_dir():
        raise ArchiveError(f"there is no data directory {layout.home}; set GRADLAB_HOME")
    with Writer(path) as writer:
        AuditTrail(layout.audit).record(Action.BACKUP, course=layout.course_id, file=str(path))
        try:
            return _Backup(layout, writer, homes, say).make(env)
        except (OSError, SQLAlchemyError, GradebookError) as error:
            raise ArchiveError(f"the backup failed and no file was made: {error}") from error


class _Backup:
    def __init__(self, layout: Layout, writer: Writer, homes: bool, say: Say) -> None:
        self._layout = layout
        self._writer = writer
        self._say = say
        self._left_out = {*MADE_ANEW, *(() if homes else (HOMES,))}
        self._homes = homes
        self._count = 0
        self._skipped: list[str] = []

    def make(self, env: Mapping[str, str]) -> Made:
        """Write everything; databases first."""
        home = self._layout.home
        found = list(self._databases())
        with tempfile.TemporaryDirectory(
            prefix=".gradlab-backup-", dir=self._writer.path.parent
        ) as name:
            folder = Path(name)
            gradebook = self._gradebook(folder)
            for number, database in enumerate(found):
                self._say(f"copying {database.relative_to(home)}")
                copied = folder / f"{number}.sqlite"
                copy_sqlite(database, copied)
                self._add_file(f"{DATA}/{database.relative_to(home)}", copied, database.stat())
        self._say("copying files")
        self._tree({str(database) for database in found})
        self._settings(env)
        about = {
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "course": self._layout.course_id,
            "home": str(home),
            "homes": self._homes,
            "gradebook": gradebook,
            "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
            "skipped": self._skipped,
        }
        digest = self._writer.finish(about)
        path = self._writer.path
        return Made(path, digest, self._count, path.stat().st_size, tuple(self._skipped))

    def _databases(self) -> Iterator[Path]:
        """Return SQLite files of ours, wherever a service keeps one."""
        home = self._layout.home
        for folder, names, files in os.walk(home, onerror=_fail):
            names[:] = [name for name in names if name not in FOREIGN and name not in MADE_ANEW]
            for name in sorted(files):
                if _is_sqlite(Path(folder, name)):
                    yield Path(folder, name)

    def _gradebook(self, folder: Path) -> dict[str, Any]:
        """Keep the gradebook, unless it lies in the data directory as any other database."""
        url = self._layout.database_url
        parts = make_url(url)
        about = {"kind": parts.get_backend_name(), "inside": False, "revision": None}
        file = sqlite_file(url)
        if file is not None and not file.exists():
            return about
        with tables.reading(url) as connection:
            about["revision"] = revision(connection)
        if file is not None and file.resolve().is_relative_to(self._layout.home.resolve()):
            return about | {"inside": True}
        self._say(f"copying the gradebook {parts.render_as_string(hide_password=True)}")
        copied = folder / "gradebook.sqlite"
        save_sqlite(url, copied)
        self._add_file(GRADEBOOK, copied, copied.stat())
        return about

    def _tree(self, databases: set[str]) -> None:
        home = self._layout.home
        for folder, names, files, descriptor in os.fwalk(
            home, onerror=_fail, follow_symlinks=False
        ):
            here = Path(folder)
            if here == home:
                names[:] = [name for name in names if name not in self._left_out]
            names.sort()
            inside = here.relative_to(home)
            if here != home:
                self._writer.folder(f"{DATA}/{inside.as_posix()}", os.fstat(descriptor))
                self._count += 1
            for name in sorted([*names, *files]):
                if str(here / name) in databases or _is_passing(inside, name):
                    continue
                self._entry(descriptor, name, f"{DATA}/{(inside / name).as_posix()}")

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
        root = self._layout.root
        for path in (Path(named) if named else None, root / "jupyterhub_config.py",
                     root / "nbgrader_config.py"):  # fmt: skip
            if path is not None and path.is_file():
                self._add_file(f"{SETTINGS}/{path.name}", path, path.stat())
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


def _is_sqlite(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and file.read(len(_MAGIC)) == _MAGIC


def _is_passing(folder: Path, name: str) -> bool:
    """Return whether a file of ours means nothing once the programs that use it have ended."""
    if set(folder.parts) & set(FOREIGN):
        return False
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
