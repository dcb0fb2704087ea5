"""A data directory with something of everything in it."""

from __future__ import annotations

import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import Layout, build
from autograder.gradebook import GradebookWriter
from autograder.grading import Preparer
from autograder.hub import HubSettings
from autograder.operations.state import State
from autograder.people import courses_of
from autograder.records import Event, Log
from autograder.sessions.folders import HubFolders


@pytest.fixture(scope="session")
def empty_gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a gradebook that nbgrader made; copied, because making one takes seconds."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        Gradebook(f"sqlite:///{path}", "deep-learning").close()
    return path


@pytest.fixture
def layout(layout: Layout, empty_gradebook: Path) -> Layout:
    """Return the course with an empty gradebook."""
    layout.home.mkdir()
    (layout.home / "gradebook.db").write_bytes(empty_gradebook.read_bytes())
    return layout


@pytest.fixture
def filled(layout: Layout) -> Layout:
    """Return a course with grades, homes, submissions, feedback, reports, secrets and leases."""
    fill(layout)
    return layout


def state(layout: Layout) -> State:
    """Return all of a hub with this one course."""
    return State.of(layout, courses_of(HubSettings(), layout))


def fill(layout: Layout) -> None:
    """Put something of everything into the course's data directory and gradebook."""
    folders = HubFolders(layout)
    folders.make()
    folders.secret("cookie-secret")
    build(layout)
    preparer = Preparer(layout, "full")
    manifest = preparer.manifest("tiny")
    report = preparer.refusal_report(preparer.refuse("tiny", "it is empty"))
    with GradebookWriter(layout) as writer:
        writer.register(manifest)
        for name in ("alice", "bob"):
            writer.write(name, manifest, report, datetime(2026, 5, 4, tzinfo=UTC))
    with Gradebook(layout.database_url, layout.course_id) as gradebook:
        grade = gradebook.find_grade("doubling", "tiny", "tiny", "bob")
        grade.manual_score, grade.extra_credit = 2.5, 0.25
        gradebook.db.commit()
    home = folders.home("alice")
    (home / "work").mkdir(parents=True)
    (home / "work" / "notes.txt").write_text("mine")
    (home / "work" / "notes.txt").chmod(0o640)
    (home / "empty").mkdir()
    (home / "ünïcode \udcff").write_bytes(b"\x00\xff")
    (home / "link").symlink_to("/etc/hostname")
    (home / "loop").symlink_to("../alice")
    course = layout.exchange / layout.course_id
    for folder, name in (
        (course / "inbound" / "bob+tiny+2026", "tiny.ipynb"),
        (layout.submitted / "bob" / "tiny", "tiny.ipynb"),
        (layout.feedback / "bob" / "tiny", "tiny.html"),
        (layout.graded / "ab", "abcd.json.z"),
    ):
        folder.mkdir(parents=True)
        (folder / name).write_text(f"{name} in {folder.name}")
    (layout.home / "gpu").mkdir()
    for database in (layout.home / "gpu" / "leases.sqlite", folders.hub / "jupyterhub.sqlite"):
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE lease (id TEXT, owner TEXT)")
            connection.execute("INSERT INTO lease VALUES ('l1', 'alice')")
        connection.close()
    Log(layout.log).record(Event.RELEASE, course=layout.course_id, assignment="tiny")


def picture(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return every file, folder and link below a folder: kind, permissions, owner, content."""
    seen: dict[str, tuple[object, ...]] = {}
    for here, names, files in os.walk(folder):
        for name in (*names, *files):
            path = Path(here, name)
            status = path.lstat()
            if path.is_symlink():
                what: object = str(path.readlink())
            else:
                what = path.read_bytes() if path.is_file() else None
            key = str(path.relative_to(folder))
            seen[key] = (status.st_mode, status.st_uid, what)
    return seen


def contents(database: Path) -> list[str]:
    """Return all of a SQLite database as statements."""
    connection = sqlite3.connect(database)
    try:
        return sorted(connection.iterdump())
    finally:
        connection.close()
