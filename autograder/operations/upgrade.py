"""`gradlab upgrade`: every course's gradebook and the hub's database to this version's.

What it guarantees:

- A backup of everything but homes is made first, beside the data directory.
- Nothing is upgraded while a hub serves the data directory.
- Each database is upgraded whole or left as it was, and the error says where the backup is.

What it does not do: go back. `gradlab restore` puts the backup back for the gradlab of before.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from autograder.gradebook import GradebookError, revision
from autograder.operations.backup import back_up
from autograder.operations.errors import UpgradeFailed
from autograder.operations.state import State
from autograder.operations.supervision import only_one
from autograder.people import Course
from autograder.records import Event, Log
from autograder.sessions.folders import HubFolders
from autograder.settings.errors import ServeError

HUB_DATABASE: Final = "jupyterhub.sqlite"
_HUB_SECONDS: Final = 600
_HUB_UPGRADE: Final = "import sys; from jupyterhub import dbutil; dbutil.upgrade(sys.argv[1])"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Needed:
    """A database that has to be upgraded.

    Args:
        what: `gradebook`, with its course when there are several, or `hub database`.
        before: its revision.
        after: the one that this version works with.
        course: the course whose gradebook it is; `None` for the hub's database.
    """

    what: str
    before: str
    after: str
    course: Course | None = None

    def __str__(self) -> str:
        return f"the {self.what} is of revision {self.before or 'unknown'}, needed is {self.after}"


def needed(state: State) -> tuple[Needed, ...]:
    """Return what has to be upgraded; look only."""
    found = []
    for course in state.courses:
        before = revision.needs_upgrade(course.layout.database_url)
        if before is not None:
            of = f" of {course.id}" if len(state.courses) > 1 else ""
            found.append(Needed(f"gradebook{of}", before, revision.CURRENT, course))
    database = HubFolders(state.layout).hub / HUB_DATABASE
    before = hub_revision(database)
    if before is not None and before != (head := hub_head()):
        found.append(Needed("hub database", before, head))
    return tuple(found)


def refuse_outdated(state: State) -> None:
    """Refuse to serve with databases of another version.

    Raises:
        ServeError: one has to be upgraded first.
    """
    found = needed(state)
    if found:
        what = "; ".join(str(one) for one in found)
        raise ServeError(
            f"{what}. Nothing was touched. Run 'gradlab upgrade', which makes a backup first; if "
            "the data comes from a newer gradlab, use that one"
        )


def upgrade(state: State, say: Say) -> tuple[Needed, ...]:
    """Upgrade what has to be; return it.

    Raises:
        ServeError: a hub serves the data directory.
        UpgradeFailed: a database could not be upgraded.
    """
    home = state.layout.home
    with only_one(HubFolders(state.layout).hub / "lock"):
        found = needed(state)
        if not found:
            return ()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        backup = home.with_name(f"{home.name}.before-upgrade-{stamp}.tar.gz")
        made = back_up(state, backup, homes=False, say=say)
        say(f"backup: {made.path}")
        for one in found:
            say(f"upgrading the {one.what} from {one.before or 'unknown'} to {one.after}")
            try:
                _upgrade_one(state, one)
            except (GradebookError, UpgradeFailed) as error:
                raise UpgradeFailed(f"{error}. The backup is {made.path}") from error
            for course in [one.course] if one.course else state.courses:
                Log(course.layout.log).record(
                    Event.UPGRADE,
                    course=course.id,
                    database=one.what,
                    revision_before=one.before,
                    revision_after=one.after,
                    backup=str(made.path),
                )
        return found


def _upgrade_one(state: State, one: Needed) -> None:
    if one.course is None:
        upgrade_hub(HubFolders(state.layout).hub / HUB_DATABASE)
        return
    with TemporaryDirectory(prefix=".gradlab-upgrade-", dir=state.layout.home.parent) as folder:
        revision.upgrade(one.course.layout.database_url, one.course.id, Path(folder))


def hub_revision(database: Path) -> str | None:
    """Return the revision of the hub's database; `None` when there is none yet."""
    if not database.is_file() or database.stat().st_size == 0:
        return None
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
    try:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if "alembic_version" not in names:
            return "" if names else None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""
    finally:
        connection.close()


def hub_head() -> str:
    """Return the revision that the installed JupyterHub works with."""
    from alembic.script import ScriptDirectory
    from jupyterhub.dbutil import ALEMBIC_DIR

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


def upgrade_hub(database: Path) -> None:
    """Upgrade the hub's database by JupyterHub's own migrations, on a copy that then replaces it.

    Raises:
        UpgradeFailed: they failed; the database is as it was.
    """
    with TemporaryDirectory(prefix=".upgrade-", dir=database.parent) as folder:
        copied = Path(folder, database.name)
        revision.copy_sqlite(database, copied)
        search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            [sys.executable, "-c", _HUB_UPGRADE, f"sqlite:///{copied}"],
            env={**os.environ, "PATH": search}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False, timeout=_HUB_SECONDS,
        )  # fmt: skip
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise UpgradeFailed(
                "JupyterHub's migrations failed, and its database is as it was: "
                + (said[-1] if said else f"exit status {done.returncode}")
            )
        revision.copy_sqlite(copied, database)
