"""`gradlab audit`: every course's log, or the one that is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.records import Event, Log

SETTINGS = """
[[course]]
id = "vision"
root = "{root}"
instructors = ["ines"]

[[course]]
id = "text"
root = "{root}"
instructors = ["otto"]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a course without any event."""
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    layout = Layout(tmp_path / "course", tmp_path / "home", "dl")
    for name, value in layout.to_environment().items():
        monkeypatch.setenv(name, value)
    return layout.home


@pytest.fixture
def two(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a hub with two courses, each with an event."""
    settings = tmp_path / "hub.toml"
    settings.write_text(SETTINGS.format(root=tmp_path / "course"))
    monkeypatch.setenv("GRADLAB_SETTINGS", str(settings))
    for name in ("vision", "text"):
        log = Log(home / "courses" / name / "events.jsonl")
        log.record(Event.RELEASE, course=name, assignment=f"of {name}")
    return home


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), list(words))


def test_a_course_without_events_is_said(home: Path) -> None:
    """And is no failure; nothing is made."""
    done = run("audit")
    assert done.exit_code == 0, done.output
    assert "there is no log yet" in done.output
    assert not home.exists()


def test_every_course_is_checked(two: Path) -> None:
    """A change in the second one's log is found, and both hashes are told with their course."""
    done = run("audit", "--lines", "1")
    assert done.exit_code == 0, done.output
    heads = [line.split() for line in done.stdout.splitlines() if line.endswith(("vision", "text"))]
    assert {words[-1] for words in heads} >= {"vision", "text"}
    assert '"of vision"' in done.stdout
    log = two / "courses" / "text" / "events.jsonl"
    log.write_bytes(log.read_bytes().replace(b"begin", b"begun"))
    done = run("audit")
    assert done.exit_code == 1
    assert "text: 2 lines, 0 cut off by a crash, 2 problems" in done.output


def test_a_noted_hash_is_one_course_s(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one has to be said; then it is found there."""
    head = Log(two / "courses" / "vision" / "events.jsonl").check().head
    done = run("audit", "--noted", head)
    assert (done.exit_code, "whose hash" in done.output) == (2, True)
    for name in ("GRADLAB_EXCHANGE", "GRADLAB_DB_URL"):
        monkeypatch.setenv(name, "")  # the command sets them, and they are to be taken back
    done = run("--course", "vision", "audit", "--noted", head)
    assert done.exit_code == 0, done.output
    assert head in done.stdout
