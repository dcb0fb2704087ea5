"""A request on the student's page and in the hands of staff, with the points that it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from autograder.feedback.requests import Request, RequestChanged, RequestError, Standing, Subject
from autograder.gradebook.marks import Dates
from autograder.pages import staff_handlers
from autograder.pages.asked import Asked, Then, answer, asked_of
from autograder.pages.courses import CourseReader
from autograder.pages.result import Result as Shown
from autograder.pages.result import result_of
from autograder.pages.standing import row_of
from autograder.pages.words import Clock
from autograder.records import Actor, Event, Log, acting
from autograder.service.client import ServiceError
from autograder.service.protocol import Event as GradingEvent
from autograder.service.protocol import Order, Origin, Result

from .scene import Scene, clipping_report

NOW = datetime.now(UTC).replace(microsecond=0)
CHECK = "test_norm_equals_threshold"


def result(reader: CourseReader, number: int | None = None, person: str = "alice") -> Shown:
    """Return what somebody's page shows of the assignment."""
    row = row_of(reader, person, "clipping", Clock(NOW), Dates())
    found = result_of(reader, person, row, number)
    assert found is not None
    return found


@pytest.fixture
def graded(scene: Scene) -> Scene:
    """Return the course with one attempt of alice's in the gradebook."""
    name = scene.hand_in("alice", "clipping", NOW - timedelta(hours=3), b"1")
    scene.grade(name, clipping_report("a" * 64), record=True)
    return scene


def ask(reader: CourseReader, cell: str = "clipping", check: str = CHECK) -> Request:
    """Ask about something of the newest attempt, as the page does."""
    attempt = result(reader).attempt
    assert attempt is not None
    about = Subject("alice", "clipping", attempt.submission.timestamp, cell, check)
    return reader.requests.ask(about, attempt.number, attempt.key, "Why?", 5)


def read(reader: CourseReader, request: Request) -> Asked:
    """Return a request as staff read it now."""
    found = reader.requests.find(request.id)
    assert found is not None
    return asked_of(reader, found)


def points(reader: CourseReader, exercise: int = 0) -> float:
    """Return what alice has for an exercise."""
    return result(reader).exercises[exercise].score.got


def test_what_can_be_asked_about_is_what_the_page_shows(
    graded: Scene, reader: CourseReader
) -> None:
    """Checks that are not passed, and essays that were read; nothing else, and of nobody else."""
    shown = result(reader)
    assert shown.may_ask("clipping", CHECK)
    assert shown.may_ask("clipping", "test_ends")
    for cell, check in (("clipping", "test_short_ones_stay"), ("clipping", ""), ("why", ""),
                        ("why", CHECK), ("other", CHECK), ("", "")):  # fmt: skip
        assert not shown.may_ask(cell, check), (cell, check)
    assert not result(reader, person="bob").may_ask("clipping", CHECK)
    graded.score("why", 1.0)
    assert result(reader).may_ask("why", "")
    path = graded.layout.solutions / "clipping" / "assignment.toml"
    path.write_text('title = "Clipping"\n\n[feedback]\nshow = "points"\nrequests = 1\n')
    shown = result(reader)
    assert shown.may_ask("clipping", "")
    assert not shown.may_ask("clipping", CHECK)
    ask(reader, check="")
    assert result(reader).requests_left == 0
    path.write_text('title = "Clipping"\n\n[feedback]\nrequests = 0\n')
    assert not result(reader).may_ask("clipping", CHECK)
    assert result(reader).may_ask("clipping", "")  # goes on


def test_the_answer_changes_what_the_page_is_known_by(graded: Scene, reader: CourseReader) -> None:
    """So that an open page shows it by itself."""
    request = ask(reader)
    before = result(reader).mark, reader.version("alice")
    asked = read(reader, request)
    answer(reader, asked, Then.ANSWER, "Look at the norm.", "", asked.version)
    assert result(reader).mark != before[0]
    assert reader.version("alice") != before[1]
    assert result(reader).asked["clipping", CHECK].standing is Standing.ANSWERED


def test_staff_read_the_detail_and_where_the_report_is(graded: Scene, reader: CourseReader) -> None:
    """Of the attempt that was asked about; the file is there."""
    asked = read(reader, ask(reader))
    assert asked.check is not None
    assert asked.check.name == CHECK
    assert (graded.layout.home / asked.folder).is_file()
    assert asked.mark is not None
    assert asked.mark.automatic == 1
    assert asked.can_be_graded_again
    assert asked.alike == 0


def test_accepting_gives_points_once_and_in_the_log(graded: Scene, reader: CourseReader) -> None:
    """The student's sum follows; the row has the answer's hash; penalties are computed anew."""
    asked = read(reader, ask(reader))
    answer(reader, asked, Then.ACCEPT, "You are right.", "2,5", asked.version)
    assert points(reader) == 2.5
    found = reader.requests.find(asked.request.id)
    assert found is not None
    assert found.standing is Standing.ACCEPTED
    assert found.posts[-1].note == "Points of this exercise: 2.5 of 4; before: 1."
    (row,) = Log(graded.layout.log).lines(Event.MANUAL)
    assert row["before"] == {"manual_score": None, "extra_credit": None}
    assert (row["cell"], row["manual_score"], len(row["answer"])) == ("clipping", 2.5, 64)
    again = read(reader, found)
    with pytest.raises(RequestError, match="accepted already"):
        answer(reader, again, Then.DECLINE, "No.", "", again.version)


def test_points_that_changed_meanwhile_stay(graded: Scene, reader: CourseReader) -> None:
    """In formgrader too, before the form is sent and while it is; the request stays open."""
    asked = read(reader, ask(reader))
    graded.score("clipping", 4.0)
    now = read(reader, asked.request)
    with pytest.raises(RequestChanged):
        answer(reader, now, Then.ACCEPT, "Yes.", "2", asked.version)
    with pytest.raises(RequestChanged):  # as of a form that was checked a moment before
        answer(reader, asked, Then.ACCEPT, "Yes.", "2", asked.version)
    assert points(reader) == 4.0
    assert read(reader, asked.request).request.standing is Standing.OPEN
    assert not list(Log(graded.layout.log).lines(Event.MANUAL, Event.ANSWER))


def test_points_are_for_the_hand_in_that_the_gradebook_has(
    graded: Scene, reader: CourseReader
) -> None:
    """A request about an older attempt, or one that was replaced while staff read, gives none."""
    asked = read(reader, ask(reader))
    second = graded.hand_in("alice", "clipping", NOW - timedelta(hours=1), b"2")
    graded.grade(second, clipping_report("b" * 64, better=True), record=True)
    with pytest.raises(RequestChanged):
        answer(reader, asked, Then.ACCEPT, "Yes.", "4", asked.version)
    now = read(reader, asked.request)
    assert now.mark is None
    assert not now.can_be_graded_again
    assert now.check is not None  # of the older attempt's report
    answer(reader, now, Then.ACCEPT, "Yes.", "4", now.version)
    assert points(reader) == 2


@pytest.mark.parametrize("given", ["-1", "4.01", "nan", "inf", "1e400", "four", "1" * 30])
def test_points_are_bounded(graded: Scene, reader: CourseReader, given: str) -> None:
    """What is no number of points of this exercise changes nothing."""
    asked = read(reader, ask(reader))
    with pytest.raises(RequestError, match="from 0 to 4"):
        answer(reader, asked, Then.ACCEPT, "Yes.", given, asked.version)
    assert points(reader) == 1
    assert not list(Log(graded.layout.log).lines(Event.ANSWER))


def test_an_essay_gets_its_points(graded: Scene, reader: CourseReader) -> None:
    """An essay that was read with 0 is raised; the sum counts nothing twice."""
    graded.score("why", 0.0)
    asked = read(reader, ask(reader, "why", ""))
    assert asked.check is None
    answer(reader, asked, Then.ACCEPT, "", "2", asked.version)
    assert points(reader, 1) == 2
    assert result(reader).score is not None


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (Result(Origin.GRADED, "k", 2.0, 6.0), "It was graded again: checks give 2 of 6 points."),
        (Result(Origin.FAULT, fault="x"), "Grading again failed."),
        (None, "Grading again failed."),
    ],
)
def test_grading_again_leaves_a_row_with_what_came_out(
    graded: Scene,
    reader: CourseReader,
    monkeypatch: pytest.MonkeyPatch,
    result: Result | None,
    note: str,
) -> None:
    """It is the order of formgrader's button in the person's name, and the request stays open."""
    orders: list[Order] = []

    def grade(order: Order) -> Iterator[GradingEvent]:
        orders.append(order)
        if result is None:
            raise ServiceError("it ended")
        yield GradingEvent("done", "alice", None, result, b"")

    class Now(threading.Thread):
        """Runs when it is started."""

        def start(self) -> None:
            self.run()

    monkeypatch.setattr(staff_handlers, "grade", grade)
    monkeypatch.setattr("threading.Thread", Now)
    asked = read(reader, ask(reader))
    actor = Actor("tom", "10.0.0.1", "pages")
    with pytest.raises(RequestChanged):
        staff_handlers.begin_again(reader, asked, "0-x", "", actor)
    with acting(actor):
        staff_handlers.begin_again(reader, asked, asked.version, "Let us see.", actor)
    (order,) = orders
    assert (order.students, order.collected, order.record, order.fresh, order.actor) == (
        ("alice",), True, True, True, ("tom", "10.0.0.1", "pages"),
    )  # fmt: skip
    found = read(reader, asked.request).request
    assert found.standing is Standing.OPEN
    assert [one.text for one in found.posts] == ["Why?", "Let us see.", ""]
    assert found.posts[-1].note.startswith(note)
    assert {one.who for one in found.posts[1:]} == {"tom"}


def test_a_check_is_voided_for_everybody(graded: Scene, reader: CourseReader) -> None:
    """By the same row as the command writes, with the answer as the reason; only a real check."""
    asked = read(reader, ask(reader))
    with pytest.raises(Exception, match="no check"):  # the scene's reports have checks of their own
        answer(reader, asked, Then.VOID, "The text was wrong.", "", asked.version)
    assert not list(Log(graded.layout.log).lines(Event.VOID, Event.ANSWER))
    file = graded.layout.solutions / "clipping" / "checks" / "test_clipping.py"
    file.write_text(file.read_text().replace("test_clips", CHECK))
    answer(reader, asked, Then.VOID, "The text was wrong.", "", asked.version)
    (row,) = Log(graded.layout.log).lines(Event.VOID)
    assert (row["check"], row["counts"], row["reason"]) == (CHECK, "full", "The text was wrong.")
    view = next(one for one in result(reader).exercises[0].parts[0].checks if one.code == CHECK)
    assert view.is_void
    assert view.got == 1
    assert result(reader).may_ask("clipping", CHECK)  # what was asked stays on the page
