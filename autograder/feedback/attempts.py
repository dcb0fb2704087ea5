"""What became of each hand-in of a student: what pages show, and what the exchange answers.

It is derived when it is asked for: from the exchange's submissions and receipts, the stored
reports, the deadline, the settings, and the small record of `autograder.feedback.outcomes`. So it
is right whoever was killed meanwhile, and a changed deadline or setting counts at once.

To follow changes, look at `version_of` now and then (a few `stat`s): its text changes when anything
became known of a student's hand-ins. What changes with time alone needs no look: `grade_at` says
when.

What it guarantees:

- An attempt that may not be seen yet has no key and no points.

What it does not do: say what people gave (points by hand are in the gradebook), grade, or write.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from autograder.course.feedback import When
from autograder.feedback.collecting import is_collected
from autograder.feedback.course import FeedbackCourse
from autograder.feedback.outcomes import History, Outcome
from autograder.feedback.policy import HandIn, counting, moments
from autograder.handin.storage import CourseStore, Submission
from gradlab_exchange.errors import ExchangeProblem
from gradlab_exchange.receipt import Receipt

OURS = "Grading failed. That is our fault, costs no points, and is tried again."
_LOG = logging.getLogger("gradlab.feedback")


class State(StrEnum):
    """How far a hand-in is."""

    WAITING = "waiting"  # stored; graded at `grade_at`, or when staff grade
    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    REFUSED = "refused"  # it could not be run; `text` says why
    FAULT = "fault"  # something of ours failed; it is tried again
    UNSEEN = "unseen"  # graded; shown when staff release feedback


@dataclass(frozen=True)
class Attempt:
    """One hand-in.

    Args:
        number: from 1, oldest first.
        submission: where it lies; its timestamp is the moment that counts.
        handed_in_at: that moment, aware.
        receipt: what the student got; `None` from an exchange of files.
        is_late: it came after the student's deadline, and the course's grace.
        state: how far it is.
        grade_at: of one that waits: when it is graded; `None`: when staff grade.
        same_as: the number of the earlier one with the same content, whose report it has; 0: none.
        uses: whether it uses an attempt.
        counts: whether it is the one that counts, as things stand.
        key: of the report; empty where there is none to be seen.
        points: what checks earned, with what was voided.
        max_points: the most that can be earned, essays included.
        waits: how many of them a person gives: "waits for a person".
        graded_at: when it had its verdict.
        text: for the student: why it was refused, or that a fault is ours.
        detail: for staff: what failed.
    """

    number: int
    submission: Submission
    handed_in_at: datetime
    receipt: Receipt | None
    is_late: bool
    state: State
    grade_at: datetime | None = None
    same_as: int = 0
    uses: bool = True
    counts: bool = False
    key: str = ""
    points: float | None = None
    max_points: float | None = None
    waits: float = 0.0
    graded_at: datetime | None = None
    text: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Turn:
    """A hand-in, what is known of it, and what the rules say: for who grades.

    Args:
        submission: the hand-in.
        outcome: what became of it, or of the one with the same content.
        own: what is known of itself.
        moment: when it came.
        grade_at: when it is graded; `None`: when staff grade.
        same_as: the number of the one with the same content; 0: none.
    """

    submission: Submission
    outcome: Outcome
    own: Outcome
    moment: datetime
    grade_at: datetime | None
    same_as: int = 0

    def may_be_seen(self, now: datetime) -> bool:
        """Return whether its verdict may be seen, as far as time goes."""
        if self.grade_at is None:
            return bool(self.outcome.key)  # staff graded it
        return self.grade_at <= now


def turns_of(
    course: FeedbackCourse,
    student: str,
    assignment: str,
    history: History,
    submissions: Sequence[Submission],
) -> tuple[list[Turn], int, datetime | None]:
    """Return a student's hand-ins with what the rules say, which counts, and until when in time."""
    feedback, closes = course.feedback(assignment), course.closes(student, assignment)
    hand_ins: list[HandIn] = []
    outcomes: list[Outcome] = []
    for submission in submissions:
        outcome = history.of(submission.folder.name)
        same = _same(outcome, outcomes)
        same = same and (hand_ins[same - 1].same_as or same)
        resolved = outcomes[same - 1] if same else outcome
        outcomes.append(replace(resolved, digest=outcome.digest))
        is_free = bool(outcome.refusal)
        points = resolved.points if resolved.key else None
        hand_ins.append(HandIn(submission.moment, same, is_free, points))
    at = moments(feedback, hand_ins, closes)
    turns = [
        Turn(
            submission,
            outcome,
            history.of(submission.folder.name),
            hand_in.moment,
            moment if _is_ours(course, submission, history.of(submission.folder.name)) else None,
            hand_in.same_as,
        )
        for submission, outcome, hand_in, moment in zip(
            submissions, outcomes, hand_ins, at, strict=True
        )
    ]
    return turns, counting(feedback, hand_ins, closes), closes


def attempts_of(course: FeedbackCourse, student: str, assignment: str) -> list[Attempt]:
    """Return what became of each hand-in of a student for an assignment, oldest first.

    Args:
        course: the course.
        student: account name.
        assignment: its name.
    """
    submissions = course.store.submissions(student, assignment)
    history = course.outcomes.read(student, assignment)
    receipts = _receipts(course.store, student, assignment)
    history = _with_digests(history, submissions, receipts)
    turns, counts, closes = turns_of(course, student, assignment, history, submissions)
    is_hidden = course.feedback(assignment).when is When.RELEASE and not (
        turns and course.is_released(student, assignment)
    )
    now = course.clock()
    found: list[Attempt] = []
    for number, turn in enumerate(turns, start=1):
        attempt = Attempt(
            number=number,
            submission=turn.submission,
            handed_in_at=turn.moment,
            receipt=receipts.get(turn.submission.timestamp),
            is_late=closes is not None and turn.moment > closes,
            state=State.QUEUED,
            same_as=turn.same_as,
            uses=not (turn.same_as or turn.outcome.refusal),
            counts=number == counts,
        )
        found.append(_seen(course, attempt, turn, now, is_hidden=is_hidden))
    return found


def version_of(course: FeedbackCourse, student: str) -> str:
    """Return a text that changes when something became known of any hand-in of a student.

    It covers what is handed in, what became of it, and releases of feedback; not what people
    decided about checks, nor a deadline.
    """
    parts = [course.outcomes.version(student), *sorted(course.released_results())]
    receipts = course.store.receipts / student
    folders = sorted(receipts.iterdir()) if receipts.is_dir() else []
    for folder in (*folders, course.store.feedback):
        try:
            parts.append(f"{folder.name} {folder.stat().st_mtime_ns}")
        except FileNotFoundError:
            continue
    return "|".join(parts)


def _seen(
    course: FeedbackCourse, attempt: Attempt, turn: Turn, now: datetime, *, is_hidden: bool
) -> Attempt:
    """Return the attempt with its state, and what may be seen of its verdict."""
    outcome = turn.outcome
    if not turn.may_be_seen(now):
        return replace(attempt, state=State.WAITING, grade_at=turn.grade_at, uses=not turn.same_as)
    if outcome.key and is_hidden:
        return replace(attempt, state=State.UNSEEN, uses=not turn.same_as)
    if outcome.key:
        state = State.REFUSED if outcome.refusal else State.GRADED
        graded = replace(
            attempt, state=state, key=outcome.key, points=outcome.points,
            max_points=outcome.max_points, waits=outcome.waits, text=outcome.refusal,
            graded_at=datetime.fromtimestamp(outcome.graded_at, UTC) if outcome.graded_at else None,
        )  # fmt: skip
        if course.has_voids(attempt.submission.assignment) and (report := course.report(graded)):
            return replace(graded, points=report.points)
        return graded
    if outcome.fault:
        return replace(attempt, state=State.FAULT, text=OURS, detail=outcome.fault)
    return replace(attempt, state=State.RUNNING if outcome.running else State.QUEUED)


def _same(outcome: Outcome, before: Sequence[Outcome]) -> int:
    """Return the number of the first hand-in with the same content, 0 when there is none."""
    for number, other in enumerate(before, start=1):
        is_same_file = outcome.digest and outcome.digest == other.digest
        if is_same_file or (outcome.key and outcome.key == other.key):
            return number
    return 0


def _is_ours(course: FeedbackCourse, submission: Submission, own: Outcome) -> bool:
    """Tell whether a hand-in is graded without staff: whole, collected where that comes first."""
    if course.follows_collect:
        return bool(own.key) or is_collected(course.layout, submission)
    since = course.since
    is_new = since is None or submission.moment >= since.replace(microsecond=0)
    return is_new and course.store.has_receipt(submission)


def _receipts(store: CourseStore, student: str, assignment: str) -> dict[str, Receipt]:
    found = {}
    try:
        for stored in store.receipts_of(student, assignment):
            receipt = Receipt.from_json(stored)
            found[receipt.timestamp] = receipt
    except (OSError, ValueError, ExchangeProblem) as error:
        _LOG.warning("a receipt of %s cannot be read: %s", ascii(student), error)
    return found


def _with_digests(
    history: History, submissions: Sequence[Submission], receipts: dict[str, Receipt]
) -> History:
    """Return the history with the digests that receipts have, of what is not recorded yet."""
    for one in submissions:
        name, receipt = one.folder.name, receipts.get(one.timestamp)
        if receipt is not None and not history.of(name).digest:
            history = history.having(name, digest=receipt.digest)
    return history
