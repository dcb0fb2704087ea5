"""One question across all students, as graders read and grade it.

What it guarantees:

- Each grader has an order of answers of their own, the same each time, that says nothing of whose
  they are; addresses have no names either.
- The next answer is one that waits for a person and that no other grader has open.
- What is graded is what was read: a form has a version of the answer, its points, its comment and
  its rubric; where any of it is another one now, nothing is written.
- A rubric that changed computes again the scores that it made, and no other.

What it does not do: decide who may (`question_handlers`), or keep rubrics (`feedback.rubrics`).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.course.manifest import Cell, Role
from autograder.feedback.requests import RequestError, clean
from autograder.feedback.rubrics import Item, Pair, Rubric, RubricError, rubric_of
from autograder.gradebook.by_hand import MarkChanged, give
from autograder.gradebook.marks import Mark
from autograder.grading.decisions import answer_digest
from autograder.grading.report import ExecutedCell, Report
from autograder.pages.answers import own_cells
from autograder.pages.asked import points_given
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.work import digest

CLAIM_SECONDS = 600.0  # an answer is somebody's for so long after they opened it


@dataclass(frozen=True)
class Question:
    """One essay of one assignment.

    Args:
        assignment: the assignment.
        cell: the essay.
    """

    assignment: Assignment
    cell: Cell

    @property
    def pair(self) -> Pair:
        """Return its name in the log."""
        return self.assignment.name, self.cell.cell_id

    @property
    def title(self) -> str:
        """Return the title of the exercise."""
        return self.assignment.exercises.get(self.cell.cell_id) or self.cell.cell_id

    @property
    def model_answer(self) -> str:
        """Return the instructor's text, with the rubric that it begins with."""
        lines = self.cell.solution.splitlines()
        return "\n".join(line for line in lines if not line.startswith("### "))

    @property
    def exercise(self) -> str:
        """Return what the course says before the answer, since the exercise before."""
        texts: list[str] = []
        cells = self.assignment.manifest.cells if self.assignment.manifest else ()
        for cell in cells:
            if cell.cell_id == self.cell.cell_id:
                break
            if cell.role in (Role.GRADED, Role.ESSAY):
                texts.clear()
            elif cell.role is Role.GIVEN and cell.cell_type == "markdown":
                texts.append(cell.source)
        return "\n\n".join(texts)


@dataclass(frozen=True)
class Answer:
    """One student's answer to a question as the gradebook has it.

    Args:
        id: its name in addresses.
        student: whose.
        submitted_at: of which hand-in; `None` when it is not known.
        mark: its points.
    """

    id: str
    student: str
    submitted_at: datetime | None
    mark: Mark


@dataclass(frozen=True)
class Progress:
    """How far a question is, in answers that a person has to read.

    Args:
        question: the question.
        read: that have points of a person.
        waits: that have none yet.
    """

    question: Question
    read: int
    waits: int


@dataclass(frozen=True)
class Change:
    """A score that its rubric makes another one now."""

    answer: Answer
    points: float


class Claims:
    """Which grader has which answer open; usable from any thread.

    A restart forgets them: nothing is lost, for what is graded has a version.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[Pair, str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def holder(self, question: Pair, answer: str, other_than: str) -> str:
        """Return the other person who has it open; empty for nobody."""
        with self._lock:
            who, until = self._held.get((question, answer), ("", 0.0))
        return who if until > time.monotonic() and who != other_than else ""

    def take(self, question: Pair, answer: str, who: str) -> bool:
        """Have it, unless somebody else has; whoever takes one lets go of the question's others."""
        now = time.monotonic()
        with self._lock:
            holder, until = self._held.get((question, answer), ("", 0.0))
            if until > now and holder != who:
                return False
            self._held = {
                at: (by, end)
                for at, (by, end) in self._held.items()
                if end > now and not (by == who and at[0] == question)
            }
            self._held[question, answer] = who, now + CLAIM_SECONDS
        return True


class Desk:
    """Where people grade one course; usable from any thread.

    Args:
        course: the course.
    """

    def __init__(self, course: CourseReader) -> None:
        self.course = course
        self.claims = Claims()

    def question(self, assignment: str, cell: str) -> Question | None:
        """Return a question; `None` when there is none."""
        found = self.course.assignment(assignment)
        essays = found.manifest.essays if found.manifest else ()
        return next((Question(found, one) for one in essays if one.cell_id == cell), None)

    def questions(self) -> list[Progress]:
        """Return the questions of what people handed in, with how far each is."""
        names = sorted({one.assignment for one in self.course.standings()})
        found = []
        for name in names:
            assignment = self.course.assignment(name)
            for cell in assignment.manifest.essays if assignment.manifest else ():
                question = Question(assignment, cell)
                answers = self.answers(question, "")
                waits = sum(one.mark.waits for one in answers)
                found.append(Progress(question, len(answers) - waits, waits))
        return found

    def answers(self, question: Question, who: str) -> list[Answer]:
        """Return the answers that a person reads or has read, in a grader's own order."""
        found = [
            Answer(_id(question.pair, student), student, submitted_at, mark)
            for student, (submitted_at, mark) in self.course.of_cell(*question.pair).items()
            if mark.waits or mark.manual is not None
        ]
        return sorted(found, key=lambda one: digest(f"{who}\0{one.id}"))

    def next(self, question: Question, who: str, after: str = "") -> Answer | None:
        """Return the next answer that waits, now this grader's; `None` when there is none."""
        answers = self.answers(question, who)
        place = next((n for n, one in enumerate(answers, start=1) if one.id == after), 0)
        for answer in (*answers[place:], *answers[:place]):
            is_open = answer.mark.waits and answer.id != after
            if is_open and self.claims.take(question.pair, answer.id, who):
                return answer
        return None

    def rubric(self, question: Question) -> Rubric:
        """Return the question's rubric."""
        return self.course.rubrics.rubric(question.pair, rubric_of(question.cell.solution))

    def report(self, question: Question, answer: Answer) -> Report | None:
        """Return the report that the gradebook has of the student; `None` when it is gone."""
        key = self.course.recorded_key(answer.student, question.assignment.name)
        return self.course.report_for_staff(key)

    def version(self, question: Question, answer: Answer, report: Report | None) -> str:
        """Return a mark of what is read: another one when any of it changed."""
        text = answer_digest(report, question.cell.cell_id) if report else ""
        rubric = self.rubric(question)
        return digest(f"{answer.submitted_at} {answer.mark!r} {text} {rubric!r}")

    def grade(
        self,
        question: Question,
        answer: Answer,
        items: Sequence[str],
        typed: str,
        comment: str,
        version: str,
    ) -> None:
        """Give an answer the points of its items, or those that were typed, and a comment.

        Raises:
            RequestError: it cannot be graded like this; nothing was done.
            MarkChanged: it is not what was read any more; nothing was done.
        """
        if version != self.version(question, answer, self.report(question, answer)):
            raise MarkChanged(answer.id)
        rubric = self.rubric(question)
        chosen = tuple(item.id for item in rubric.items if item.id in items)
        points = rubric.score(chosen, answer.mark.most)
        is_own = bool(typed.strip())
        if is_own:
            wanted = points_given(typed, answer.mark)
            kept = answer.mark.manual if answer.mark.manual is not None else points
            points = kept if wanted is None else wanted
        elif not chosen:
            raise RequestError("Choose what the answer has, or type its points; nothing was done.")
        self._give(question, answer, points, chosen, clean(comment), is_own=is_own)

    def preview(self, question: Question, rubric: Rubric) -> list[Change]:
        """Return the scores that a rubric makes others than the gradebook has."""
        given = self.course.rubrics.assessments(question.pair)
        changes = []
        for answer in self.answers(question, ""):
            one = given.get(answer.student)
            if one is None or one.is_own or answer.mark.manual != one.points:
                continue  # somebody gave other points since
            points = rubric.score(one.items, answer.mark.most)
            if points != one.points:
                changes.append(Change(answer, points))
        return changes

    def change(self, question: Question, was: Rubric, items: Sequence[Item], seen: str) -> int:
        """Put other items into the rubric and compute its scores again; return how many not.

        Args:
            question: the question.
            was: the rubric that somebody saw.
            items: the new ones.
            seen: `mark_of` the preview that they saw.

        Raises:
            RubricError: it cannot be like this.
            RubricChanged: it is another one, nothing was done.
            MarkChanged: the preview is another one; nothing was done.
        """
        if mark_of(self.preview(question, Rubric(tuple(items)))) != seen:
            raise MarkChanged(question.cell.cell_id)
        if tuple(items) != was.items:
            self.course.rubrics.change(question.pair, was, items)
        given = self.course.rubrics.assessments(question.pair)
        left = 0
        for change in self.preview(question, self.rubric(question)):
            one = given[change.answer.student]
            try:
                self._give(question, change.answer, change.points, one.items, None, is_own=False)
            except MarkChanged:
                left += 1
        return left

    def _give(
        self, question: Question, answer: Answer, points: float, items: Sequence[str],
        comment: str | None, *, is_own: bool,
    ) -> None:  # fmt: skip
        if answer.submitted_at is None:
            raise RequestError("Nobody knows of which hand-in the gradebook's points are.")
        give(
            self.course.layout, answer.student, question.assignment.name, question.cell.cell_id,
            points, seen=answer.mark, submitted_at=answer.submitted_at, comment=comment,
            details={"items": list(items), "own": is_own},
        )  # fmt: skip


def mark_of(changes: Sequence[Change]) -> str:
    """Return a text that is another one when a preview is."""
    return digest(repr(sorted((one.answer.id, one.points) for one in changes)))


def answer_cells(report: Report, question: Question) -> tuple[ExecutedCell, ...]:
    """Return what a student wrote for a question: the essay and own cells before it."""
    name = question.cell.cell_id
    essay = tuple(cell for cell in report.notebook if cell.cell_id == name)[:1]
    return (*own_cells(report, question.assignment.manifest, name), *essay) if essay else ()


def items_typed(rows: Sequence[tuple[str, str, str]]) -> list[Item]:
    """Return the items that somebody typed: id, text and points of each; without a text: none.

    Raises:
        RubricError: points are no number.
        RequestError: a text is too long.
    """
    items = []
    for name, text, typed in rows:
        if not (text := clean(text)):
            continue
        try:
            points = float(typed.strip().replace(",", ".").replace("\u2212", "-"))
        except ValueError as error:
            raise RubricError(f"“{text[:60]}” has no number of points.") from error
        items.append(Item(name, text, points) if name else Item.new(text, points))
    return items


def _id(question: Pair, student: str) -> str:
    return hashlib.sha256("\0".join((*question, student)).encode()).hexdigest()[:16]
