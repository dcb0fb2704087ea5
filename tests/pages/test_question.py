"""Grading by question: rubrics, what they compute, and what nobody overwrites."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from autograder.feedback.requests import RequestError
from autograder.feedback.rubrics import (
    Item,
    Rubric,
    RubricChanged,
    RubricError,
    Rubrics,
    rubric_of,
)
from autograder.gradebook.by_hand import MarkChanged, give
from autograder.pages.courses import CourseReader
from autograder.pages.question import (
    Answer,
    Desk,
    Question,
    answer_cells,
    items_typed,
    mark_of,
)
from autograder.records import Actor, Log, acting

from .scene import Scene, clipping_report

NOW = datetime.now(UTC).replace(microsecond=0)
FIRST, SECOND = Item("a", "The direction is kept", 1.0), Item("b", "Names a cliff", 0.5)
WHY = ("clipping", "why")


@pytest.fixture
def desk(scene: Scene, reader: CourseReader) -> Desk:
    """Return the desk of a course with three answers that wait, and one that was left empty."""
    for student in ("alice", "bob", "carol", "eve"):
        name = scene.hand_in(student, "clipping", NOW - timedelta(hours=1), student.encode())
        key = hashlib.sha256(student.encode()).hexdigest()
        scene.grade(name, clipping_report(key, empty=student == "eve"), record=True)
    made = Desk(reader)
    reader.rubrics.change(WHY, Rubric(), [FIRST, SECOND])
    return made


@pytest.fixture
def question(desk: Desk) -> Question:
    """Return the essay."""
    found = desk.question(*WHY)
    assert found is not None
    return found


def of(desk: Desk, question: Question, student: str) -> Answer:
    """Return a student's answer."""
    return next(one for one in desk.answers(question, "") if one.student == student)


def graded(desk: Desk, question: Question, student: str, *items: str, points: str = "",
           comment: str = "") -> Answer:  # fmt: skip
    """Grade an answer as somebody who has just read it."""
    answer = of(desk, question, student)
    version = desk.version(question, answer, desk.report(question, answer))
    desk.grade(question, answer, items, points, comment, version)
    return of(desk, question, student)


def test_a_rubric_begins_with_the_criteria_of_the_model_answer() -> None:
    """Over several lines, with halves; a model answer without them has an empty one."""
    text = (
        "- 1 point: the direction\n  is kept\n* 0.5 points for a cliff\n- no criterion\n"
        "  of it\n\nModel answer: 2 points make a line.\n"
    )
    found = [(item.text, item.points) for item in rubric_of(text).items]
    assert found == [("the direction is kept", 1.0), ("a cliff", 0.5)]
    assert rubric_of("Because.").items == ()


@pytest.mark.parametrize(
    ("chosen", "points"),
    [((), 0.0), (("a",), 1.0), (("a", "b"), 1.2), (("c",), 0.0), (("gone",), 0.0)],
)
def test_a_score_is_the_sum_within_the_question_s_points(
    chosen: tuple[str, ...], points: float
) -> None:
    """Never above what the question has, or below 0."""
    rubric = Rubric((FIRST, SECOND, Item("c", "Wrong", -3.0)))
    assert rubric.score(chosen, 1.2) == points


@pytest.mark.parametrize("points", ["", "x", "nan", "inf", "1e9"])
def test_an_item_has_a_number_of_points(points: str) -> None:
    """And a text; a row without a text is no item."""
    with pytest.raises(RubricError):
        items_typed([("a", "text", points)])
    assert items_typed([("a", " ", points)]) == []
    assert items_typed([("a", "x", "\u22120,5")])[0].points == -0.5


def test_of_two_changes_of_one_rubric_the_first_counts(scene: Scene, reader: CourseReader) -> None:
    """Also when another program wrote it; the items of the other are kept nowhere."""
    log = Log(scene.layout.log)
    other = Rubrics(log, "another program")
    one = reader.rubrics.change(WHY, Rubric(), [FIRST])
    assert (one.version, other.rubric(WHY, Rubric())) == (1, one)
    other.change(WHY, one, [SECOND])
    with pytest.raises(RubricChanged):
        reader.rubrics.change(WHY, one, [])
    assert reader.rubrics.rubric(WHY, Rubric()).items == (SECOND,)
    with pytest.raises(RubricError):
        reader.rubrics.change(WHY, reader.rubrics.rubric(WHY, Rubric()), [FIRST, FIRST])


def test_only_what_waits_for_a_person_is_at_the_desk(desk: Desk, question: Question) -> None:
    """An answer that was left empty is 0 without anybody's look."""
    assert {one.student for one in desk.answers(question, "")} == {"alice", "bob", "carol"}
    assert [(one.read, one.waits) for one in desk.questions()] == [(0, 3)]
    assert desk.question("clipping", "clipping") is None
    assert desk.question("nothing", "why") is None


def test_the_order_is_mixed_and_each_grader_s_own(desk: Desk, question: Question) -> None:
    """The same each time; no address has a name."""
    orders = {who: [a.id for a in desk.answers(question, who)] for who in "abcdefgh"}
    assert orders["a"] == [one.id for one in desk.answers(question, "a")]
    assert len({tuple(order) for order in orders.values()}) > 1
    assert not any(one.student in one.id for one in desk.answers(question, ""))


def test_points_comment_and_items_are_one_decision(
    desk: Desk, question: Question, scene: Scene
) -> None:
    """The gradebook has points and comment, the log which items, and for which answer."""
    with acting(Actor("tom", "", "test")):
        found = graded(desk, question, "bob", "a", comment="Good.")
    assert (found.mark.manual, found.mark.waits, found.mark.comment) == (1.0, False, "Good.")
    assert desk.course.rubrics.comments(WHY) == [("Good.", 1)]
    given = desk.course.rubrics.assessments(WHY)["bob"]
    assert (given.who, given.items, given.is_own) == ("tom", ("a",), False)
    line = [one for one in Log(scene.layout.log).lines() if one["event"] == "manual grade"][-1]
    assert (line["student"], line["comment"], len(line["answer"])) == ("bob", "Good.", 64)


def test_nothing_is_given_without_a_decision(desk: Desk, question: Question) -> None:
    """Neither items nor points, points that the question has not, or a text without end."""
    for items, points, comment in ((), "", "x"), ((), "3", ""), (("a",), "", "x" * 5000):
        with pytest.raises(RequestError):
            graded(desk, question, "bob", *items, points=points, comment=comment)
    assert of(desk, question, "bob").mark.waits
    assert graded(desk, question, "bob", points="0").mark.manual == 0.0


@pytest.mark.parametrize("change", ["points", "comment", "rubric"])
def test_what_somebody_else_did_is_not_overwritten(
    desk: Desk, question: Question, scene: Scene, change: str
) -> None:
    """Points, a comment or the rubric changed since the page was read."""
    seen = of(desk, question, "bob")
    version = desk.version(question, seen, desk.report(question, seen))
    if change == "points":
        graded(desk, question, "bob", "b")
    elif change == "comment":
        scene.comment("why", "Mine.")
    else:
        desk.course.rubrics.change(WHY, desk.rubric(question), [FIRST])
    before = of(desk, question, "bob").mark
    with pytest.raises(MarkChanged):
        desk.grade(question, of(desk, question, "bob"), ["a"], "", "Yours.", version)
    assert of(desk, question, "bob").mark == before


def test_a_comment_that_came_in_the_last_moment_stays(
    desk: Desk, question: Question, scene: Scene
) -> None:
    """It is looked at in the transaction that writes; points stay as they were, too."""
    seen = of(desk, question, "bob")
    scene.comment("why", "Mine.")
    with pytest.raises(MarkChanged):
        give(scene.layout, "bob", *WHY, 1.0, seen=seen.mark, submitted_at=seen.submitted_at or NOW,
             comment="Yours.")  # fmt: skip
    assert (of(desk, question, "bob").mark.comment, of(desk, question, "bob").mark.manual) == (
        "Mine.", None,
    )  # fmt: skip


def test_a_rubric_computes_its_scores_again_and_no_others(desk: Desk, question: Question) -> None:
    """A preview first; points that were typed, or given elsewhere since, stay."""
    graded(desk, question, "alice", "a", "b", comment="Kept.")
    graded(desk, question, "bob", "a")
    graded(desk, question, "carol", points="0.25")
    was = desk.rubric(question)
    items = [FIRST, replace(SECOND, points=0.75)]
    changes = desk.preview(question, Rubric(tuple(items)))
    assert [(one.answer.student, one.points) for one in changes] == [("alice", 1.75)]
    with pytest.raises(MarkChanged):
        desk.change(question, was, items, mark_of([]))  # another preview than what was seen
    assert desk.rubric(question) == was
    assert desk.change(question, was, items, mark_of(changes)) == 0
    marks = {one.student: one.mark.manual for one in desk.answers(question, "")}
    assert marks == {"alice": 1.75, "bob": 1.0, "carol": 0.25}
    assert of(desk, question, "alice").mark.comment == "Kept."
    assert desk.preview(question, desk.rubric(question)) == []


def test_points_of_another_hand_are_of_no_rubric(
    desk: Desk, question: Question, scene: Scene
) -> None:
    """Formgrader wrote others without a row: the rubric leaves them."""
    graded(desk, question, "bob", "a")
    scene.score("why", 1.5)
    assert desk.preview(question, Rubric((replace(FIRST, points=2.0),))) == []


def test_a_change_that_was_broken_off_goes_on(desk: Desk, question: Question) -> None:
    """The rubric has its new points and a score not yet: the page of the rubric shows it."""
    graded(desk, question, "bob", "a")
    items = [replace(FIRST, points=2.0)]
    now = desk.course.rubrics.change(WHY, desk.rubric(question), items)
    changes = desk.preview(question, now)
    assert [one.points for one in changes] == [2.0]
    assert desk.change(question, now, items, mark_of(changes)) == 0
    assert desk.rubric(question).version == now.version
    assert of(desk, question, "bob").mark.manual == 2.0


def test_two_graders_do_not_meet(desk: Desk, question: Question) -> None:
    """What one has open the other is not given; who goes on lets go of it."""
    first = desk.next(question, "tom")
    assert first is not None
    others = {desk.next(question, "ines", one.id) for one in desk.answers(question, "")}
    assert first not in others
    assert None not in others
    assert desk.claims.holder(WHY, first.id, "ines") == "tom"
    desk.next(question, "tom", first.id)
    assert desk.claims.holder(WHY, first.id, "ines") == ""


def test_skipped_answers_come_again_at_the_end(desk: Desk, question: Question) -> None:
    """Passing over goes round; the last one that is passed over is not given again at once."""
    seen, after = [], ""
    for _ in range(4):
        found = desk.next(question, "tom", after)
        assert found is not None
        seen.append(found.student)
        after = found.id
    assert seen[0] == seen[3]
    assert len(set(seen)) == 3
    for student in set(seen) - {seen[0]}:
        graded(desk, question, student, "a")
    assert desk.next(question, "tom", after) is None
    assert desk.next(question, "tom") is not None


def test_notes_are_of_one_answer_and_need_a_text(desk: Desk, question: Question) -> None:
    """Oldest first."""
    with acting(Actor("tom", "", "test")):
        desk.course.rubrics.note(WHY, "bob", "Fine for you?")
    assert [(n.who, n.text) for n in desk.course.rubrics.notes(WHY, "bob")] == [
        ("tom", "Fine for you?")
    ]
    assert desk.course.rubrics.notes(WHY, "alice") == []
    with pytest.raises(RubricError):
        desk.course.rubrics.note(WHY, "bob", " ")


def test_an_answer_is_what_the_student_wrote_since_the_exercise_before(
    desk: Desk, question: Question
) -> None:
    """The essay with the student's own cells before it; what the course gave is the exercise."""
    report = desk.report(question, of(desk, question, "bob"))
    assert report is not None
    assert [cell.cell_id for cell in answer_cells(report, question)] == ["why"]
    assert "in your own words" in question.exercise
    assert "by *norm*" not in question.exercise
