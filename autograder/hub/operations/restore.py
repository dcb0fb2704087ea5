"""`gradlab restore`: put back what `gradlab backup` saved.

What it guarantees:

- The whole backup is verified before anything is changed.
- Nothing is restored while a hub serves the data directory, or over data that is there; with
  `force` the data directory that is there is put aside under another name, not deleted.
- The data directory appears in one step, and a gradebook outside of it in one transaction.

What it does not do: put settings into force. They are unpacked beside the data, to be read.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from autograder.audit import Action, AuditTrail
from autograder.course.layout import Layout
from autograder.gradebook import GradebookError, tables
from autograder.gradebook.revision import load_sqlite, revision, sqlite_file
from autograder.hub.errors import ServeError
from autograder.hub.operations.archive import Manifest, unpack, verify
from autograder.hub.operations.backup import DATA, GRADEBOOK, SETTINGS
from autograder.hub.operations.errors import RestoreRefused
from autograder.hub.supervision import only_one

RESTORED_SETTINGS = "restored-settings"


@dataclass(frozen=True)
class Restored:
    """What was restored.

    Args:
        about: what the backup says of itself.
        members: how many files, folders and links.
        aside: where the data directory that was there is now; `None` when there was none.
        settings: the folder with the settings of then.
    """

    about: dict[str, Any]
    members: int
    aside: Path | None
    settings: Path


def restore(layout: Layout, path: Path, *, force: bool = False) -> Restored:
    """Restore a backup into the course's data directory and gradebook.

    Raises:
        ArchiveError: the backup is damaged or not to be trusted; nothing was changed.
        RestoreRefused: something is there already, or a hub is running; nothing was changed.
    """
    manifest = verify(path)
    home = layout.home
    _refuse_occupied(layout, manifest, force)
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{home.name}-restore-", dir=home.parent) as name:
        staging = Path(name)
        data, gradebook = staging / "data", staging / "gradebook"
        for folder in (data, gradebook, data / RESTORED_SETTINGS):
            folder.mkdir(mode=0o700)
        members = unpack(path, manifest, DATA, data)
        members += unpack(path, manifest, GRADEBOOK.partition("/")[0], gradebook)
        members += unpack(path, manifest, SETTINGS, data / RESTORED_SETTINGS)
        if (file := _outside_gradebook(layout, manifest, data, gradebook)) is not None:
            _load_gradebook(file, layout)
        aside = _put_aside(home)
        data.rename(home)
    AuditTrail(layout.audit).record(
        Action.RESTORE, course=layout.course_id, file=str(path), made=manifest.about.get("made")
    )
    return Restored(manifest.about, members, aside, home / RESTORED_SETTINGS)


def _refuse_occupied(layout: Layout, manifest: Manifest, force: bool) -> None:
    if manifest.about.get("course") != layout.course_id and not force:
        raise RestoreRefused(
            f"the backup is of course {manifest.about.get('course')!r}, this one is "
            f"{layout.course_id!r}; set GRADLAB_COURSE_ID, or add --force"
        )
    home = layout.home
    if home.is_dir() and any(home.iterdir()):
        try:
            with only_one(home / "hub" / "lock"):
                pass
        except ServeError as error:
            raise RestoreRefused(f"{error}; nothing was changed") from error
        if not force:
            raise RestoreRefused(
                f"the data directory {home} is not empty. With --force it is put aside under "
                "another name, and the backup takes its place"
            )
    if _is_outside(layout) and not force and not _is_empty(layout.database_url):
        raise RestoreRefused(
            "the gradebook that GRADLAB_DB_URL names is not empty. With --force its tables are "
            "replaced by those of the backup; back it up first"
        )


def _is_outside(layout: Layout) -> bool:
    file = sqlite_file(layout.database_url)
    return file is None or not file.resolve().is_relative_to(layout.home.resolve())


def _is_empty(url: str) -> bool:
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return True
    try:
        with tables.reading(url) as connection:
            return revision(connection) is None
    except SQLAlchemyError as error:
        raise RestoreRefused(
            f"the gradebook that GRADLAB_DB_URL names cannot be read: {error}"
        ) from error


def _outside_gradebook(
    layout: Layout, manifest: Manifest, data: Path, gradebook: Path
) -> Path | None:
    """Return the saved gradebook when it goes elsewhere than the data directory.

    One that comes from elsewhere and goes into the data directory is moved there.
    """
    saved = gradebook / Path(GRADEBOOK).name
    inside = data / "gradebook.db"
    if manifest.about.get("gradebook", {}).get("inside"):
        return inside if _is_outside(layout) else None
    if not saved.exists():
        return None
    if _is_outside(layout):
        return saved
    file = sqlite_file(layout.database_url)
    assert file is not None
    shutil.move(saved, data / file.resolve().relative_to(layout.home.resolve()))
    return None


def _load_gradebook(file: Path, layout: Layout) -> None:
    try:
        load_sqlite(file, layout.database_url)
    except (SQLAlchemyError, sqlite3.Error, GradebookError) as error:
        raise RestoreRefused(
            f"the gradebook could not be restored, and nothing was changed: {error}"
        ) from error


def _put_aside(home: Path) -> Path | None:
    if not home.is_dir():
        return None
    if not any(home.iterdir()):
        home.rmdir()
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = home.with_name(f"{home.name}.before-{stamp}")
    home.rename(aside)
    return aside
