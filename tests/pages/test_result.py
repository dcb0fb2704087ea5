"""What becomes of one attempt on its page: verdicts as far as they may be seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autograder.gradebook.marks import Dates, Standing
from autograder.grading.decisions import Counts, Void
from autograder.pages.courses import CourseReader
from autograder.pages.result import Result, result_of
from autograder.pages.standing import row_of
from autograder.pages.words import Clock
from autograder.records import Event, Log

from .scene import TITLE, Scene, clipping_report

NOW = datetime.now(UTC).replace(microsecond=0)


def result(reader: CourseReader, number: int | None = None, name: str = "clipping") -> Result:
    """Return what alice's page shows."""
    dates = reader.dates("alice").get(name, Dates())
    found = result_of(reader, "alice", row_of(reader, "alice", name, Clock(NOW), dates), number)
    assert found is not None
    return found


def graded(scene: Scene, *, record: bool = True, **kind: bool) -> str:
    """Hand in and grade."""
    name = scene.hand_in("alice", "clipping", NOW - timedelta(hours=2), b"1")
    scene.grade(name, clipping_report("a" * 64, **kind), record=record)
    return name


def show(scene: Scene, what: str) -> None:
    """Set how much of a verdict is shown."""
    path = scene.layout.solutions / "clipping" / "assignment.toml"
    title = TITLE.replace('"', '\\"')
    path.write_text(f'title = "{title}"\n\n[feedback]\nshow = "{what}"\n')


@pytest.mark.parametrize(("what", "checks", "hints"), [
    ("points", 0, 0), ("verdicts", 4, 0), ("hints", 4, 2),
])  # fmt: skip
def test_as_much_is_shown_as_the_assignment_says(
    scene: Scene, reader: CourseReader, what: str, checks: int, hints: int
) -> None:
    """Points of each exercise always; checks with messages, and hints, only where said."""
    show(scene, what)
    graded(scene)
    found = result(reader)
    views = [one for part in found.exercises[0].parts for one in part.checks]
    assert len(views) == checks
    assert sum(1 for one in views if one.hint) == hints
    assert found.exercises[0].score.got == 1
    assert [one.title for one in found.exercises] == ["1 · By norm", "2 · In your own words"]


def test_a_limit_has_no_hint_about_something_else(scene: Scene, reader: CourseReader) -> None:
    """The author's hint is about a wrong answer."""
    graded(scene)
    views = {one.verdict: one for one in result(reader).exercises[0].parts[0].checks}
    assert views["failed"].hint
    assert views["error"].hint
    assert not views["limit"].hint
    assert "10 s" in views["limit"].message


def test_an_essay_that_waits_is_never_zero(scene: Scene, reader: CourseReader) -> None:
    """Before it is recorded, and after; a person's points take its place."""
    name = graded(scene, record=False)
    for record in (False, True):
        if record:
            scene.grade(name, clipping_report("a" * 64), record=True)
        (part,) = result(reader).exercises[1].parts
        assert part.waits
        assert part.score.lost == 0
    scene.score("why", 0.0)
    (part,) = result(reader).exercises[1].parts
    assert not part.waits
    assert part.score.lost == 2


def test_an_empty_essay_waits_for_nobody(scene: Scene, reader: CourseReader) -> None:
    """Nothing was written: that is said."""
    graded(scene, empty=True)
    (part,) = result(reader).exercises[1].parts
    assert part.is_empty
    assert not part.waits
    assert result(reader).answered == (1, 2)


def test_comments_stand_under_what_they_are_about(scene: Scene, reader: CourseReader) -> None:
    """A comment on an answer's cell belongs to the points below it."""
    graded(scene)
    scene.comment("clip", "Use clamp. <b>")
    scene.comment("why", "Good.")
    first, second = result(reader).exercises
    assert first.parts[0].comments == ["Use clamp. <b>"]
    assert second.parts[0].comments == ["Good."]


def test_a_void_check_says_so(scene: Scene, reader: CourseReader) -> None:
    """It counts as decided, and is marked."""
    graded(scene)
    void = Void("clipping", "test_norm_equals_threshold", Counts.FULL, "the text was wrong")
    Log(scene.layout.log).record(
        Event.VOID, course="deep-learning", assignment="clipping", **void.to_json()
    )
    view = result(reader).exercises[0].parts[0].checks[1]
    assert view.is_void
    assert view.got == 1
    assert "the text was wrong" in view.message


def test_the_trail_shows_what_changed_between_attempts(scene: Scene, reader: CourseReader) -> None:
    """Of each check the verdicts up to the attempt that is read; one attempt has no trail."""
    graded(scene)
    assert not result(reader).exercises[0].parts[0].checks[1].trail
    second = scene.hand_in("alice", "clipping", NOW - timedelta(hours=1), b"2")
    scene.grade(second, clipping_report("b" * 64, better=True))
    trail = result(reader).exercises[0].parts[0].checks[1].trail
    assert [(number, str(verdict)) for number, verdict in trail] == [(1, "failed"), (2, "passed")]
    assert not result(reader, 1).exercises[0].parts[0].checks[1].trail
    assert result(reader, 1).attempt != result(reader).attempt


def test_nothing_is_known_before_it_may_be_seen(scene: Scene, reader: CourseReader) -> None:
    """With `release`, the report is there and nothing of it is shown."""
    path = scene.layout.solutions / "clipping" / "assignment.toml"
    path.write_text('title = "Clipping"\n\n[feedback]\nwhen = "release"\n')
    graded(scene)
    found = result(reader)
    assert found.row.told.word.startswith("Handed in")
    assert not found.exercises
    assert found.score is None
    assert not found.has_notebook
    assert not found.scores


def test_there_is_no_other_attempt(scene: Scene, reader: CourseReader) -> None:
    """A number that is none of theirs is nothing."""
    graded(scene)
    row = row_of(reader, "alice", "clipping", Clock(NOW), Dates())
    for number in (0, 2, 99):
        assert result_of(reader, "alice", row, number) is None
    other = row_of(reader, "bob", "clipping", Clock(NOW), Dates())
    assert result_of(reader, "bob", other, 1) is None


def test_the_class_is_shown_where_the_course_allows_it(
    scene: Scene, reader: CourseReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Off by itself; never of a few; who waits for a person is no 0 in it."""
    graded(scene)
    found = [
        Standing(str(number), "clipping", None, points, waits)
        for number, (points, waits) in enumerate([(float(one), 0.0) for one in range(6)] * 2
                                                 + [(0.0, 2.0)] * 20)
    ]  # fmt: skip
    assert [one.waits for one in reader.standings("clipping")] == [2.0]
    assert reader.standings("tiny") == []
    monkeypatch.setattr(reader, "standings", lambda _name: found)
    assert not result(reader).of_class
    path = scene.layout.solutions / "clipping" / "assignment.toml"
    path.write_text('title = "Clipping"\n\n[feedback]\nstatistics = true\n')
    assert result(reader).of_class == (
        "The class: half of 12 students have from 1 to 4 of 6 points; the median is 2.5."
    )
    monkeypatch.setattr(reader, "standings", lambda _name: found[:9])
    assert not result(reader).of_class
