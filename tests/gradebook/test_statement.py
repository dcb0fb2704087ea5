"""Statements whose text is made once: they are what SQLAlchemy makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import DateTime, String, select, text
from traitlets.config import Config

from autograder.gradebook import GradebookError, GradebookWriter
from autograder.gradebook.database import Database
from autograder.gradebook.schema import assignments, courses, grades, students, submissions
from autograder.gradebook.statement import given

MOMENT = datetime(2026, 5, 4, 12, 30, 15, 250)  # noqa: DTZ001  # as nbgrader stores it


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, layout, monkeypatch):
    """An empty gradebook of each kind."""
    if request.param == "postgresql":
        monkeypatch.setenv("GRADLAB_DB_URL", request.getfixturevalue("empty_postgres"))
    made = Database(layout.database_url, layout.course_id, layout.home, pytest.fail)
    yield made
    made.close()


def test_values_and_results_are_those_of_sqlalchemy(database):
    """Moments, spans, truth values and missing ones, filled in or not, come back as they went."""
    keys = {"assignment_id": "a", "student_id": "ada"}
    insert = database.insert(submissions).values(
        **keys, id="s", timestamp=given("at", DateTime), extension=timedelta(days=3, seconds=1)
    )
    columns = (submissions.c.timestamp, submissions.c.extension, submissions.c.student_id)
    upsert = insert.on_conflict_do_update(
        index_elements=list(keys), set_={"timestamp": insert.excluded.timestamp}
    ).returning(*columns)
    find = select(*columns).where(submissions.c.id.in_(["s", given("other", String)]))
    with database.transaction() as connection:
        for row in (
            database.insert(courses).values(id="c").on_conflict_do_nothing(),
            database.insert(students).values(id="ada"),
            database.insert(assignments).values(id="a", name="a", course_id="c"),
        ):
            assert database.statement(row).execute(connection) == []
        written = database.statement(upsert)
        for moment in (MOMENT, None, MOMENT):
            expected = [(moment, timedelta(days=3, seconds=1), "ada")]
            assert written.execute(connection, at=moment) == expected
            assert database.statement(find).execute(connection, other="none") == expected
            assert [tuple(row) for row in connection.execute(find)] == expected
    needs = select(grades.c.needs_manual_grade).where(grades.c.id == given("key", String))
    with database.transaction() as connection:
        assert database.statement(needs).execute(connection) == []
        grade = database.insert(grades).values(id="g", needs_manual_grade=False)
        database.statement(grade).execute(connection)
        ((answer,),) = database.statement(needs).execute(connection, key="g")
        assert answer is False


def test_what_fails_in_the_driver_is_rolled_back_and_said(database):
    """Also by what SQLAlchemy does not see, and the next transaction is as good as any."""
    insert = database.statement(database.insert(students).values(id=given("student", String)))

    def fail():
        with database.transaction() as connection:
            insert.execute(connection, student="ada")
            raise database.engine.dialect.loaded_dbapi.OperationalError("no more")

    with pytest.raises(GradebookError, match=r"failed: no more\..*is not in it"):
        fail()
    with database.transaction() as connection:
        insert.execute(connection, student="bob")
    with database.reading() as connection:
        assert connection.scalars(select(students.c.id)).all() == ["bob"]


def test_a_server_that_ends_the_connection_is_asked_again(
    empty_postgres, layout, monkeypatch, manifest, reports, caplog
):
    """A report during which the connection broke is not written, the next one is; no noise."""
    monkeypatch.setenv("GRADLAB_DB_URL", empty_postgres)
    with GradebookWriter(layout, Config()) as writer:
        writer.register(manifest)
        with monkeypatch.context() as patch:
            patch.setattr("autograder.gradebook.rows.automatic_comments", _ends(writer))
            with pytest.raises(GradebookError, match="run again"):
                writer.write("ada", manifest, reports(), MOMENT)
        assert not writer.is_recorded("ada", reports(), MOMENT)
        writer.write("bob", manifest, reports(), MOMENT)
        assert writer.is_recorded("bob", reports(), MOMENT)
        with writer._database.reading() as connection:
            assert connection.scalars(select(students.c.id)).all() == ["bob"]
    assert caplog.records == []


def _ends(writer):
    """Return what ends, from another connection, the one that writes at this moment."""
    query = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE state = 'idle in transaction' AND datname = current_database()"
    )

    def comments(*_arguments):
        with writer._database.engine.connect() as other:
            assert other.scalars(query).all() == [True]
        return {"why": None, "double": None, "halve": None}

    return comments
