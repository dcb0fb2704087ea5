"""What the team did lately, in sentences: lines of the log that belong together are one.

What it does not do: tell what students did, or anything of before the last few.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from autograder.pages.words import counted
from autograder.records import Event, Line, LogError
from autograder.records.follow import Follower

MOST = 8
_TOGETHER = timedelta(minutes=30)
# what is done to an assignment, and what is done for students, of which many lines are one
_DONE = {
    Event.RELEASE: "released {title}",
    Event.UNRELEASE: "took {title} back",
    Event.VOID: "voided a check of {title}",
    Event.RUBRIC: "changed a rubric of {title}",
    Event.FEEDBACK: "released feedback on {title}",
    Event.EXTEND: "gave {students} another deadline for {title}",
    Event.MANUAL: "graded {title} of {students} by hand",
}


@dataclass(frozen=True)
class Happening:
    """Something that somebody did.

    Args:
        event: what.
        who: the account.
        assignment: of what.
        when: when last, aware.
        students: of whom.
    """

    event: Event
    who: str
    assignment: str
    when: datetime
    students: frozenset[str] = frozenset()

    def said(self, title: str) -> str:
        """Return it in a sentence.

        Args:
            title: of the assignment.
        """
        some = sorted(self.students)
        students = some[0] if len(some) == 1 else counted(len(some), "student")
        return f"{self.who} {_DONE[self.event].format(title=title, students=students)}."


class Happenings:
    """Follows the log of one course; usable from any thread.

    Args:
        log: its file.
    """

    def __init__(self, log: Path) -> None:
        self._new = Follower(log, *_DONE)
        self._found: deque[Happening] = deque(maxlen=MOST)
        self._lock = threading.Lock()

    def newest(self) -> Sequence[Happening]:
        """Return the last few, newest first."""
        with self._lock, contextlib.suppress(LogError):
            is_anew, lines = self._new.look()
            if is_anew:
                self._found.clear()
            for line in lines:
                with contextlib.suppress(KeyError, ValueError, TypeError):  # of another version
                    self._add(_read(line))
        return tuple(reversed(self._found))

    def _add(self, one: Happening) -> None:
        last = self._found[-1] if self._found else None
        if (
            last is not None
            and (last.event, last.who, last.assignment) == (one.event, one.who, one.assignment)
            and one.when - last.when < _TOGETHER
        ):
            self._found[-1] = replace(one, students=last.students | one.students)
        else:
            self._found.append(one)


def _read(line: Line) -> Happening:
    student = str(line["student"])
    return Happening(
        Event(line["event"]), str(line["who"]), str(line["assignment"]),
        datetime.fromisoformat(line["when"]), frozenset((student,) if student else ()),
    )  # fmt: skip
