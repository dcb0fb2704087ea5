"""When each hand-in of a student is graded, and which one counts: rules, without files or clocks.

What it guarantees:

- The same hand-ins, settings and deadline give the same moments, whoever asks and whenever.
- A verdict comes no sooner than the pause after the attempt before allows, so that nobody gets
  verdicts on many versions at once. The deadline ends the pauses of what was handed in before it.
- Content that was handed in before uses no attempt and waits for nothing of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from autograder.course.feedback import Count, Feedback, When


@dataclass(frozen=True)
class HandIn:
    """What the rules have to know of one hand-in.

    Args:
        moment: when it came, aware.
        same_as: which of the hand-ins has the same content, by its number from 1; 0: none.
        is_free: it uses no attempt for another reason: it could not be read.
        points: what its checks earned; `None`: not graded.
    """

    moment: datetime
    same_as: int = 0
    is_free: bool = False
    points: float | None = None


def moments(
    feedback: Feedback, hand_ins: Sequence[HandIn], due: datetime | None
) -> list[datetime | None]:
    """Return for each hand-in, oldest first, when it is graded; `None`: when staff grade.

    Args:
        feedback: the settings.
        hand_ins: all of one student for one assignment.
        due: the student's deadline, aware; `None`: there is none.
    """
    found: list[datetime | None] = []
    used, opens = 0, None
    for one in hand_ins:
        is_late = due is not None and one.moment > due
        if one.same_as:
            before = found[one.same_as - 1]
            found.append(None if before is None else max(before, one.moment))
            continue
        if feedback.when is When.DEADLINE and due is None:
            at = None
        elif feedback.attempts and used >= feedback.attempts:
            at = None if is_late else due
        else:
            at = one.moment if opens is None else max(one.moment, opens)
            if due is not None and not is_late:
                at = due if feedback.when is When.DEADLINE else min(at, due)
        found.append(at)
        if not one.is_free:
            used += 1
            if at is not None:
                opens = at + timedelta(seconds=feedback.pause_seconds(used))
    return found


def counting(feedback: Feedback, hand_ins: Sequence[HandIn], due: datetime | None) -> int:
    """Return the number of the hand-in that counts, from 1; 0 when there is none.

    With `best` it is the one with the most points of checks among those in time, of equal ones the
    newest; while none is graded, and where none came in time, as with `last` the newest.
    """
    if feedback.count is Count.LAST:
        return len(hand_ins)
    points = [
        (one.points, number)
        for number, one in enumerate(hand_ins, start=1)
        if one.points is not None and (due is None or one.moment <= due)
    ]
    return max(points)[1] if points else len(hand_ins)
