"""Gradebooks of older nbgraders: recognised, left alone, and upgraded with everything in them."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from nbgrader.api import Base, Gradebook, get_alembic_version
from sqlalchemy import create_engine, inspect
from traitlets.config import Config

from autograder.course import Layout, load_manifest
from autograder.gradebook import GradebookError, GradebookWriter, OutdatedError, revision, tables
from autograder.gradebook.revision import CURRENT, needs_upgrade, save_sqlite, upgrade

OLD = Path(__file__).with_name("nbgrader-0.5.sql")
TWO_DAYS = {"sqlite": "'1970-01-03 00:00:00.000000'", "postgresql": "'2 days'"}
INTERVAL = {"sqlite": "TIMESTAMP", "postgresql": "INTERVAL"}


def make_old(url: str) -> None:
    """Make the gradebook of an old nbgrader, with grades in it."""
    engine = create_engine(url)
    kind = engine.dialect.name
    script = OLD.read_text().replace("{extension}", TWO_DAYS[kind])
    script = script.replace("{interval}", INTERVAL[kind])
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a course whose gradebook nbgrader 0.5 made."""
    (layout.home / "gradebook.db").unlink()
    if request.param == "postgresql":
        monkeypatch.setenv("GRADLAB_DB_URL", request.getfixturevalue("empty_postgres"))
    make_old(layout.database_url)
    return layout


def state(url: str) -> dict[str, str]:
    with tables.reading(url) as connection:
        return tables.fingerprint(connection)


def test_the_revision_is_that_of_the_installed_nbgrader() -> None:
    """The constant, which saves a second at every start, is what nbgrader itself answers."""
    assert get_alembic_version() == CURRENT


def test_an_old_gradebook_is_refused_and_not_touched(old: Layout) -> None:
    """Neither grading nor serving writes into tables that it does not know."""
    before = state(old.database_url)
    assert needs_upgrade(old.database_url) == "724cde206c17"
    with pytest.raises(OutdatedError, match=r"724cde206c17.*not touched.*gradlab upgrade"):
        GradebookWriter(old, Config())
    assert state(old.database_url) == before


def test_an_upgrade_keeps_every_row(old: Layout, tmp_path: Path) -> None:
    """Scores, comments, extensions and late work of the old gradebook are in the new one."""
    done = upgrade(old.database_url, old.course_id, tmp_path)
    assert (done.before, done.after) == ("724cde206c17", CURRENT)
    assert needs_upgrade(old.database_url) is None
    with Gradebook(old.database_url, old.course_id) as gradebook:
        ada, bob = (gradebook.find_submission("tiny", name) for name in ("ada", "bob"))
        assert (ada.score, ada.max_score) == (4.0, 5.0)
        assert bob.score == 3.0
        assert bob.extension == timedelta(days=2)
        assert bob.total_seconds_late == 0
        assert bob.notebooks[0].late_submission_penalty == 0.5
        comment = gradebook.find_comment("double", "tiny", "tiny", "ada")
        assert comment.manual_comment == "Well done"
        assert gradebook.find_assignment("tiny").course_id == old.course_id
        assert [course.id for course in gradebook.db.query(Base.metadata.tables["course"])] == [
            old.course_id
        ]


def test_upgraded_tables_are_as_new_ones(old: Layout, tmp_path: Path) -> None:
    """Keys and constraints are those of a new gradebook, so that our writer can rely on them."""
    upgrade(old.database_url, old.course_id, tmp_path)
    engine = create_engine(old.database_url)
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        key = found.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key.columns]
        assert len(found.get_foreign_keys(table.name)) == len(table.foreign_key_constraints)
    engine.dispose()
    with GradebookWriter(old, Config()) as writer:
        writer.register(load_manifest(old, "doubling"))


def test_a_failed_upgrade_leaves_the_gradebook_as_it_was(
    old: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the copy loses a row, nothing is replaced and the error says which table."""
    before = state(old.database_url)

    def lossy(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM comment WHERE id = 'k1'")
        connection.close()
        migrate(path)

    migrate = revision._migrate
    monkeypatch.setattr(revision, "_migrate", lossy)
    with pytest.raises(GradebookError, match="comment: 2 before, 1 after"):
        upgrade(old.database_url, old.course_id, tmp_path)
    assert state(old.database_url) == before


def test_a_copy_of_an_old_gradebook_goes_back_as_it_was(old: Layout, tmp_path: Path) -> None:
    """What is saved before an upgrade restores the gradebook, old tables and all."""
    before = state(old.database_url)
    saved = tmp_path / "saved.sqlite"
    save_sqlite(old.database_url, saved)
    assert state(f"sqlite:///{saved}") == before
    engine = create_engine(old.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM comment")
        connection.exec_driver_sql("DROP TABLE grade")
    engine.dispose()
    assert state(old.database_url) != before
    revision.load_sqlite(saved, old.database_url)
    assert state(old.database_url) == before
