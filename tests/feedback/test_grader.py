"""Grading on submit with a real grading service, without a hub: what it does when it looks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from autograder.feedback import Attempt, State, attempts_of
from autograder.feedback.collecting import collect
from autograder.feedback.grader import OnSubmit
from autograder.handin.exchange import Exchange
from autograder.handin.identity import Caller
from autograder.handin.service import Said, ServedCourse
from autograder.handin.settings import ExchangeSettings
from autograder.records import Actor
from autograder.service.client import OrderCancelled, Place, grade
from autograder.service.protocol import Event, Order, Priority, Tenant

from .conftest import RIGHT, WRONG, Desk
from .test_attempts import set_due


@pytest.fixture
def grader(desk: Desk) -> Iterator[OnSubmit]:
    """What grades in the desk's course, by the desk's clock."""
    made = OnSubmit([desk.course], clock=desk.clock)
    yield made
    made.close()


def look(grader: OnSubmit) -> None:
    """Look until there is nothing to be done at the moment."""
    grader.look()
    grader.settle()
    grader.look()
    grader.settle()


def attempts(desk: Desk, student: str = "alice") -> list[Attempt]:
    return attempts_of(desk.course, student, "tiny")


def recorded(desk: Desk, student: str = "alice") -> float | None:
    """Return the automatic points that the gradebook has."""
    with sqlite3.connect(desk.layout.home / "gradebook.db") as database:
        query = (
            "SELECT sum(auto_score) FROM grade g JOIN submitted_notebook n ON n.id = g.notebook_id "
            "JOIN submitted_assignment s ON s.id = n.assignment_id WHERE s.student_id = ?"
        )
        (points,) = database.execute(query, (student,)).fetchone()
    database.close()
    return points


def batch(desk: Desk) -> Order:
    """Return the order of `gradlab grade`."""
    return Order(
        Tenant.of(desk.layout), "tiny", "gradlab grade", collected=True, record=True,
        priority=Priority.BATCH,
    )  # fmt: skip


def test_a_hand_in_is_graded_collected_and_recorded(desk: Desk, grader: OnSubmit) -> None:
    """Without anybody's doing; an essay waits for a person and is no lost point."""
    name = desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    (one,) = attempts(desk)
    assert (one.state, one.points, one.max_points, one.waits) == (State.GRADED, 3.0, 5.0, 2.0)
    assert one.graded_at == desk.now
    report = desk.course.report(one)
    assert report is not None
    assert report.points == 3.0
    folder = desk.layout.submitted / "alice" / "tiny"
    assert {path.name for path in folder.iterdir()} == {
        "tiny.ipynb", "timestamp.txt", "submission_secret.txt",
    }  # fmt: skip
    assert recorded(desk) == 3.0
    events = [json.loads(line) for line in desk.layout.log.read_text().splitlines()]
    assert [one["event"] for one in events if one["student"]] == ["collect", "grade"]
    assert events[-2]["submission"] == name
    assert {one["via"] for one in events if one["student"]} == {"grading on submit"}


def test_a_pause_is_kept_to_and_then_ends(desk: Desk, grader: OnSubmit) -> None:
    """What waits is graded when the pause ends; until then the last verdict stands."""
    desk.set_feedback("pause = [5]")
    desk.hand_in(desk.notebook(WRONG))
    look(grader)
    desk.move(minutes=1)
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    first, second = attempts(desk)
    assert (first.points, second.state) == (0.0, State.WAITING)
    assert second.grade_at == first.handed_in_at + timedelta(minutes=5)
    assert recorded(desk) == 0.0
    desk.move(minutes=4)
    look(grader)
    assert attempts(desk)[1].points == 3.0
    assert recorded(desk) == 3.0


def test_the_same_answers_with_other_outputs_use_no_attempt(desk: Desk, grader: OnSubmit) -> None:
    """They have the stored report, within a pause and over the limit, too."""
    desk.set_feedback("pause = [60]\nattempts = 1")
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    desk.move(seconds=5)
    desk.hand_in(desk.notebook(RIGHT, outputs="ran again"))
    look(grader)
    first, second = attempts(desk)
    assert (second.same_as, second.state, second.key) == (1, State.GRADED, first.key)


def test_another_student_s_same_answers_show_nothing_too_early(
    desk: Desk, grader: OnSubmit
) -> None:
    """That a report is stored already ends no pause."""
    desk.set_feedback("pause = [60]")
    desk.hand_in(desk.notebook(RIGHT), "bob")
    desk.hand_in(desk.notebook(WRONG))
    look(grader)
    desk.move(seconds=5)
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    assert [str(one.state) for one in attempts(desk)] == ["graded", "waiting"]


def test_over_the_limit_is_graded_at_the_deadline(desk: Desk, grader: OnSubmit) -> None:
    """Also when the deadline is set while it waits."""
    desk.set_feedback("pause = []\nattempts = 1")
    desk.hand_in(desk.notebook(WRONG))
    desk.move(seconds=5)
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    assert [(str(one.state), one.grade_at) for one in attempts(desk)] == [
        ("graded", None), ("waiting", None),
    ]  # fmt: skip
    set_due(desk, minutes=10)
    assert attempts(desk)[1].grade_at is not None
    desk.move(minutes=11)
    look(grader)
    assert attempts(desk)[1].points == 3.0
    assert recorded(desk) == 3.0


def test_the_best_in_time_counts(desk: Desk, grader: OnSubmit) -> None:
    """What staff find in the submitted folder is the best, too."""
    desk.set_feedback('pause = []\ncount = "best"')
    best = desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    desk.move(seconds=5)
    desk.hand_in(desk.notebook(WRONG))
    look(grader)
    assert [(one.points, one.counts) for one in attempts(desk)] == [(3.0, True), (0.0, False)]
    assert recorded(desk) == 3.0
    stamp = (desk.layout.submitted / "alice" / "tiny" / "timestamp.txt").read_text()
    assert stamp == best.split("+")[2]
    store = desk.course.store
    said = Said([ServedCourse("deep-learning", store.folder, store.log, "", desk.layout)])
    exchange = Exchange({"deep-learning": store}, ExchangeSettings(), lambda: desk.now, said)
    tom = Caller("tom", frozenset({"formgrade-deep-learning"}))
    listed = exchange.submissions(tom, "deep-learning", assignment="tiny")
    assert [one.get("counts", False) for one in listed] == [True, False]


def test_with_last_a_worse_one_counts(desk: Desk, grader: OnSubmit) -> None:
    """As it is in nbgrader."""
    desk.set_feedback("pause = []")
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    desk.move(seconds=5)
    desk.hand_in(desk.notebook(WRONG))
    look(grader)
    assert [one.counts for one in attempts(desk)] == [False, True]
    assert recorded(desk) == 0.0


def test_what_is_no_notebook_is_refused_and_uses_no_attempt(desk: Desk, grader: OnSubmit) -> None:
    """The reason is for the student."""
    desk.set_feedback("pause = [60]")
    desk.hand_in(b"{")
    look(grader)
    (one,) = attempts(desk)
    assert (one.state, one.uses, one.points) == (State.REFUSED, False, 0.0)
    assert "JSON is damaged" in one.text
    desk.move(seconds=5)
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    assert attempts(desk)[1].state is State.GRADED


def test_a_fault_of_ours_is_no_verdict_and_is_tried_again(desk: Desk, grader: OnSubmit) -> None:
    """The course's source was broken for a while."""
    check = desk.layout.solutions / "tiny" / "checks" / "test_doubling.py"
    good, answer = check.read_text(), desk.notebook(RIGHT)
    check.unlink()
    desk.hand_in(answer)
    look(grader)
    (one,) = attempts(desk)
    assert (one.state, one.points) == (State.FAULT, None)
    assert "doubling" in one.detail
    assert "doubling" not in one.text
    check.write_text(good)
    desk.move(minutes=2)
    look(grader)
    assert attempts(desk)[0].points == 3.0


def test_a_grading_service_that_is_told_to_stop_is_no_fault(
    desk: Desk, grader: OnSubmit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hand-in waits for the next one."""

    def stopped(_order: Order, _place: Place) -> Iterator[Event]:
        yield Event("started", "alice")
        raise OrderCancelled("the grading service was stopped")

    desk.hand_in(desk.notebook(RIGHT))
    with monkeypatch.context() as patch:
        patch.setattr("autograder.feedback.grader.grade", stopped)
        look(grader)
    assert attempts(desk)[0].state is State.QUEUED
    desk.move(seconds=5)
    look(grader)
    assert attempts(desk)[0].state is State.GRADED


def test_what_came_before_grading_on_submit_is_left_to_staff(desk: Desk) -> None:
    """An upgrade grades nothing that was handed in long ago."""
    desk.hand_in(desk.notebook(RIGHT))
    desk.move(days=1)
    grader = OnSubmit([desk.course], clock=desk.clock)
    look(grader)
    grader.close()
    (one,) = attempts(desk)
    assert (one.state, one.grade_at) == (State.WAITING, None)


def test_what_was_stored_while_nothing_ran_is_graded_at_the_next_start(desk: Desk) -> None:
    """And a second start grades nothing again."""
    for _ in range(2):
        grader = OnSubmit([desk.course], clock=desk.clock)
        look(grader)
        grader.close()
        if not attempts(desk):
            desk.hand_in(desk.notebook(RIGHT))
            desk.hand_in(desk.notebook(WRONG), "bob")
    grader = OnSubmit([desk.course], Place(desk.layout.home / "none"), clock=desk.clock)
    look(grader)  # nothing is ordered: no service is started there
    grader.close()
    assert not (desk.layout.home / "none").exists()
    assert [attempts(desk, one)[0].points for one in ("alice", "bob")] == [3.0, 0.0]
    assert recorded(desk, "bob") == 0.0


def test_a_hand_in_without_a_receipt_is_not_whole(desk: Desk, grader: OnSubmit) -> None:
    """It is graded when its receipt is there."""
    name = desk.hand_in(desk.notebook(RIGHT), receipt=False)
    look(grader)
    assert attempts(desk)[0].state is State.WAITING
    folder = desk.course.store.receipts / "alice" / "tiny"
    folder.mkdir(parents=True)
    (folder / f"{name.split('+')[2]}.json").write_text("{}")
    desk.move(seconds=1)
    look(grader)
    assert attempts(desk)[0].state is State.GRADED


def test_grades_of_staff_become_outcomes(desk: Desk, grader: OnSubmit) -> None:
    """A check that changed gives another report to whoever was graded again."""
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    before = attempts(desk)[0].key
    check = desk.layout.solutions / "tiny" / "checks" / "test_doubling.py"
    check.write_text(check.read_text().replace("== 6", "== 7"))
    assert [event.kind for event in grade(batch(desk))][-1] == "end"
    desk.move(seconds=2)
    look(grader)
    desk.move(seconds=2)
    look(grader)
    (one,) = attempts(desk)
    assert one.key != before
    assert one.points == 0.0


def test_a_batch_holds_up_no_hand_in(desk: Desk, grader: OnSubmit) -> None:
    """It has its verdict while most of the batch waits."""
    names = [f"student{number:02}" for number in range(16)]
    for name in names:
        path = desk.layout.submitted / name / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(desk.notebook(f"import time; time.sleep(0.3); return x + x  # {name}"))
    events = grade(batch(desk))
    assert next(event for event in events if event.kind == "done").name in names
    desk.hand_in(desk.notebook(RIGHT))
    look(grader)
    assert attempts(desk)[0].state is State.GRADED
    left = [event for event in events if event.kind == "done"]
    assert len(left) > len(names) / 2


def test_with_an_exchange_of_files_grading_follows_collect(desk: Desk) -> None:
    """What was not collected waits for staff."""
    desk.course.follows_collect = True
    grader = OnSubmit([desk.course], clock=desk.clock)
    desk.hand_in(desk.notebook(RIGHT), receipt=False)
    look(grader)
    assert attempts(desk)[0].state is State.WAITING
    (submission,) = desk.course.store.submissions()
    collect(desk.layout, desk.course.store, submission, Actor("ines"))
    (submission.folder / "tiny.ipynb").write_bytes(b"changed by its owner since")
    look(grader)
    grader.close()
    assert attempts(desk)[0].points == 3.0
    assert recorded(desk) == 3.0
