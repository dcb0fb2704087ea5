"""`gradlab upgrade` as an administrator runs it, and what happens without."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from jupyterhub import orm
from jupyterhub.dbutil import ALEMBIC_DIR
from nbgrader.api import Gradebook
from sqlalchemy import create_engine

from autograder.course import Layout
from autograder.hub import ServeError
from autograder.hub.doctor import State, examine
from autograder.operations.archive import verify
from autograder.operations.supervision import only_one
from autograder.operations.upgrade import hub_head, hub_revision, needed, refuse_outdated
from autograder.records import Log
from autograder.sessions.folders import HubFolders

from .conftest import contents, state

OLD = Path(__file__).parents[1] / "gradebook" / "nbgrader-0.5.sql"


def gradlab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder", *words],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


@pytest.fixture
def old(layout: Layout) -> Layout:
    """Return a course with the gradebook of nbgrader 0.5 and the hub of one revision ago."""
    folders = HubFolders(layout)
    folders.make()
    (layout.home / "gradebook.db").unlink()
    script = OLD.read_text().replace("{extension}", "NULL").replace("{interval}", "TIMESTAMP")
    with sqlite3.connect(layout.home / "gradebook.db") as connection:
        connection.executescript(script)
    connection.close()
    hub = folders.hub / "jupyterhub.sqlite"
    engine = create_engine(f"sqlite:///{hub}")
    orm.Base.metadata.create_all(engine)
    engine.dispose()
    scripts = ScriptDirectory(ALEMBIC_DIR)
    head = scripts.get_revision(scripts.get_current_head())
    assert head is not None
    with sqlite3.connect(hub) as connection:
        connection.execute("ALTER TABLE spawners DROP COLUMN display_name")
        connection.execute("INSERT INTO users (name, admin, cookie_id) VALUES ('alice', 0, 'c')")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (head.down_revision,))
    connection.close()
    return layout


@pytest.mark.slow
def test_old_databases_are_refused_upgraded_and_then_served(old: Layout) -> None:
    """Doctor, serve and grade say what to do; after `gradlab upgrade` everything is there."""
    hub = HubFolders(old).hub / "jupyterhub.sqlite"
    before = (contents(old.home / "gradebook.db"), contents(hub))
    assert {one.what for one in needed(state(old))} == {"gradebook", "hub database"}
    findings = {one.name: one for one in examine() if one.area == "databases"}
    assert findings["hub database"].state is State.LACKING
    assert "gradlab upgrade" in findings["hub database"].remedy
    with pytest.raises(ServeError, match="gradlab upgrade"):
        refuse_outdated(state(old))
    done = gradlab("grade", "tiny")
    assert done.returncode == 3
    assert "gradlab upgrade" in done.stderr
    with only_one(HubFolders(old).hub / "lock"):
        assert gradlab("upgrade").returncode == 1
    assert (contents(old.home / "gradebook.db"), contents(hub)) == before

    done = gradlab("upgrade")
    assert done.returncode == 0, done.stderr
    refuse_outdated(state(old))
    assert hub_revision(hub) == hub_head()
    with sqlite3.connect(hub) as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("alice",)]
        connection.execute("SELECT display_name FROM spawners")
    connection.close()
    with Gradebook(old.database_url, old.course_id) as gradebook:
        assert gradebook.find_submission("tiny", "ada").score == 4.0
    lines = [line for line in Log(old.log).lines() if line["event"] == "upgrade"]
    assert [line["database"] for line in lines] == ["gradebook", "hub database"]
    backup = Path(lines[0]["backup"])
    assert "data/gradebook.db" in {one.path for one in verify(backup).members}
    assert "nothing to upgrade" in gradlab("upgrade").stdout

    shutil.rmtree(old.home)  # and the way back
    assert gradlab("restore", str(backup)).returncode == 0
    assert (contents(old.home / "gradebook.db"), contents(hub)) == before


def test_the_log_can_be_checked_from_the_command_line(filled: Layout) -> None:
    """`gradlab audit` prints a hash to note, and fails when a line was changed."""
    done = gradlab("audit", "--lines", "1")
    assert done.returncode == 0
    newest, head = done.stdout.strip().splitlines()
    assert '"event": "release"' in newest
    assert gradlab("audit", "--noted", head).returncode == 0
    filled.log.write_bytes(filled.log.read_bytes().replace(b"tiny", b"huge", 1))
    assert gradlab("audit").returncode == 1
