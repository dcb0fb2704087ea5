"""What is said to who hands in: before, what would become of it; with the receipt, what does.

What it does not do: put it into words; the client does, in its own time zone
(`gradlab_exchange.outlook`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from autograder.course.feedback import Feedback, When
from autograder.course.problems import CourseError
from autograder.course.rules import read_rules
from autograder.feedback.attempts import Attempt, State, attempts_of
from autograder.feedback.course import FeedbackCourse


def outlook(
    course: FeedbackCourse, student: str, assignment: str, timestamp: str
) -> dict[str, Any] | None:
    """Return what is to be said about a hand-in, as plain data; `None` when it is none.

    Args:
        course: the course.
        student: account name.
        assignment: its name.
        timestamp: of the hand-in.
    """
    attempts = attempts_of(course, student, assignment)
    this = next((one for one in attempts if one.submission.timestamp == timestamp), None)
    if this is None:
        return None
    feedback, due = course.feedback(assignment), course.closes(student, assignment)
    return {
        "received_at": this.handed_in_at.isoformat(),
        "due": None if due is None else due.isoformat(),
        "late": this.is_late,
        "attempt": this.number,
        "same_as": this.same_as,
        "attempts": feedback.attempts,
        "over": not this.same_as and _is_used_up(feedback, attempts[: this.number - 1]),
        "grade_at": None if this.grade_at is None else this.grade_at.isoformat(),
        "grading": _grading(this, feedback.when, due),
        "zone": _zone(course),
    }


def ahead(course: FeedbackCourse, student: str, assignment: str, digest: str) -> dict[str, Any]:
    """Return what is to be said before something is handed in, as plain data.

    Args:
        course: the course.
        student: account name.
        assignment: its name.
        digest: of what would be handed in.
    """
    attempts = attempts_of(course, student, assignment)
    feedback, due = course.feedback(assignment), course.closes(student, assignment)
    same = [one for one in attempts if one.receipt and one.receipt.digest == digest]
    is_last = bool(same) and same[-1] is attempts[-1]
    number = same[-1].number if is_last else same[0].number if same else 0
    return {
        "due": None if due is None else due.isoformat(),
        "late": due is not None and course.clock() > due,
        "attempt": len(attempts) + 1,
        "same_as": number,
        "is_last": is_last,
        "attempts": feedback.attempts,
        "over": not same and _is_used_up(feedback, attempts),
        "zone": _zone(course),
    }


def _is_used_up(feedback: Feedback, before: Sequence[Attempt]) -> bool:
    return bool(feedback.attempts) and sum(one.uses for one in before) >= feedback.attempts


def _zone(course: FeedbackCourse) -> str:
    """Return the course's time zone; empty for none of its own."""
    try:
        return read_rules(course.layout.root).timezone
    except CourseError:
        return ""


def _grading(attempt: Attempt, when: When, due: datetime | None) -> str:
    """Return when it is graded and shown, as one word."""
    if attempt.state is State.WAITING and attempt.grade_at is None:
        return "staff"
    if attempt.state is State.WAITING:
        return "deadline" if attempt.grade_at == due else "pause"
    return "release" if when is When.RELEASE else "at once"
