"""Several programs at one gradebook: SQLite and a real PostgreSQL server."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Base, Gradebook
from sqlalchemy import create_engine, text
from traitlets.config import Config

from autograder.course import Layout, load_manifest
from autograder.gradebook import GradebookBusyError, GradebookError, GradebookWriter
from autograder.gradebook.errors import OutdatedError
from autograder.gradebook.revision import CURRENT
from autograder.grading.report import Verdict

MOMENT = datetime(2026, 5, 4, 12, 30, 15, 250, tzinfo=UTC)
fork = multiprocessing.get_context("fork")


def test_log_is_written_ahead(writer, layout, manifest, reports):
    """Readers and a writer do not block each other: SQLite's write-ahead log is on."""
    writer.register(manifest)
    with sqlite3.connect(layout.home / "gradebook.db") as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM grade").fetchone() == (0,)
        writer.write("ada", manifest, reports(), MOMENT)
        assert reader.execute("SELECT count(*) FROM grade").fetchone() == (0,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM grade").fetchone() == (3,)
    reader.close()


def test_waits_with_a_message_until_the_other_has_finished(layout, manifest, reports):
    """While another program holds the write lock we say so once, then write."""
    other = sqlite3.connect(layout.home / "gradebook.db", isolation_level=None)
    said: list[str] = []

    def told(message: str) -> None:
        said.append(message)
        other.execute("COMMIT")

    with GradebookWriter(layout, Config(), told) as writer:
        writer.register(manifest)
        other.execute("BEGIN IMMEDIATE")
        writer.write("ada", manifest, reports(), MOMENT)
        assert writer.is_recorded("ada", reports(), MOMENT)
    other.close()
    assert len(said) == 1
    assert "waiting" in said[0]


def test_gives_up_with_a_message(layout, manifest, reports, autograded):
    """A gradebook that stays locked ends in an error that says what to do; nothing is written."""
    other = sqlite3.connect(layout.home / "gradebook.db", isolation_level=None)
    with GradebookWriter(layout, Config(), patience_seconds=0.01) as writer:
        writer.register(manifest)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GradebookBusyError, match=r"nothing was written.*run again"):
            writer.write("ada", manifest, reports(), MOMENT)
        assert not autograded().exists()
        other.execute("ROLLBACK")
        writer.write("ada", manifest, reports(), MOMENT)
        assert writer.is_recorded("ada", reports(), MOMENT)
    other.close()


def test_unreachable_gradebook_says_what_to_check(layout, monkeypatch):
    """A gradebook that cannot be opened is an error that names it, without its password."""
    monkeypatch.setenv("GRADLAB_DB_URL", "postgresql+psycopg://me:s3cret@127.0.0.1:1/none")
    with pytest.raises(GradebookError, match="GRADLAB_DB_URL") as caught:
        GradebookWriter(layout, Config())
    assert "127.0.0.1:1/none" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_new_gradebook_is_one_that_nbgrader_accepts(layout):
    """A missing gradebook is made by nbgrader, with its version table."""
    (layout.home / "gradebook.db").unlink()
    with GradebookWriter(layout, Config()):
        pass
    with sqlite3.connect(layout.home / "gradebook.db") as connection:
        ((version,),) = connection.execute("SELECT version_num FROM alembic_version")
    connection.close()
    assert version


def _open_new(layout: Layout) -> None:
    with GradebookWriter(layout, Config()) as writer:
        writer.register(load_manifest(layout, "doubling"))
    os._exit(0)


def _finish(processes: list) -> list[int | None]:
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def test_opened_first_by_three_at_once(layout):
    """Programs that open a missing gradebook at the same moment make it once."""
    (layout.home / "gradebook.db").unlink()
    made = [fork.Process(target=_open_new, args=(layout,)) for _ in range(3)]
    assert _finish(made) == [0, 0, 0]
    with sqlite3.connect(layout.home / "gradebook.db") as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM assignment").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM base_cell").fetchone() == (6,)
    connection.close()


def _write_many(layout: Layout, reports, students: list[str], verdict: Verdict) -> None:
    manifest = reports.manifest
    with GradebookWriter(layout, Config()) as writer:
        for student in students:
            writer.write(student, manifest, reports(doubling=(verdict,), key=str(verdict)), MOMENT)
    os._exit(0)


def _score_by_hand(url: str, students: list[str]) -> None:
    with Gradebook(url, "deep-learning") as gradebook:
        for student in students:
            grade = gradebook.find_grade("why", "doubling", "doubling", student)
            grade.manual_score = 1.25
            gradebook.db.commit()
    os._exit(0)


def two_writers_and_a_person(layout: Layout, reports) -> None:
    """Two batches of overlapping students, while a TA scores essays, lose nothing."""
    url = layout.database_url
    students = [f"s{number:02}" for number in range(40)]
    with GradebookWriter(layout, Config()) as writer:
        for student in students[:20]:
            writer.write(student, reports.manifest, reports(key="old"), MOMENT)
    ended = _finish(
        [
            fork.Process(target=_write_many, args=(layout, reports, students, Verdict.PASSED)),
            fork.Process(
                target=_write_many, args=(layout, reports, students[::-1], Verdict.PASSED)
            ),
            fork.Process(target=_score_by_hand, args=(url, students[:20])),
        ]
    )
    assert ended == [0, 0, 0]
    with Gradebook(url, "deep-learning") as gradebook:
        assert sorted(student.id for student in gradebook.students) == students
        for student in students:
            by_hand = student in students[:20]
            submission = gradebook.find_submission("doubling", student)
            assert submission.score == (6.25 if by_hand else 5.0)
            (notebook,) = submission.notebooks
            assert len(notebook.grades) == 3
            assert len(notebook.comments) == 3
            essay = gradebook.find_grade("why", "doubling", "doubling", student)
            assert essay.manual_score == (1.25 if by_hand else None)
            assert essay.needs_manual_grade


def test_two_batches_and_a_person_on_sqlite(layout, manifest, reports):
    """On SQLite two batches and formgrader at once lose nothing."""
    two_writers_and_a_person(layout, reports)


def _killed_while_writing(layout: Layout, reports, kill_after: int) -> None:
    """Die at the given system call of the writer, as a power switch would."""
    count = 0

    def die(frame, event, argument):
        nonlocal count
        count += 1
        if count >= kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return die

    manifest = reports.manifest
    with GradebookWriter(layout, Config()) as writer:
        writer.register(manifest)
        sys.setprofile(die)
        writer.write("ada", manifest, reports(doubling=(Verdict.FAILED,), key="new"), MOMENT)
        os._exit(0)


@pytest.mark.slow
def test_killed_at_any_moment(layout, manifest, reports):
    """Killed anywhere, the rows are the old or the new ones, and running again gives the new."""
    old, new = reports(key="old"), reports(doubling=(Verdict.FAILED,), key="new")
    survived = False
    with GradebookWriter(layout, Config()) as writer:
        for kill_after in range(1, 100_000, 900):
            writer.write("ada", manifest, old, MOMENT)
            process = fork.Process(target=_killed_while_writing, args=(layout, reports, kill_after))
            (code,) = _finish([process])
            survived = code == 0
            is_old = writer.is_recorded("ada", old, MOMENT)
            is_new = writer.is_recorded("ada", new, MOMENT)
            with Gradebook(layout.database_url, "deep-learning") as gradebook:
                score = gradebook.find_submission("doubling", "ada").score
            assert score == (5.0 if is_old else 2.0)
            assert is_new or not survived
            writer.write("ada", manifest, new, MOMENT)
            assert writer.is_recorded("ada", new, MOMENT)
            if survived:
                break
    assert survived


@pytest.fixture
def on_postgres(empty_postgres, layout, monkeypatch):
    """The same course with an empty gradebook on the server."""
    monkeypatch.setenv("GRADLAB_DB_URL", empty_postgres)
    return layout


def test_postgres_has_the_same_rows(on_postgres, manifest, reports):
    """Writing, rewriting, comparing and registering again work on PostgreSQL as on SQLite."""
    refused = reports.refused("The file is empty.")
    with GradebookWriter(on_postgres, Config()) as writer:
        assert writer.write("ada", manifest, reports(), MOMENT).score == 5.0
        assert writer.is_recorded("ada", reports(), MOMENT)
        assert writer.write("ada", manifest, refused, None).score == 0.0
        assert not writer.is_recorded("ada", reports(), MOMENT)
        assert writer.is_recorded("ada", refused, MOMENT)
        cells = tuple(cell for cell in manifest.cells if cell.cell_id != "why")
        writer.register(replace(manifest, cells=cells))
        writer.register(manifest)
    with Gradebook(on_postgres.database_url, "deep-learning") as gradebook:
        assert gradebook.find_assignment("doubling").max_score == 6.5
        assert gradebook.find_submission("doubling", "ada").timestamp.year == 2026


def test_two_batches_and_a_person_on_postgres(on_postgres, manifest, reports):
    """On PostgreSQL two batches and formgrader at once lose nothing."""
    two_writers_and_a_person(on_postgres, reports)


def test_opened_first_by_three_at_once_on_postgres(on_postgres, tmp_path):
    """Programs on machines that share no disk make the tables once."""
    layouts = [replace(on_postgres, home=tmp_path / f"machine{number}") for number in range(3)]
    made = [fork.Process(target=_open_new, args=(layout,)) for layout in layouts]
    assert _finish(made) == [0, 0, 0]
    with Gradebook(on_postgres.database_url, "deep-learning") as gradebook:
        assert len(gradebook.assignments) == 1
        assert len(gradebook.find_notebook("doubling", "doubling").source_cells) == 6


def _killed_while_making(layout: Layout, kill_after: int) -> None:
    """Open a new gradebook; die after so many lines of Python."""
    count = 0

    def trace(_frame: object, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        if count == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    GradebookWriter(layout, Config()).close()
    sys.settrace(None)


@pytest.mark.slow
def test_killed_while_a_new_gradebook_is_made(layout, manifest, reports, tmp_path):
    """Whenever that is, the next program finds a gradebook or none, and goes on."""
    survived = False
    for number, kill_after in enumerate(range(1, 2_000_000, 3_000)):
        home = tmp_path / f"home{number}"
        home.mkdir()
        new = replace(layout, home=home)
        process = fork.Process(target=_killed_while_making, args=(new, kill_after))
        (code,) = _finish([process])
        survived = code == 0
        with GradebookWriter(new, Config()) as writer:
            assert writer.write("ada", manifest, reports(), MOMENT).score == 5.0
        if survived:
            break
    assert survived
    assert number > 8


@pytest.mark.parametrize("nothing", ["no file", "empty file", "killed alembic", "no row"])
def test_a_gradebook_that_was_half_made_is_completed(layout, manifest, reports, nothing):
    """Also by nbgrader's own programs, which call `alembic` between the tables and the version."""
    file = layout.home / "gradebook.db"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    if nothing == "empty file":
        file.touch()
    elif nothing != "no file":
        engine = create_engine(layout.database_url)
        Base.metadata.create_all(engine)
        if nothing == "no row":
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        engine.dispose()
    with GradebookWriter(layout, Config()) as writer:
        assert writer.write("ada", manifest, reports(), MOMENT).score == 5.0
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    connection.close()
    assert rows == [(CURRENT,)]


def test_tables_with_rows_and_no_revision_are_left_alone(layout, manifest, reports):
    """They may be anything, so they are upgraded on purpose or not at all."""
    with GradebookWriter(layout, Config()) as writer:
        writer.write("ada", manifest, reports(), MOMENT)
    with sqlite3.connect(layout.home / "gradebook.db") as connection:
        connection.execute("DROP TABLE alembic_version")
    connection.close()
    with pytest.raises(OutdatedError, match="gradlab upgrade"):
        GradebookWriter(layout, Config())


def test_a_new_gradebook_needs_no_program(layout, manifest, reports, monkeypatch):
    """Nobody can kill an `alembic` that is never started."""
    (layout.home / "gradebook.db").unlink(missing_ok=True)
    monkeypatch.setenv("PATH", "/nowhere")
    with GradebookWriter(layout, Config()) as writer:
        assert writer.write("ada", manifest, reports(), MOMENT).score == 5.0
