"""A request as staff read and answer it: the check with its detail, and what may be done.

What it guarantees:

- What is answered is what was read: the form has a version of the request and of the points in the
  gradebook; where either is another one now, nothing is written.
- Points are given for the hand-in that the gradebook has, and for no other.

What it does not do: decide who may (`staff_handlers`), or write rows (`feedback.requests`,
`gradebook.by_hand`, `gradebook.voiding` do).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from autograder.feedback import Attempt
from autograder.feedback.requests import Answer, Request, RequestChanged, RequestError, Standing
from autograder.gradebook.by_hand import MarkChanged, give
from autograder.gradebook.marks import Mark
from autograder.gradebook.voiding import must_be_there, void
from autograder.grading.decisions import Counts, Void
from autograder.grading.report import CellReport, CheckReport, Report
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.standing import marks_of
from autograder.pages.words import points
from autograder.pages.work import digest

_NUMBER_CHARACTERS = 20


class Then(StrEnum):
    """What staff do with a request."""

    ANSWER = "answer"
    ACCEPT = "accept"
    DECLINE = "decline"
    VOID = "void"  # and accept
    AGAIN = "again"  # grade again, and leave it as it is


@dataclass(frozen=True)
class Asked:
    """A request with all that staff decide by.

    Args:
        request: the request.
        assignment: the assignment.
        attempt: the hand-in; `None` when it is gone.
        report: as it counts now; `None` when it is gone.
        cell: the graded cell or essay.
        check: of it; `None` when the request is about all of it.
        mark: what the gradebook has for the cell; `None` when that is of another hand-in.
        alike: how many other requests about the same wait for an answer.
        folder: where the report's file lies, below the course's data folder.
    """

    request: Request
    assignment: Assignment
    attempt: Attempt | None = None
    report: Report | None = None
    cell: CellReport | None = None
    check: CheckReport | None = None
    mark: Mark | None = None
    alike: int = 0
    folder: str = ""

    @property
    def version(self) -> str:
        """Return a mark of what staff read: it is another one when any of it changed."""
        return f"{self.request.version}-{digest(repr(self.mark))}"

    @property
    def exercise(self) -> str:
        """Return the title of the exercise."""
        cell = self.request.subject.cell
        return self.assignment.exercises.get(cell) or cell

    @property
    def can_be_graded_again(self) -> bool:
        """Return whether the hand-in is the one that grading takes."""
        return self.attempt is not None and self.attempt.counts


def asked_of(course: CourseReader, request: Request) -> Asked:
    """Return a request with what it is about."""
    subject = request.subject
    assignment = course.assignment(subject.assignment)
    attempt = course.attempt_of(request)
    report = None
    for key in (attempt.key if attempt else "", request.key):
        report = report or course.report_for_staff(key)
    cell = check = mark = None
    if report is not None:
        cell = next((one for one in report.cells if one.grade_id == subject.cell), None)
        check = (
            next((one for one in cell.checks if one.name == subject.check), None) if cell else None
        )
    if attempt is not None:
        marks = marks_of(attempt, course.marks(subject.student, subject.assignment))
        mark = marks.cells.get(subject.cell) if marks else None
    alike = [
        one
        for one in course.requests.all()
        if one.standing is Standing.OPEN
        and one.id != request.id
        and (one.subject.assignment, one.subject.cell, one.subject.check)
        == (subject.assignment, subject.cell, subject.check)
    ]
    folder = ""
    if report is not None:
        folder = str(course.report_path(report.key))
    return Asked(request, assignment, attempt, report, cell, check, mark, len(alike), folder)


def answer(
    course: CourseReader, asked: Asked, then: Then, text: str, given: str, version: str
) -> None:
    """Do what staff decided.

    Args:
        course: the course.
        asked: the request as it is now.
        then: what to do; all but `AGAIN`.
        text: for the student.
        given: points for the cell, as they were typed; empty or as they are: no change.
        version: of what was read.

    Raises:
        RequestError: it cannot be done like this; nothing was.
        RequestChanged: it is not what was read any more; nothing was done.
    """
    if version != asked.version:
        raise RequestChanged(asked.request.id)
    request, subject = asked.request, asked.request.subject
    if request.standing.is_closed:
        raise RequestError(f"It was {request.standing} already.")
    if then is Then.ACCEPT and asked.mark is not None:
        wanted = points_given(given, asked.mark)
        if wanted is not None and asked.attempt is not None:
            _give(course, asked, asked.mark, asked.attempt, wanted, text)
            return
    if not text.strip():
        raise RequestError("Write an answer for the student; nothing was done.")
    if then is Then.VOID:
        must_be_there(course.layout, subject.assignment, subject.cell, subject.check)
        note = "The check was voided: it counts for everybody."
        course.requests.answer(request, Answer(Standing.ACCEPTED, text, note))
        decision = Void(subject.cell, subject.check, Counts.FULL, text.strip())
        void(course.layout, subject.assignment, decision)
        return
    standing = {
        Then.ANSWER: Standing.ANSWERED, Then.ACCEPT: Standing.ACCEPTED,
        Then.DECLINE: Standing.DECLINED,
    }[then]  # fmt: skip
    course.requests.answer(request, Answer(standing, text))


def _give(
    course: CourseReader, asked: Asked, mark: Mark, attempt: Attempt, wanted: float, text: str
) -> None:
    """Accept with other points, both or neither."""
    request, subject = asked.request, asked.request.subject
    known = mark.automatic if mark.manual is None else mark.manual
    was = "not given yet" if known is None else points(known)
    note = f"Points of this exercise: {points(wanted)} of {points(mark.most)}; before: {was}."
    said = Answer(Standing.ACCEPTED, text, note, (("points_before", known), ("points", wanted)))
    try:
        give(
            course.layout, subject.student, subject.assignment, subject.cell, wanted,
            seen=mark, submitted_at=attempt.handed_in_at,
            before=lambda: course.requests.answer(request, said),
        )  # fmt: skip
    except MarkChanged as error:
        raise RequestChanged(request.id) from error


def points_given(text: str, mark: Mark) -> float | None:
    """Return points that somebody typed; `None` when they are those that count.

    Raises:
        RequestError: they are no number from 0 to what the cell can have.
    """
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text) if len(text) <= _NUMBER_CHARACTERS else math.nan
    except ValueError:
        value = math.nan
    if not 0 <= value <= mark.most:  # false of what is no number, too
        raise RequestError(f"Points are a number from 0 to {points(mark.most)}; nothing was done.")
    known = mark.automatic if mark.manual is None else mark.manual
    return None if known is not None and value == known else value
