"""What is said to who hands in, with the receipt: when the verdict comes.

What it does not do: put it into words; the client does, in its own time zone
(`gradlab_exchange.outlook`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from autograder.course.feedback import When
from autograder.feedback.attempts import Attempt, FeedbackCourse, State, attempts_of


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
    before = attempts[: this.number - 1]
    used = sum(one.uses for one in before)
    is_over = bool(feedback.attempts and used >= feedback.attempts and not this.same_as)
    return {
        "received_at": this.handed_in_at.isoformat(),
        "due": None if due is None else due.isoformat(),
        "late": this.is_late,
        "attempt": this.number,
        "same_as": this.same_as,
        "attempts": feedback.attempts,
        "over": is_over,
        "grade_at": None if this.grade_at is None else this.grade_at.isoformat(),
        "grading": _grading(this, feedback.when, due),
    }


def _grading(attempt: Attempt, when: When, due: datetime | None) -> str:
    """Return when it is graded and shown, as one word."""
    if attempt.state is State.WAITING and attempt.grade_at is None:
        return "staff"
    if attempt.state is State.WAITING:
        return "deadline" if attempt.grade_at == due else "pause"
    return "release" if when is When.RELEASE else "at once"
