"""What the team does from the first page, and the sentences that lead to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autograder.feedback import State
from autograder.formgrader.rights import MAY, Action
from autograder.gradebook.extending import Extended
from autograder.pages import deciding as deciding_module
from autograder.pages.courses import CourseReader
from autograder.pages.deciding import Deciding, Refused
from autograder.pages.overview import ClassReader, Overview
from autograder.pages.staff_handlers import NOTHING_TYPED
from autograder.pages.todo import Notice, notices
from autograder.people.roles import Role
from autograder.records import Actor, Event, Log
from autograder.service.client import ServiceError

from .scene import EVIL, Scene, clipping_report, tiny_report

NOW = datetime.now(UTC).replace(microsecond=0)
INES = Actor("ines", "127.0.0.1", "pages")


@pytest.fixture
def of_class(reader: CourseReader, monkeypatch: pytest.MonkeyPatch) -> ClassReader:
    """Return what reads the class, while nothing is being graded."""
    made = ClassReader(reader)
    monkeypatch.setattr(made, "service", list)
    return made


@pytest.fixture
def deciding(of_class: ClassReader) -> Deciding:
    """Return what the team does."""
    return Deciding(of_class)


class Grading:
    """Takes orders as the grading service does, and is done when it is told."""

    def __init__(self) -> None:
        self.orders: list[Any] = []
        self.done, self.asked = threading.Event(), threading.Event()

    def __call__(self, order: Any) -> Any:
        self.orders.append(order)
        self.asked.set()
        self.done.wait(30)
        raise ServiceError("it was stopped")
        yield


def row(overview: Overview, name: str) -> Any:
    return next(one for one in overview.rows if one.assignment.name == name)


def test_grade_all_takes_what_has_no_verdict_once(
    scene: Scene, deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest of who was not graded is collected and ordered; a second press begins nothing."""
    service = Grading()
    monkeypatch.setattr(deciding_module, "grade", service)
    done = scene.hand_in("alice", "clipping", NOW - timedelta(hours=2), b"1")
    scene.grade(done, clipping_report("a" * 64), record=True)
    scene.hand_in("bob", "clipping", NOW - timedelta(hours=2), b"2")
    scene.hand_in("bob", "clipping", NOW, b"3")
    scene.hand_in(".x", "clipping", NOW, b"4")
    assert deciding.grade_all(["tiny"], INES) == 0
    assert deciding.grade_all([], INES) == 1
    assert deciding.grade_all([], INES) == 0
    assert service.asked.wait(30)
    (order,) = service.orders
    assert (order.assignment, list(order.students), order.record) == ("clipping", ["bob"], True)
    assert order.actor[0] == "ines"
    collected = scene.layout.submitted / "bob" / "clipping" / "clipping.ipynb"
    assert collected.read_bytes() == b"3"
    service.done.set()
    for thread in threading.enumerate():
        if thread.name == "grade clipping":
            thread.join(30)
    assert deciding.grade_all(["clipping"], INES) == 1  # it failed: it can be asked again


def test_a_release_is_of_the_source_as_it_is_now(
    scene: Scene, deciding: Deciding, of_class: ClassReader
) -> None:
    """What people fetch is what is built, the page says when it no longer is, and the log who."""
    deciding.release("tiny", INES)
    released = scene.store.outbound / "tiny"
    assert b"Doubling" in (released / "tiny.ipynb").read_bytes()
    assert b"2 * x" not in (released / "tiny.ipynb").read_bytes()
    assert row(of_class.overview(), "tiny").is_current
    (released / "tiny.ipynb").write_bytes(b"old")
    assert not row(of_class.overview(), "tiny").is_current
    deciding.release("tiny", INES)
    assert row(of_class.overview(), "tiny").is_current
    assert {one["who"] for one in Log(scene.layout.log).lines(Event.RELEASE)} == {"ines"}
    assert not list(scene.store.folder.glob(".releasing*"))


@pytest.mark.parametrize("name", ["gone", "../tiny", "", EVIL])
def test_only_what_the_course_has_is_released(deciding: Deciding, name: str) -> None:
    """Whatever the name, nothing else is touched."""
    with pytest.raises(Refused, match="no such assignment"):
        deciding.release(name, INES)


def test_a_source_that_is_refused_changes_nothing(scene: Scene, deciding: Deciding) -> None:
    """The sentence says where; what people fetch stays."""
    (scene.layout.solutions / "tiny" / "notebook.py").write_text("nothing")
    with pytest.raises(Refused, match="was not released"):
        deciding.release("tiny", INES)
    assert (scene.store.outbound / "tiny" / "tiny.ipynb").read_text() == '{"cells": []}'


def extended(deciding: Deciding, *words: str) -> list[Extended]:
    return deciding.extend(*words, INES)


def test_more_time_is_for_somebody_of_the_course(
    scene: Scene, deciding: Deciding, of_class: ClassReader
) -> None:
    """Who handed in is known; one unknown name, or a time nobody can read, and nothing is done."""
    scene.set_due("clipping", NOW - timedelta(days=1))
    for student in ("alice", "bob"):
        name = scene.hand_in(student, "clipping", NOW, student.encode())
        scene.grade(name, clipping_report(student[0] * 64), record=True)
    assert row(of_class.overview(), "clipping").late == 2
    for students, until, why in (
        ("alice, zoe", "3d", "Nobody in the course is called zoe"),
        ("alice", "soon", "Nothing was done: 'soon' is no extension"),
        ("alice bob", "soon", "Nothing was done: 'soon' is no extension"),
        (" , ", "3d", "Name students"),
    ):
        with pytest.raises(Refused, match=why):
            extended(deciding, students, "clipping", until, "ill")
    assert not list(Log(scene.layout.log).lines(Event.EXTEND))
    with pytest.raises(Refused, match="no assignment"):
        extended(deciding, "alice", "huge", "3d", "")
    assert len(extended(deciding, "alice,alice", "clipping", "3d", "ill")) == 1
    assert row(of_class.overview(), "clipping").late == 1
    assert len(extended(deciding, "all", "clipping", "1w", "")) == 2
    assert row(of_class.overview(), "clipping").late == 0
    said = [one.said("Clipping") for one in of_class.overview().happened]
    assert said == ["ines gave 2 students another deadline for Clipping."]
    extended(deciding, "bob", "clipping", "none", "")
    assert row(of_class.overview(), "clipping").late == 1


def test_results_that_are_held_back_are_released_to_everybody(
    scene: Scene,
    reader: CourseReader,
    deciding: Deciding,
    of_class: ClassReader,
    rendered: Callable[..., str],
) -> None:
    """Until then nobody sees a point of it; it is done once, and nothing where nothing is held."""
    settings = scene.layout.solutions / "tiny" / "assignment.toml"
    settings.write_text('title = "Tiny"\n\n[feedback]\nwhen = "release"\n')
    name = scene.hand_in("alice", "tiny", NOW, b"1")
    scene.grade(name, tiny_report(25), record=True)
    (attempt,) = reader.attempts("alice", "tiny")
    assert (attempt.state, attempt.points) == (State.UNSEEN, None)
    assert row(of_class.overview(), "tiny").is_held
    facts = {one.fact: one for one in notices(of_class.overview(), MAY[Role.ASSISTANT])}
    assert not facts["Results of Tiny are held back, and all is graded."].label
    for role, count in ((Role.ASSISTANT, 0), (Role.INSTRUCTOR, 2)):  # in the sentence and the row
        text = rendered(
            "staff.html", role, overview=of_class.overview(), given=NOTHING_TYPED, problem="",
            notices=notices(of_class.overview(), MAY[role]), events="",
        )  # fmt: skip
        assert text.count('_staff/release-results"') == count
    before = reader.version("alice")
    for _ in range(2):
        deciding.release_results("tiny", INES)
        deciding.release_results("clipping", INES)
    (attempt,) = reader.attempts("alice", "tiny")
    assert (attempt.state, attempt.key) == (State.GRADED, tiny_report(25).key)
    assert reader.version("alice") != before
    assert not row(of_class.overview(), "tiny").is_held
    lines = list(Log(scene.layout.log).lines(Event.FEEDBACK))
    assert [(one["who"], one["assignment"]) for one in lines] == [("ines", "tiny")]
    with pytest.raises(Refused, match="no such assignment"):
        deciding.release_results("gone", INES)


def test_assignments_stand_in_the_order_of_the_course(scene: Scene, of_class: ClassReader) -> None:
    """As `course.toml` says, then as they are due; those that are not released are there, too."""
    (scene.store.outbound / "tiny" / "tiny.ipynb").unlink()
    (scene.store.outbound / "tiny").rmdir()
    scene.set_due("tiny", NOW)
    names = [one.assignment.name for one in of_class.overview().rows]
    assert names == ["tiny", "clipping"]
    assert not row(of_class.overview(), "tiny").is_open
    (scene.layout.root / "course.toml").write_text('[course]\norder = ["clipping"]\n')
    assert [one.assignment.name for one in of_class.overview().rows] == ["clipping", "tiny"]


def test_problems_are_sentences_with_what_the_role_may_do(
    scene: Scene, of_class: ClassReader, rendered: Callable[..., str]
) -> None:
    """A TA grades and is told who releases; an instructor has the buttons."""
    scene.hand_in("alice", "clipping", NOW, b"1")
    scene.hand_in("bob", "clipping", NOW, b"2", key="b" * 64, refusal="no JSON")
    scene.hand_in("carol", "clipping", NOW, b"3", fault="OSError")
    overview = of_class.overview()
    changed = replace(row(overview, "tiny"), is_current=False)
    overview = replace(overview, rows=[row(overview, "clipping"), changed])
    tas = {one.fact: one for one in notices(overview, MAY[Role.ASSISTANT])}
    ours = {one.fact: one for one in notices(overview, MAY[Role.INSTRUCTOR])}
    assert list(tas) == list(ours)
    assert next(iter(tas)) == "1 hand-in could not be graded."
    assert tas["2 hand-ins have no verdict yet."].label == "Grade all 2"
    assert "bob handed in a file that could not be run" in " ".join(tas)
    release = "Tiny has changed since it was released."
    assert (ours[release].label, ours[release].form) == ("Release again", "release")
    assert (tas[release].label, tas[release].form) == ("", "")
    assert "An instructor" in tas[release].meaning
    for role, seen in ((Role.ASSISTANT, False), (Role.INSTRUCTOR, True)):
        shown = notices(overview, MAY[role])
        text = rendered(
            "staff.html", role, overview=overview, notices=shown, given=NOTHING_TYPED, problem="",
            events="",
        )  # fmt: skip
        assert ("Release again" in text, "How long, or until when" in text) == (seen, seen)
        assert text.count('_staff/grade-all"') == 2
        assert text.count("button-main") == 1
    nothing: list[Notice] = notices(Overview((), ()), frozenset(Action))
    assert nothing == []
