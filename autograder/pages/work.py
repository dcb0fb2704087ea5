"""*My work*: where each assignment stands for one person, and what is next.

What it guarantees:

- The next thing to do is what can still be done and has to be done first.
- What waits for a person is neither 0 nor lost: it is apart in every sum.

What it does not do: read anything (`courses`), or draw it (`templates/work.html`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from autograder.course.rules import LatePolicy
from autograder.feedback import Attempt, State
from autograder.gradebook.marks import Dates
from autograder.pages.courses import Assignment
from autograder.pages.words import Clock, counted, points, span


class Icon(StrEnum):
    """The shape that tells a state without its word."""

    NONE = "none"
    PEN = "pen"
    IN = "in"
    LIVE = "live"
    PERSON = "person"
    DONE = "done"
    FAILED = "failed"
    NOTE = "note"


LIVE = (State.QUEUED, State.RUNNING)
UNSEEN = "Results are shown when your instructor releases them."


@dataclass(frozen=True)
class Score:
    """Points, as far as they are known.

    Args:
        got: earned.
        most: that there are.
        waiting: of these, for a person to decide.
    """

    got: float
    most: float
    waiting: float = 0.0

    @property
    def lost(self) -> float:
        """Return what was not earned, without what waits."""
        return max(0.0, self.most - self.got - self.waiting)


@dataclass(frozen=True)
class Told:
    """A state in words.

    Args:
        icon: its shape.
        word: a few words.
        more: what it means, in a sentence; may be empty.
        kind: the style's class; empty for none.
    """

    icon: Icon
    word: str
    more: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """Where one assignment stands.

    Args:
        assignment: the assignment.
        dates: when it is due.
        attempts: what was handed in, oldest first.
        told: its state.
        is_fetched: whether the person has its files.
        is_open: whether people can fetch it.
        score: what counts; `None` before it is known.
        grace_seconds: so much late is in time.
    """

    assignment: Assignment
    dates: Dates
    attempts: Sequence[Attempt]
    told: Told
    is_fetched: bool
    is_open: bool
    score: Score | None = None
    grace_seconds: float = 0.0

    @property
    def newest(self) -> Attempt | None:
        """Return the attempt that was handed in last."""
        return self.attempts[-1] if self.attempts else None

    @property
    def counting(self) -> Attempt | None:
        """Return the attempt that counts."""
        return next((one for one in self.attempts if one.counts), None)

    @property
    def is_live(self) -> bool:
        """Return whether its state changes by itself soon."""
        return self.newest is not None and self.newest.state in LIVE

    @property
    def mark(self) -> str:
        """Return a text that changes when something about the hand-ins does."""
        return (
            ";".join(
                f"{one.number} {one.state} {one.key} {one.points} {one.counts} {one.grade_at}"
                for one in self.attempts
            )
            + f" {self.is_fetched} {self.score}"
        )

    @property
    def next_moment(self) -> datetime | None:
        """Return when the newest attempt is graded, if it waits for that."""
        waits = self.newest is not None and self.newest.state is State.WAITING
        return self.newest.grade_at if waits and self.newest is not None else None

    def is_past(self, now: datetime) -> bool:
        """Return whether its deadline is over for this person."""
        deadline = self.dates.deadline
        return deadline is not None and deadline <= now

    def seconds_behind(self, attempt: Attempt) -> float:
        """Return how long after the deadline an attempt came, grace or not; 0 before it."""
        deadline = self.dates.deadline
        if deadline is None:
            return 0.0
        return max(0.0, (attempt.handed_in_at - deadline).total_seconds())

    def late_seconds(self, attempt: Attempt) -> float:
        """Return how late an attempt came; 0 when it was in time."""
        late = self.seconds_behind(attempt)
        return late if late > self.grace_seconds else 0.0

    def punctuality(self, attempt: Attempt) -> str:
        """Return how an attempt stands to the deadline, in words; empty without one."""
        if self.dates.deadline is None:
            return ""
        late = self.late_seconds(attempt)
        return f"{span(late)} late" if late else "in time"


@dataclass(frozen=True)
class Next:
    """What to do first.

    Args:
        row: about which assignment; `None` when there is nothing to do.
        text: why, in a sentence.
        label: of the button.
    """

    row: Row | None = None
    text: str = ""
    label: str = ""


@dataclass(frozen=True)
class Work:
    """Everything that somebody has to do in a course.

    Args:
        rows: in the course's order.
        clock: the present.
        policy: what late work costs.
    """

    rows: Sequence[Row]
    clock: Clock
    policy: LatePolicy = LatePolicy()

    @property
    def mark(self) -> str:
        """Return a text that changes when something about the hand-ins does."""
        return digest("|".join(f"{row.assignment.name} {row.mark}" for row in self.rows))

    @property
    def said(self) -> str:
        """Return what has changed, for who listens: the states of what is not finished."""
        live = [f"{row.assignment.title}: {row.told.word}" for row in self.rows if row.is_live]
        return ". ".join(live) or "All hand-ins are up to date"

    @property
    def next_moment(self) -> datetime | None:
        """Return when the next hand-in is graded."""
        moments = [row.next_moment for row in self.rows if row.next_moment is not None]
        return min(moments, default=None)

    @property
    def handed_in(self) -> int:
        """Return how many assignments have been handed in."""
        return sum(1 for row in self.rows if row.attempts)

    @property
    def total(self) -> Score | None:
        """Return the points of all that is graded; `None` when nothing is."""
        known = [row.score for row in self.rows if row.score is not None]
        if not known:
            return None
        return Score(
            sum(one.got for one in known),
            sum(one.most for one in known),
            sum(one.waiting for one in known),
        )

    @property
    def late_days(self) -> dict[str, int]:
        """Return how many late days each assignment has used, in the order of their due dates."""
        left, used = self.policy.late_days, {}
        for row in self.rows:
            late = row.seconds_behind(row.counting) if row.counting is not None else 0.0
            if days := self.policy.days_used(late, left):
                used[row.assignment.name] = days
                left -= days
        return used

    @property
    def late_days_left(self) -> int:
        """Return how many late days are left."""
        return self.policy.late_days - sum(self.late_days.values())

    @property
    def next(self) -> Next:
        """Return what to do first."""
        now = self.clock.now
        possible = [row for row in self.rows if row.is_open and not row.is_past(now)]
        for row in self.rows:
            if row.is_open and row.newest is not None and row.newest.state is State.REFUSED:
                return Next(
                    row,
                    "What you handed in last could not be graded. See why, mend it, and hand it "
                    "in again.",
                    "Open it in JupyterLab",
                )
        for row in possible:
            if not row.attempts:
                if row.is_fetched:
                    return Next(
                        row,
                        "You have its files and have handed in nothing yet.",
                        "Go on in JupyterLab",
                    )
                return Next(
                    row,
                    "In JupyterLab, press Fetch beside it in the list of assignments.",
                    "Fetch it in JupyterLab",
                )
        for row in possible:
            if row.score is not None and row.score.lost > 0 and not row.is_live:
                return Next(
                    row,
                    f"Everything is handed in. Here {points(row.score.lost)} of "
                    f"{counted_points(row.score.most)} can still be earned.",
                    "Improve it in JupyterLab",
                )
        missed = next((row for row in self.rows if row.is_open and not row.attempts), None)
        if missed is not None:
            return Next(
                missed,
                "Its deadline is past and you have handed in nothing. What you hand in now is "
                "late; ask your instructor whether it counts.",
                "Open JupyterLab",
            )
        return Next()


def late_in_words(policy: LatePolicy) -> str:
    """Return what late work costs, in sentences; empty where it costs nothing.

    >>> late_in_words(LatePolicy(percent=10, floor_percent=50))
    'Each started day costs 10 % of the points, down to 50 %.'
    """
    if policy.is_free:
        return ""
    said = []
    if policy.grace_minutes:
        said.append(f"Up to {points(policy.grace_minutes)} minutes late is in time.")
    if policy.late_days:
        days = counted(policy.late_days, "late day")
        said.append(f"The first {days} of all assignments together are free. After them each")
    else:
        said.append("Each")
    floor = f", down to {points(policy.floor_percent)} %" if policy.floor_percent else ""
    said[-1] += f" started {policy.per} costs {points(policy.percent)} % of the points{floor}."
    return " ".join(said)


def digest(text: str) -> str:
    """Return a short mark of a text, fit for an address."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def counted_points(value: float) -> str:
    """Return a number of points.

    >>> counted_points(1.0), counted_points(2.5)
    ('1 point', '2.5 points')
    """
    return f"{points(value)} point{'' if value == 1 else 's'}"


def turn_of(
    order: Sequence[str], assignment: Assignment, due: datetime | None
) -> tuple[int, bool, float, str]:
    """Return what assignments are sorted by: the course's order, then as they are due.

    Args:
        order: the names that the course has put into an order.
        assignment: the assignment.
        due: for everybody; what is never due comes last.
    """
    place = order.index(assignment.name) if assignment.name in order else len(order)
    return place, due is None, due.timestamp() if due else 0.0, assignment.title


def in_order(rows: Sequence[Row], order: Sequence[str] = ()) -> list[Row]:
    """Return rows in the order of the course."""
    return sorted(rows, key=lambda row: turn_of(order, row.assignment, row.dates.due))


def told(
    attempts: Sequence[Attempt], score: Score | None, clock: Clock, fetched_at: datetime | None
) -> Told:
    """Return the state of an assignment in words."""
    if not attempts:
        if fetched_at is None:
            return Told(Icon.NONE, "Not fetched")
        return Told(Icon.PEN, "In work", f"Fetched {clock.hour(fetched_at)}.")
    newest = attempts[-1]
    received = clock.hour(newest.handed_in_at)
    if newest.state is State.RUNNING:
        return Told(Icon.LIVE, "Being graded", f"Handed in {received}.", "is-live")
    if newest.state is State.QUEUED:
        return Told(Icon.LIVE, "In the queue", f"Handed in {received}.", "is-live")
    if newest.state is State.WAITING:
        when = f"at {clock.hour(newest.grade_at)}" if newest.grade_at else "by your instructor"
        return Told(Icon.IN, f"Handed in {received}", f"It is graded {when}.")
    if newest.state is State.UNSEEN:
        return Told(Icon.IN, f"Handed in {received}", UNSEEN)
    if newest.state is State.REFUSED:
        return Told(Icon.FAILED, "Not graded", "See why, and hand it in again.", "is-failed")
    if newest.state is State.FAULT:
        return Told(
            Icon.NOTE, f"Handed in {received}", "A fault of ours keeps it from being graded."
        )
    if score is not None and score.waiting:
        return Told(
            Icon.PERSON,
            "Waits for a person",
            f"Code is graded. {counted_points(score.waiting)} not read yet.",
            "is-waits",
        )
    number = (
        f"{counted(len(attempts), 'attempt')}, the last " if len(attempts) > 1 else "Handed in "
    )
    return Told(Icon.DONE, "Graded", f"{number}{clock.short(newest.handed_in_at)}.")
