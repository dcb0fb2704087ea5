"""The class at a glance, and how its checks behave."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autograder.feedback.requests import Subject
from autograder.grading.report import Verdict
from autograder.pages import overview as overview_module
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.items import (
    Item,
    ItemsReader,
    discrimination_of,
    fifths_of,
    items_of,
)
from autograder.pages.overview import AssignmentRow, ClassReader

from .scene import Scene, clipping_report

NOW = datetime.now(UTC).replace(microsecond=0)
PASSED, FAILED, ERROR, LIMIT = Verdict


@pytest.fixture
def of_class(reader: CourseReader, monkeypatch: pytest.MonkeyPatch) -> ClassReader:
    """Return what reads the class, while nothing is being graded."""
    made = ClassReader(reader)
    monkeypatch.setattr(made, "service", list)
    return made


def row(of_class: ClassReader, name: str = "clipping") -> AssignmentRow:
    """Return how the class stands with an assignment."""
    return next(one for one in of_class.overview().rows if one.assignment.name == name)


def test_everybody_counts_once_with_the_newest_hand_in(
    scene: Scene, reader: CourseReader, of_class: ClassReader
) -> None:
    """Handed in, graded, refused, ours to mend, waiting for a person, and asked."""
    assert row(of_class) == AssignmentRow(reader.assignment("clipping"), None, is_open=True)
    first = scene.hand_in("alice", "clipping", NOW - timedelta(hours=3), b"1")
    scene.grade(first, clipping_report("a" * 64), record=True)
    assert (row(of_class).handed_in, row(of_class).graded, row(of_class).waiting) == (1, 1, 1)
    assert row(of_class).median is None  # the essay is nobody's 0
    scene.score("why", 1.5)
    assert (row(of_class).waiting, row(of_class).median) == (0, 2.5)
    scene.hand_in("alice", "clipping", NOW - timedelta(hours=2), b"2")
    assert (row(of_class).handed_in, row(of_class).graded) == (1, 0)
    scene.hand_in("bob", "clipping", NOW, b"x", key="c" * 64, refusal="no JSON")
    scene.hand_in("carol", "clipping", NOW, b"y", fault="OSError: secret")
    about = Subject("alice", "clipping", "t", "clipping", "test_ends")
    reader.requests.ask(about, 1, "a" * 64, "Why?", 5)
    found = row(of_class)
    assert (found.handed_in, found.graded, found.refused, found.faults, found.requests) == (
        3, 1, ("bob",), 1, 1,
    )  # fmt: skip


def test_the_same_content_has_the_verdict_of_the_first(scene: Scene, of_class: ClassReader) -> None:
    """Who hands in the same again is graded."""
    first = scene.hand_in("alice", "tiny", NOW - timedelta(hours=3), b"1", digest="d", key="a" * 64)
    assert first
    scene.hand_in("alice", "tiny", NOW, b"1", digest="d")
    assert row(of_class, "tiny").graded == 1


def test_a_change_is_noticed_and_a_file_is_read_once(
    scene: Scene, of_class: ClassReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark follows what is shown; histories are read again only where they changed."""
    name = scene.hand_in("alice", "tiny", NOW, b"1", running=True)
    before = of_class.overview().mark
    assert of_class.overview().mark == before
    monkeypatch.setattr(type(scene.outcomes), "read", lambda *_: pytest.fail("read again"))
    assert of_class.overview().mark == before
    monkeypatch.undo()
    monkeypatch.setattr(of_class, "service", list)
    scene.know(name, running=False, key="a" * 64)
    assert of_class.overview().mark != before


def test_batches_are_those_of_this_course(
    scene: Scene, reader: CourseReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the grading service tells of its open orders, summed for each assignment."""
    home = str(scene.layout.home)

    class Service:
        """Answers as the grading service does."""

        def ask(self, event: str) -> dict[str, Any]:
            numbers = {"waiting": 5, "running": 1, "done": 4}
            return {"open": [
                {"home": home, "assignment": "tiny", **numbers},
                {"home": home, "assignment": "tiny", "waiting": 0, "running": 1, "done": 0},
                {"home": "/other", "assignment": "clipping", **numbers},
            ]}  # fmt: skip

    monkeypatch.setattr(overview_module, "Place", Service)
    found = ClassReader(reader).overview()
    assert [(one.assignment.name, one.done, one.most, one.running) for one in found.batches] == [
        ("tiny", 4, 11, 2)
    ]
    assert found.said == "Tiny: 4 of 11 graded"


def test_items_are_of_the_report_that_counts(
    scene: Scene, reader: CourseReader, of_class: ClassReader
) -> None:
    """Each verdict is counted once for each student; essays are none."""
    for number, better in ((1, False), (2, True)):
        name = scene.hand_in("alice", "clipping", NOW - timedelta(hours=9 - number), b"%d" % number)
        report = replace(clipping_report(str(number) * 64, better=better))
        scene.grade(name, report, record=True)
    scene.hand_in("bob", "clipping", NOW, b"3")
    found = ItemsReader(reader, of_class).items(reader.assignment("clipping"))
    assert found.students == 1
    assert {one.code: list(one.counts) for one in found.items} == {
        "test_short_ones_stay": [1, 0, 0, 0], "test_norm_equals_threshold": [1, 0, 0, 0],
        "test_direction_is_kept": [0, 0, 1, 0], "test_ends": [0, 0, 0, 1],
    }  # fmt: skip
    assert {one.discrimination for one in found.items} == {None}


def test_discrimination_tells_a_good_check_from_a_bad_one() -> None:
    """Of a class that differs in strength: near 1, near 0, and below it; else unknown."""
    strength = [number / 40 for number in range(40)]
    good = [(PASSED if one > 0.5 else FAILED, one) for one in strength]
    upside_down = [(FAILED if one > 0.5 else LIMIT if one > 0.45 else PASSED, one)
                   for one in strength]  # fmt: skip
    chance = random.Random(3)
    useless = [(chance.choice((PASSED, ERROR)), one) for one in strength]
    found = [discrimination_of(each) for each in (good, useless, upside_down)]
    assert found[0] == pytest.approx(0.866, abs=0.01)
    assert found[1] == pytest.approx(0.0, abs=0.3)
    assert found[2] == pytest.approx(-0.85, abs=0.03)
    assert discrimination_of(good[:9]) is None
    assert discrimination_of([(PASSED, one) for one in strength]) is None
    assert discrimination_of([(verdict, 1.0) for verdict, _ in good]) is None
    assert fifths_of(good) == (0, 0, pytest.approx(0.375), 1, 1)
    assert fifths_of(good[:24]) == ()


def test_equal_students_are_in_no_order() -> None:
    """With equal points in everything else each fifth has the same share."""
    each = [(PASSED, 1.0)] * 10 + [(FAILED, 1.0)] * 30
    assert fifths_of(each) == pytest.approx((0.25,) * 5)


def test_a_check_s_own_points_are_not_among_the_others() -> None:
    """One check alone tells nothing about itself."""
    reports = [[("c", "test_a", PASSED if number % 2 else FAILED, 2.0)] for number in range(20)]
    (item,) = items_of(Assignment("x", "X"), reports)
    assert item.discrimination is None
    assert item.shares == {"passed": 0.5, "failed": 0.5, "error": 0, "limit": 0}


@pytest.mark.parametrize(
    ("counts", "discrimination", "flag"),
    [
        ((90, 0, 0, 10), 0.5, "hit a limit"),
        ((60, 40, 0, 0), 0.05, "as often as weak"),
        ((99, 1, 0, 0), 0.05, "Nearly nobody"),
        ((60, 40, 0, 0), 0.5, ""),
        ((60, 40, 0, 0), None, ""),
    ],
)
def test_flags_say_what_to_look_at(
    counts: tuple[int, ...], discrimination: float | None, flag: str
) -> None:
    """In a sentence, and only where a number says so."""
    item = Item("c", "test_a", "1", counts, discrimination)
    assert flag in item.flag
    assert bool(item.flag) == bool(flag)
