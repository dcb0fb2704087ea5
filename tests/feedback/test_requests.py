"""Requests for another look: rows of the log, of which the first to each version counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.feedback.requests import (
    MOST_CHARACTERS,
    MOST_POSTS,
    Answer,
    Request,
    RequestChanged,
    RequestError,
    Requests,
    Standing,
    Subject,
)
from autograder.records import Actor, Event, Log, acting

ABOUT = Subject("alice", "tiny", "2026-12-01 10:00:00.0 UTC", "doubling", "test_doubles")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return an empty log."""
    return Log(tmp_path / "events.jsonl")


@pytest.fixture
def requests(log: Log) -> Requests:
    """Return the requests of a course without any."""
    return Requests(log, "dl")


def ask(requests: Requests, text: str = "Why?", about: Subject = ABOUT, most: int = 3) -> Request:
    """Ask as the student."""
    with acting(Actor(about.student, "", "pages")):
        return requests.ask(about, 1, "a" * 64, text, most)


def answer(requests: Requests, request: Request, text: str = "So.", **values: Any) -> Request:
    """Answer as staff."""
    with acting(Actor("tom", "", "pages")):
        standing = values.pop("standing", Standing.ANSWERED)
        return requests.answer(request, Answer(standing, text), **values)


def test_a_request_goes_from_open_over_answered_to_accepted(log: Log, requests: Requests) -> None:
    """Each step is a row with who and when; what is closed stays as it is; others read the same."""
    found = ask(requests)
    assert found.standing is Standing.OPEN
    found = answer(requests, found)
    assert found.standing is Standing.ANSWERED
    assert ask(requests, "And now?").standing is Standing.OPEN
    found = requests.find(ABOUT.id)
    assert found is not None
    found = answer(requests, found, standing=Standing.ACCEPTED)
    assert found.standing is Standing.ACCEPTED
    with pytest.raises(RequestError, match="accepted already"):
        ask(requests)
    assert [(one.who, one.is_staff, one.text) for one in found.posts] == [
        ("alice", False, "Why?"), ("tom", True, "So."), ("alice", False, "And now?"),
        ("tom", True, "So."),
    ]  # fmt: skip
    assert Requests(log, "dl").all() == [found]
    assert not log.check().problems


def test_of_two_answers_to_the_same_version_the_first_counts(log: Log, requests: Requests) -> None:
    """Also of two programs: the other is told, and its row changes nothing."""
    read = ask(requests)
    elsewhere = Requests(log, "dl")
    answer(elsewhere, read, "Yes.", standing=Standing.ACCEPTED)
    with pytest.raises(RequestChanged):
        answer(requests, read, "No.", standing=Standing.DECLINED)
    assert len(list(log.lines(Event.ANSWER))) == 1

    other = Subject("bob", "tiny", "t", "doubling")
    read = ask(requests, about=other)

    class Late(Requests):
        """Has read before the other's row came, and writes behind it."""

        def _must_be(self, request: Request) -> None:
            super()._must_be(request)
            answer(requests, request, "Yes.", standing=Standing.ACCEPTED)

    with pytest.raises(RequestChanged):
        answer(Late(log, "dl"), read, "No.", standing=Standing.DECLINED)
    assert len(list(log.lines(Event.ANSWER))) == 3
    found = requests.find(other.id)
    assert found is not None
    assert (found.standing, [one.text for one in found.posts]) == (
        Standing.ACCEPTED, ["Why?", "Yes."],
    )  # fmt: skip


def test_a_student_s_line_makes_an_answer_stale(requests: Requests) -> None:
    """What staff wrote without having read it is not sent; what only reports something is."""
    read = ask(requests)
    ask(requests, "I meant the second call.")
    with pytest.raises(RequestChanged):
        answer(requests, read)
    found = answer(requests, read, "Graded again.", standing=None, whatever_it_is=True)
    assert found.standing is Standing.OPEN
    assert found.version == 3


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (MOST_CHARACTERS + 1)])
def test_a_text_has_bounds(log: Log, requests: Requests, text: str) -> None:
    """Nothing and too much are refused, and leave no row."""
    with pytest.raises(RequestError, match="thing was sent"):
        ask(requests, text)
    assert not list(log.lines(Event.REQUEST))
    found = ask(requests, "x" * MOST_CHARACTERS)
    with pytest.raises(RequestError):
        answer(requests, found, text)


def test_their_number_has_bounds(log: Log, requests: Requests) -> None:
    """So many for an assignment, whoever answers; so many lines in one of them."""
    for number in range(3):
        ask(requests, about=Subject("alice", "tiny", str(number), "doubling"))
    with pytest.raises(RequestError, match="3 times"):
        ask(requests)
    ask(requests, about=Subject("alice", "other", "0", "doubling"))
    ask(requests, about=Subject("bob", "tiny", "0", "doubling"))
    first = Subject("alice", "tiny", "0", "doubling")
    for _ in range(MOST_POSTS - 1):
        ask(requests, about=first)
    with pytest.raises(RequestError, match="as often"):
        ask(requests, about=first)


def test_what_was_written_shows_no_control_characters(requests: Requests) -> None:
    """A text cannot colour a terminal, or turn the direction of what stands around it."""
    found = ask(requests, "a\x1b[31mb\u202ec\x00")
    assert found.posts[0].text == "ab\ufffdc\ufffd"


def test_rows_that_make_no_sense_are_passed_over(log: Log, requests: Requests) -> None:
    """Of another version, about nothing, or with a name that is not that of its subject."""
    found = ask(requests)
    log.record(Event.REQUEST, course="dl", student="alice", assignment="tiny", request="x")
    log.record(Event.REQUEST, course="dl", student="alice", assignment="tiny", request="0" * 16,
               timestamp="t", attempt=1, key="", cell="c", check="", text="x")  # fmt: skip
    log.record(Event.ANSWER, course="dl", request="f" * 16, version=0, standing="open", text="x")
    log.record(Event.ANSWER, course="dl", request=found.id, version=1, standing="gone", text="x")
    assert requests.all() == [found]


def test_the_command_lists_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wait come first; counted per assignment, in words and as JSON."""
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    monkeypatch.setenv("GRADLAB_ROOT", str(tmp_path / "course"))
    monkeypatch.setenv("GRADLAB_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "course")
    from autograder.course import Layout

    layout = Layout.find()
    requests = Requests(Log(layout.log), layout.course_id)
    answer(requests, ask(requests), standing=Standing.DECLINED)
    ask(requests, "Second line\nhere", Subject("bob", "tiny", "t", "why"))
    ask(requests, "Other", Subject("bob", "other", "t", "why"))

    def run(*words: str) -> str:
        done = CliRunner().invoke(build_app(["requests"]), ["requests", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    said = run()
    assert said.splitlines()[0].split()[:2] == ["open", "bob"]
    assert "Second line …" in said
    assert "tiny: 1 open, 1 declined" in said
    plain = json.loads(run("tiny", "--json"))
    assert [one["state"] for one in plain["requests"]] == ["open", "declined"]
    assert plain["count"] == {"tiny": {"open": 1, "answered": 0, "accepted": 0, "declined": 1}}
    assert [one["who"] for one in plain["requests"][1]["posts"]] == ["alice", "tom"]
