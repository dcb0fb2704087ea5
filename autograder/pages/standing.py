"""From hand-ins and gradebook to where somebody's assignments stand.

What it guarantees: points that people gave count for the hand-in that they were given for, and for
no other.
"""

from __future__ import annotations

from autograder.feedback import Attempt, State
from autograder.gradebook.marks import Dates, Marks
from autograder.pages.courses import CourseReader
from autograder.pages.words import Clock
from autograder.pages.work import Row, Score, Work, in_order, told


def work_of(course: CourseReader, person: str, clock: Clock) -> Work:
    """Return everything that somebody has to do in a course."""
    dates = course.dates(person)
    rows = [
        row_of(course, person, name, clock, dates.get(name, Dates()))
        for name in course.names_for(person)
    ]
    rules = course.rules
    return Work(in_order(rows, rules.order), clock, rules.late)


def row_of(course: CourseReader, person: str, name: str, clock: Clock, dates: Dates) -> Row:
    """Return where one assignment stands."""
    attempts = course.attempts(person, name)
    counting = next((one for one in attempts if one.counts), None)
    marks = course.marks(person, name) if counting is not None else None
    score = None if counting is None else score_of(counting, marks_of(counting, marks))
    fetched_at = course.fetched_at(person, name)
    return Row(
        course.assignment(name),
        dates,
        attempts,
        told(attempts, score, clock, fetched_at),
        fetched_at is not None or bool(attempts),
        course.is_released(name),
        score,
        course.rules.late.grace_minutes * 60,
    )


def marks_of(attempt: Attempt, marks: Marks | None) -> Marks | None:
    """Return what the gradebook has of an attempt; `None` when what it has is of another one."""
    if marks is None or marks.submitted_at is None or attempt.state is not State.GRADED:
        return None
    return marks if marks.submitted_at == attempt.handed_in_at else None


def score_of(attempt: Attempt, marks: Marks | None) -> Score | None:
    """Return the points of an attempt; `None` before they are known or may be seen.

    Args:
        attempt: the attempt.
        marks: what the gradebook has of it.
    """
    if attempt.points is None or attempt.max_points is None or attempt.state is not State.GRADED:
        return None
    if marks is None:
        return Score(attempt.points, attempt.max_points, attempt.waits)
    by_hand = sum(mark.by_hand for mark in marks.cells.values())
    waiting = sum(mark.most for mark in marks.cells.values() if mark.waits)
    got = attempt.points + by_hand - marks.penalty
    return Score(max(0.0, got), attempt.max_points, min(waiting, attempt.max_points))
