"""`gradlab extend`: more time by words or by file, all of it or nothing, with what it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.records import Event, Log

from .test_void import layout

__all__ = ["layout"]


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), ["extend", *words])


@pytest.fixture
def course(layout: Layout) -> Layout:
    (layout.root / "course.toml").write_text('[course]\ntimezone = "Europe/Zurich"\n')
    return layout


def test_several_people_by_words(course: Layout) -> None:
    """Each has a row with who, what and why; the answer names the moment in the course's zone."""
    done = run("ada", "bob", "tiny", "2026-12-24 18:00", "--reason", "ill")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("until 2026-12-24 18:00 CET") == 2
    rows = list(Log(course.log).lines(Event.EXTEND))
    assert [(one["student"], one["assignment"], one["reason"]) for one in rows] == [
        ("ada", "tiny", "ill"),
        ("bob", "tiny", "ill"),
    ]
    assert datetime.fromisoformat(rows[0]["until"]) == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert "ada is unknown" in done.stderr
    listed = run()
    assert "ada" in listed.stdout
    assert "(ill)" in listed.stdout
    assert "no extension" in run("ada", "tiny", "none").stdout
    assert "ada" not in run().stdout


def test_a_file_is_taken_whole_or_not(course: Layout, tmp_path: Path) -> None:
    """One wrong row and nothing is written; each mistake has its line."""
    file = tmp_path / "more.csv"
    file.write_text(
        "student,assignment,extension,reason\nada,tiny,3d,ill\nbob,huge,3d,\n.x,tiny,soon,\n"
    )
    refused = run("--csv", str(file))
    assert refused.exit_code == 2
    assert "2: no assignment 'huge'; there are tiny" in refused.stderr
    assert "3: student id '.x'" in refused.stderr
    assert not list(Log(course.log).lines(Event.EXTEND))
    file.write_text("\ufeffstudent,assignment,extension\nada,tiny,3d\n")
    done = run("--csv", str(file))
    assert done.exit_code == 0, done.output
    assert "3 days, 0:00:00 behind the due date, which is not set yet" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ada", "tiny"), "STUDENT... ASSIGNMENT TIME"),
        (("ada", "tiny", "soon"), "expected a length such as"),
        (("ada", "none", "3d"), "there are tiny"),
        (("--csv", "/nowhere.csv"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(course: Layout, words: tuple[str, ...], said: str) -> None:
    """With exit status 2 and nothing written."""
    refused = run(*words)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert not course.log.exists()
