"""`gradlab restore`: put back what `gradlab backup` saved, of every course.

What it guarantees:

- The whole backup is verified before anything is changed.
- Nothing is restored while a hub serves the data directory, or over data that is there; with
  `force` what is there is put aside under another name, not deleted.
- Each folder appears in one step, and a gradebook outside of them in one transaction. When a later
  step fails, the earlier ones are undone.

What it does not do: put settings into force. They are unpacked beside the data, to be read. The
settings of now say where everything goes; a course whose data directory was below the hub's has to
be there again.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from autograder.gradebook import GradebookError, tables
from autograder.gradebook.revision import load_sqlite, revision, save_sqlite, sqlite_file
from autograder.operations.archive import Manifest, unpack, verify
from autograder.operations.backup import SETTINGS
from autograder.operations.errors import ArchiveError, RestoreRefused
from autograder.operations.state import (
    DATA,
    EXCHANGE,
    PARTS,
    RESTORED_SETTINGS,
    Place,
    State,
)
from autograder.operations.supervision import only_one
from autograder.people import Course
from autograder.records import Event, Log
from autograder.settings.errors import ServeError

BESIDE: Final = ("gradebooks", "rosters")  # what the settings put outside of all folders
Courses = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Restored:
    """What was restored.

    Args:
        about: what the backup says of itself.
        members: how many files, folders and links.
        aside: where folders that were there are now.
        settings: the folder with the settings of then.
    """

    about: dict[str, Any]
    members: int
    aside: tuple[Path, ...]
    settings: Path


def restore(state: State, path: Path, *, force: bool = False) -> Restored:
    """Restore a backup into the folders and gradebooks of a hub and its courses.

    Raises:
        ArchiveError: the backup is damaged or not to be trusted; nothing was changed.
        RestoreRefused: something is there already, or a hub is running; nothing was changed.
    """
    manifest = verify(path)
    then = _courses(manifest)
    _refuse_other_courses(state, then, force)
    places = [one for one in state.places if _has(manifest, one)]
    _refuse_occupied(state, places, force)
    with ExitStack() as folders, ExitStack() as undo:
        staged = {one.member: _beside(one.path, folders) for one in places}
        apart = _beside(state.layout.home, folders)
        members = sum(unpack(path, manifest, one.member, staged[one.member]) for one in places)
        for name in BESIDE:
            (apart / name).mkdir()
            members += unpack(path, manifest, name, apart / name)
        for one in places:
            if one.member != EXCHANGE:
                staged[one.member].chmod(0o700)
        settings = staged[DATA] / RESTORED_SETTINGS
        settings.mkdir(mode=0o700)
        members += unpack(path, manifest, SETTINGS, settings)
        files = frozenset(one.path for one in manifest.members if one.kind == "file")
        saved = _Saved(then, files, staged, apart)
        aside: list[Path] = []
        for course in state.courses:
            _put_gradebook(state, course, saved, undo)
            aside += _put_roster(state, course, saved, undo)
        for place in places:
            aside += _put_folder(staged[place.member], place.path, undo)
        undo.pop_all()
    for course in state.courses:
        Log(course.layout.log).record(
            Event.RESTORE, course=course.id, file=str(path), made=manifest.about.get("made")
        )
    return Restored(manifest.about, members, tuple(aside), state.layout.home / RESTORED_SETTINGS)


@dataclass(frozen=True)
class _Saved:
    """An unpacked backup."""

    courses: Courses
    files: frozenset[str]
    staged: dict[str, Path]
    apart: Path

    def find(self, course: Course, part: str) -> Path | None:
        """Return the unpacked gradebook or roster of a course, `None` when there was none."""
        described = self.courses.get(course.id) or next(iter(self.courses.values()))
        member = described[part]
        if member not in self.files:
            return None
        for name, folder in (*self.staged.items(), *((one, self.apart / one) for one in BESIDE)):
            if Path(member).is_relative_to(name):
                return folder / Path(member).relative_to(name)
        return None

    def goal(self, state: State, path: Path) -> Path | None:
        """Return where a file of one of the folders is to lie before they are put in place."""
        member = state.member_of(path)
        for name, folder in self.staged.items():
            if member is not None and Path(member).is_relative_to(name):
                return folder / Path(member).relative_to(name)
        return None


def _has(manifest: Manifest, place: Place) -> bool:
    return place.member == DATA or any(
        one.path.startswith(f"{place.member}/") for one in manifest.members
    )


def _beside(path: Path, folders: ExitStack) -> Path:
    """Return an empty folder on the file system of `path`, which goes away with `folders`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = folders.enter_context(
        tempfile.TemporaryDirectory(prefix=f".{path.name}-restore-", dir=path.parent)
    )
    inner = Path(name, path.name)
    inner.mkdir(mode=0o700)
    return inner


def _courses(manifest: Manifest) -> Courses:
    """Return where each course's parts are in the backup."""
    found = manifest.about.get("courses")
    if not (
        isinstance(found, dict)
        and found
        and all(isinstance(one, dict) and set(one) == set(PARTS) for one in found.values())
        and all(isinstance(name, str) for one in found.values() for name in one.values())
    ):
        raise ArchiveError("the backup's manifest does not say of which courses it is")
    return found


def _refuse_other_courses(state: State, then: Courses, force: bool) -> None:
    now = state.described()
    renamed = force and len(then) == 1 and len(now) == 1
    if set(then) != set(now) and not renamed:
        raise RestoreRefused(
            f"the backup is of {_listed(then)}, the settings have {_listed(now)}; take the "
            "settings of then, which are in the backup. A single course may be restored under "
            "another GRADLAB_COURSE_ID with --force"
        )
    for (course, before), (_same, after) in zip(
        sorted(then.items()), sorted(now.items()), strict=True
    ):
        for part in ("data", "exchange"):
            if before[part] != after[part] and not renamed:
                raise RestoreRefused(
                    f"{part} of {course} was {before[part]} in the backup and is {after[part]} by "
                    "the settings of now. What lay below the hub's data directory has to lie there "
                    "again, and what lay beside it beside it: restore, and move it then"
                )


def _listed(courses: Courses) -> str:
    return ("course " if len(courses) == 1 else "courses ") + ", ".join(sorted(courses))


def _refuse_occupied(state: State, places: list[Place], force: bool) -> None:
    home = state.layout.home
    if _is_occupied(home):
        try:
            with only_one(home / "hub" / "lock"):
                pass
        except ServeError as error:
            raise RestoreRefused(f"{error}; nothing was changed") from error
    if force:
        return
    for place in places:
        if _is_occupied(place.path):
            raise RestoreRefused(
                f"the folder {place.path} is not empty. With --force it is put aside under another "
                "name, and the backup takes its place"
            )
    for course in state.courses:
        if state.is_outside(course) and not _is_empty(course.layout.database_url):
            raise RestoreRefused(
                f"the gradebook of {course.id}, which GRADLAB_DB_URL or the settings put outside "
                "of its data directory, is not empty. With --force its tables are replaced by "
                "those of the backup; back it up first"
            )
        if state.member_of(course.roster) is None and course.roster.exists():
            raise RestoreRefused(
                f"the roster {course.roster} is there. With --force it is put aside under another "
                "name, and that of the backup takes its place"
            )


def _is_occupied(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _is_empty(url: str) -> bool:
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return True
    try:
        with tables.reading(url) as connection:
            return revision(connection) is None
    except SQLAlchemyError as error:
        raise RestoreRefused(f"the gradebook outside of the folders cannot be read: {error}") from (
            error
        )


def _put_gradebook(state: State, course: Course, saved: _Saved, undo: ExitStack) -> None:
    """Load a gradebook that goes elsewhere; move one that goes into a folder to its place there."""
    found = saved.find(course, "gradebook")
    if found is None:
        return
    url = course.layout.database_url
    if not state.is_outside(course):
        file = sqlite_file(url)
        assert file is not None
        _move(found, saved.goal(state, file))
        return
    before = saved.apart / f"{course.id}.before"
    was_empty = _is_empty(url)
    if not was_empty:
        save_sqlite(url, before)
    try:
        load_sqlite(found, url)
    except (SQLAlchemyError, sqlite3.Error, GradebookError) as error:
        raise RestoreRefused(
            f"the gradebook of {course.id} could not be restored, and nothing was changed: {error}"
        ) from error
    undo.callback(_emptied(url) if was_empty else lambda: load_sqlite(before, url))


def _emptied(url: str) -> Callable[[], None]:
    def empty() -> None:
        file = sqlite_file(url)
        if file is not None:
            file.unlink(missing_ok=True)
            return
        engine = create_engine(url)
        with engine.begin() as connection:
            tables.drop(connection)
        engine.dispose()

    return empty


def _put_roster(state: State, course: Course, saved: _Saved, undo: ExitStack) -> list[Path]:
    """Put a roster where the settings have it; return where one that was there is now."""
    found = saved.find(course, "roster")
    if found is None:
        return []
    goal = saved.goal(state, course.roster)
    if goal is not None:
        _move(found, goal)
        return []
    aside = _put_aside(course.roster, undo)
    course.roster.parent.mkdir(parents=True, exist_ok=True)
    undo.callback(course.roster.unlink, missing_ok=True)
    shutil.copy2(found, course.roster)
    return aside


def _move(found: Path, goal: Path | None) -> None:
    if goal is not None and goal != found:
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(found, goal)


def _put_folder(staged: Path, target: Path, undo: ExitStack) -> list[Path]:
    """Give a folder its place; return where what was there is now."""
    aside: list[Path] = []
    if target.is_dir() and not any(target.iterdir()):
        target.rmdir()
        undo.callback(target.mkdir, mode=0o700)
    else:
        aside = _put_aside(target, undo)
    staged.rename(target)
    undo.callback(target.rename, staged)
    return aside


def _put_aside(path: Path, undo: ExitStack) -> list[Path]:
    if not path.exists():
        return []
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = path.with_name(f"{path.name}.before-{stamp}")
    path.rename(aside)
    undo.callback(aside.rename, path)
    return [aside]
