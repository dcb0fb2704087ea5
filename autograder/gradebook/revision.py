"""Which revision of nbgrader's tables a gradebook has, and bringing an old one up to date.

What it guarantees:

- A gradebook of another revision is recognised before anything touches it: nbgrader itself would
  add half of the missing tables.
- An upgrade is done on a copy by nbgrader's own migrations, and the rows are then put into tables
  as nbgrader makes them new. The gradebook is replaced in one transaction at the very end, so that
  a failure leaves it as it was. Rows are counted and scores are summed before and after.
- Gradebooks older than courses get the course that is being served.

What it does not do: keep a copy (`gradlab upgrade` makes a backup first), or look after who else
has the gradebook open.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.gradebook import tables
from autograder.gradebook.errors import GradebookError, OutdatedError
from autograder.gradebook.schema import METADATA

# The revision of nbgrader 0.9.6, to which the project is pinned; a test compares it with nbgrader.
# Asking nbgrader starts a program that takes a second.
CURRENT: Final = "e43177bfe90b"
COURSES_SINCE: Final = "e43177bfe90b"
MIGRATION_SECONDS: Final = 600
_DEFAULT_COURSE: Final = "default_course"  # nbgrader's, for what is older than courses


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did.

    Args:
        before: the revision that the gradebook had.
        after: the one that it has now.
        rows: how many rows each table has now.
    """

    before: str
    after: str
    rows: dict[str, int]


def revision(connection: Connection) -> str | None:
    """Return a gradebook's revision: `None` without any tables, empty when it was never noted."""
    names = inspect(connection).get_table_names()
    if not names:
        return None
    if tables.VERSIONS not in names:
        return ""
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found or "")


def check_revision(connection: Connection, shown_url: str) -> None:
    """Refuse a gradebook whose tables are not those of this nbgrader.

    Raises:
        OutdatedError: it has to be upgraded, or is newer than this program.
    """
    found = revision(connection)
    if found not in (None, CURRENT):
        raise OutdatedError(
            f"the gradebook {shown_url} has nbgrader's tables of revision "
            f"{found or 'before 0.5'}, and this program works with {CURRENT}. It was not touched. "
            "Stop the hub and run 'gradlab upgrade', which makes a backup first; if the gradebook "
            "comes from a newer gradlab, use that one"
        )


def make_tables(connection: Connection) -> None:
    """Make nbgrader's tables in a database without any, or complete those of a killed program.

    What has rows, or other tables, is left as it is.
    """
    found = revision(connection)
    if found == "" and not _is_half_made(connection):
        return
    if found in (None, ""):
        METADATA.create_all(connection)
        _note_revision(connection)


def _is_half_made(connection: Connection) -> bool:
    """Say whether there are only nbgrader's tables, as they are now and empty."""
    wanted = METADATA.tables
    return all(
        name in wanted
        and set(table.columns.keys()) == set(wanted[name].columns.keys())
        and connection.execute(select(table).limit(1)).first() is None
        for name, table in tables.known(connection).tables.items()
        if name != tables.VERSIONS
    )


def needs_upgrade(url: str) -> str | None:
    """Return the revision of a gradebook that has to be upgraded, `None` for any other."""
    if _missing(url):
        return None
    with tables.reading(url) as connection:
        found = revision(connection)
    return None if found in (None, CURRENT) else found


def upgrade(url: str, course_id: str, folder: Path) -> Upgraded:
    """Bring a gradebook up to date; nobody else may have it open.

    Args:
        url: the gradebook.
        course_id: the course that assignments without one belong to.
        folder: an empty folder for the copies.

    Raises:
        GradebookError: nbgrader's migrations failed or lost something; nothing was changed.
    """
    old, new = folder / "old.sqlite", folder / "new.sqlite"
    save_sqlite(url, old)
    with tables.reading(f"sqlite:///{old}") as connection:
        before = revision(connection)
        counted = _counts(connection)
    if before is None:
        raise GradebookError(f"there is no gradebook at {_shown(url)} to upgrade")
    try:
        _migrate(old)
        _make_anew(old, new, course_id if before != COURSES_SINCE else None)
        with tables.reading(f"sqlite:///{new}") as connection:
            _compare(counted, _counts(connection))
            rows = _rows(connection)
        load_sqlite(new, url)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise GradebookError(
            f"the gradebook {_shown(url)} could not be upgraded and is as it was: {error}"
        ) from error
    return Upgraded(before, CURRENT, rows)


def save_sqlite(url: str, path: Path) -> None:
    """Write a gradebook into a new SQLite file, one moment's state, while others go on writing."""
    file = sqlite_file(url)
    if file is not None:
        copy_sqlite(file, path)
        return
    target = create_engine(f"sqlite:///{path}")
    try:
        with tables.reading(url) as source, target.begin() as connection:
            tables.copy(source, connection)
    finally:
        target.dispose()


def load_sqlite(path: Path, url: str) -> None:
    """Replace a gradebook by what a SQLite file holds, in one transaction."""
    file = sqlite_file(url)
    if file is not None:
        copy_sqlite(path, file)
        return
    engine = create_engine(url)
    try:
        with tables.reading(f"sqlite:///{path}") as source, engine.begin() as target:
            tables.drop(target)
            if revision(source) == CURRENT:
                METADATA.create_all(target)
                _fill(source, target, [*METADATA.sorted_tables])
                _note_revision(target)
            else:
                tables.copy(source, target)
    finally:
        engine.dispose()


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is at one moment, by SQLite's own means."""
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
    try:
        writing = sqlite3.connect(target, timeout=60)
        try:
            reading.backup(writing)
            (state,) = writing.execute("PRAGMA integrity_check").fetchone()
            if state != "ok":
                raise GradebookError(f"the database {source} is damaged: {state}")
        finally:
            writing.close()
    finally:
        reading.close()


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite address, `None` for any other."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        return None
    return Path(parts.database)


def _missing(url: str) -> bool:
    file = sqlite_file(url)
    return file is not None and not file.exists()


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _migrate(path: Path) -> None:
    """Run nbgrader's migrations on a SQLite file."""
    from nbgrader.dbutil import write_alembic_ini

    settings = path.with_suffix(".ini")
    write_alembic_ini(str(settings), f"sqlite:///{path}")
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-c", str(settings), "upgrade", CURRENT],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=MIGRATION_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise GradebookError(
            "nbgrader's migrations failed, and the gradebook is as it was: "
            + (said[-1] if said else f"exit status {done.returncode}")
        )


def _make_anew(old: Path, new: Path, course_id: str | None) -> None:
    """Put migrated rows into tables as nbgrader makes them new."""
    engine = create_engine(f"sqlite:///{new}")
    try:
        with tables.reading(f"sqlite:///{old}") as source, engine.begin() as target:
            METADATA.create_all(target)
            _fill(source, target, METADATA.sorted_tables)
            _note_revision(target)
            if course_id is not None:
                _name_course(target, course_id)
    finally:
        engine.dispose()


def _fill(source: Connection, target: Connection, wanted: Any) -> None:
    present = tables.known(source).tables
    for table in wanted:
        if table.name not in present:
            continue
        found = present[table.name]
        for part in tables.rows(source, found):
            target.execute(table.insert(), part)


def _note_revision(target: Connection) -> None:
    target.execute(text("DROP TABLE IF EXISTS alembic_version"))
    target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    target.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": CURRENT})


def _name_course(target: Connection, course_id: str) -> None:
    course = METADATA.tables["course"]
    assignment = METADATA.tables["assignment"]
    if target.scalar(select(course.c.id).where(course.c.id == course_id)) is None:
        target.execute(course.insert().values(id=course_id))
    target.execute(
        assignment.update()
        .where(assignment.c.course_id == _DEFAULT_COURSE)
        .values(course_id=course_id)
    )
    if course_id != _DEFAULT_COURSE:
        target.execute(course.delete().where(course.c.id == _DEFAULT_COURSE))


def _counts(connection: Connection) -> dict[str, Any]:
    """Return what must not change: how many of what people made, and the sums of the scores."""
    known = tables.known(connection).tables
    counted: dict[str, Any] = {}
    for name in ("assignment", "student", "notebook", "source_cell", "submitted_assignment",
                 "submitted_notebook", "comment", "grade"):  # fmt: skip
        if name in known:
            counted[name] = connection.scalar(select(func.count()).select_from(known[name]))
    if "grade" in known:
        grade = known["grade"]
        for column in ("auto_score", "manual_score", "extra_credit"):
            if column in grade.columns:
                total = connection.scalar(select(func.sum(grade.columns[column])))
                counted[column] = None if total is None else round(float(total), 6)
    return counted


def _rows(connection: Connection) -> dict[str, int]:
    return {
        name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for name, table in sorted(tables.known(connection).tables.items())
    }


def _compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    lost = [
        f"{name}: {value} before, {after.get(name)} after"
        for name, value in before.items()
        if after.get(name) != value
    ]
    if lost:
        raise GradebookError(
            "the upgraded copy differs from the gradebook, which is as it was: " + "; ".join(lost)
        )
