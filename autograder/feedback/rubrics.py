"""How questions are graded by people: rubrics, which of their items an answer has, notes, comments.

Everything is a row of the log, as requests are. A question is one essay of one assignment; its
rubric is a list of items with points; an answer's score is the sum of the items that it has, from
0 to the question's points. The score itself is in the gradebook; the row of the points that a
person gave says which items it was made of.

What it guarantees:

- Of two changes of the same version of a rubric the first in the log counts, and the other is told.
- Points that somebody gave in another way since, here or in formgrader, are of no rubric.
- Until somebody changes it, a rubric is what the model answer says (`rubric_of`).

What it does not do: write points (`gradebook.by_hand`), or decide who may.
"""

from __future__ import annotations

import math
import re
import secrets
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from autograder.feedback.requests import clean
from autograder.records import Event, Line, Log
from autograder.records.follow import Follower

MOST_ITEMS = 30
MOST_KEPT = 9  # comments that are suggested: one for each key
_ITEM = re.compile(r"^\s*[-*]\s+(\d+(?:[.,]\d+)?)\s+points?\b(?:\s+for)?\s*:?\s*(.+)$")
_NEXT = re.compile(r"^\s*[-*]\s+")

Pair = tuple[str, str]  # assignment and grade id: one question


class RubricError(ValueError):
    """A rubric or a note cannot be like this; the message says why."""


class RubricChanged(Exception):
    """Somebody changed the rubric meanwhile."""


@dataclass(frozen=True)
class Item:
    """One line of a rubric.

    Args:
        id: stays the same when its text or points change.
        text: what an answer has, in a sentence.
        points: that it earns; below 0 it costs.
    """

    id: str
    text: str
    points: float

    def __post_init__(self) -> None:
        """Refuse what is no item.

        Raises:
            RubricError: it has no text or no number of points.
        """
        if not self.text or not math.isfinite(self.points) or abs(self.points) > 1000:
            raise RubricError("An item has a text and a number of points; nothing was done.")

    @classmethod
    def new(cls, text: str, points: float) -> Self:
        """Return an item that was not there before."""
        return cls(secrets.token_hex(4), clean(text), points)


@dataclass(frozen=True)
class Rubric:
    """The items of one question.

    Args:
        items: in the order of their keys.
        version: how often it was changed.
    """

    items: tuple[Item, ...] = ()
    version: int = 0

    def score(self, chosen: Sequence[str], most: float) -> float:
        """Return the points of an answer that has these items, from 0 to the most."""
        total = math.fsum(item.points for item in self.items if item.id in chosen)
        return min(most, max(0.0, round(total, 6)))


@dataclass(frozen=True)
class Assessment:
    """What a person decided about one answer.

    Args:
        who: the grader.
        points: as the gradebook got them.
        items: that the answer has.
        is_own: the points were typed, and are not the sum of the items.
    """

    who: str
    points: float
    items: tuple[str, ...]
    is_own: bool


@dataclass(frozen=True)
class Note:
    """What a grader wrote for the others about one answer; students never see it."""

    who: str
    when: datetime
    text: str


@dataclass
class _Question:
    rubric: Rubric | None = None
    row: str = ""
    given: dict[str, Assessment] = field(default_factory=dict)
    notes: dict[str, list[Note]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)  # student -> the newest


class Rubrics:
    """What graders of one course wrote, as the log has it at the moment; usable from any thread.

    Args:
        log: the course's. All methods raise `LogError` when it cannot be read or written.
        course_id: the course.
    """

    def __init__(self, log: Log, course_id: str) -> None:
        self._log = log
        self._course_id = course_id
        self._new = Follower(log.path, Event.RUBRIC, Event.NOTE, Event.MANUAL)
        self._known: dict[Pair, _Question] = {}
        self._lock = threading.RLock()

    def rubric(self, question: Pair, begin: Rubric) -> Rubric:
        """Return a question's rubric; `begin` where nobody has changed it."""
        with self._lock:
            return self._of(question).rubric or begin

    def change(self, question: Pair, was: Rubric, items: Sequence[Item]) -> Rubric:
        """Put other items in place of those that somebody saw.

        Raises:
            RubricError: there are too many, or two are one.
            RubricChanged: it is another rubric now; nothing was done.
        """
        if len(items) > MOST_ITEMS or len({item.id for item in items}) < len(items):
            raise RubricError(f"A rubric has at most {MOST_ITEMS} items, each once.")
        with self._lock:
            now = self._of(question).rubric
            if (now.version if now else 0) != was.version:
                raise RubricChanged(question)
            row = secrets.token_hex(8)
            self._log.record(
                Event.RUBRIC, course=self._course_id, assignment=question[0], cell=question[1],
                version=was.version, row=row,
                items=[{"id": one.id, "text": one.text, "points": one.points} for one in items],
            )  # fmt: skip
            known = self._of(question)
        if known.row != row or known.rubric is None:
            raise RubricChanged(question)
        return known.rubric

    def assessments(self, question: Pair) -> Mapping[str, Assessment]:
        """Return what people decided, by student."""
        with self._lock:
            return dict(self._of(question).given)

    def notes(self, question: Pair, student: str) -> list[Note]:
        """Return the notes about one answer, oldest first."""
        with self._lock:
            return list(self._of(question).notes.get(student, ()))

    def note(self, question: Pair, student: str, text: str) -> None:
        """Write a note for the other graders.

        Raises:
            RubricError: it is empty.
            RequestError: it is too long.
        """
        if not (text := clean(text)):
            raise RubricError("Write a note; nothing was kept.")
        self._log.record(
            Event.NOTE, course=self._course_id, assignment=question[0], student=student,
            cell=question[1], text=text,
        )  # fmt: skip

    def comments(self, question: Pair) -> list[tuple[str, int]]:
        """Return the comments that students have, with how many have each; the most used first."""
        with self._lock:
            used = Counter(text for text in self._of(question).comments.values() if text)
        return used.most_common(MOST_KEPT)

    def _of(self, question: Pair) -> _Question:
        is_anew, lines = self._new.look()
        if is_anew:
            self._known = {}
        for line in lines:
            try:
                self._take(line)
            except (KeyError, ValueError, TypeError):
                continue  # of another version
        return self._known.setdefault(question, _Question())

    def _take(self, line: Line) -> None:
        pair, student = (str(line["assignment"]), str(line["cell"])), str(line["student"])
        known = self._known.setdefault(pair, _Question())
        if line["event"] == Event.RUBRIC:
            version = known.rubric.version if known.rubric else 0
            if line["version"] != version:
                return  # another change was first
            items = tuple(
                Item(str(one["id"]), str(one["text"]), float(one["points"]))
                for one in line["items"]
            )
            known.rubric, known.row = Rubric(items, version + 1), str(line["row"])
        elif line["event"] == Event.NOTE:
            when = datetime.fromisoformat(line["when"]).astimezone(UTC)
            note = Note(str(line["who"]), when, str(line["text"]))
            known.notes.setdefault(student, []).append(note)
        elif "manual_score" in line:
            known.given.pop(student, None)
            if "comment" in line:
                known.comments[student] = str(line["comment"])
            if "items" in line:
                known.given[student] = Assessment(
                    str(line["who"]), float(line["manual_score"]),
                    tuple(str(one) for one in line["items"]), bool(line["own"]),
                )  # fmt: skip


def rubric_of(solution: str) -> Rubric:
    r"""Return the rubric that a model answer begins with: its list of criteria with points.

    >>> rubric_of("- 1 point: the direction\n  is kept.\n\nModel answer").items
    (Item(id='criterion-1', text='the direction is kept.', points=1.0),)
    """
    found: list[tuple[str, float]] = []
    is_open = False
    for line in solution.splitlines():
        if criterion := _ITEM.match(line):
            found.append((criterion[2].strip(), float(criterion[1].replace(",", "."))))
            is_open = True
        elif not line.strip() or _NEXT.match(line):
            is_open = False
        elif is_open:
            text, points = found[-1]
            found[-1] = f"{text} {line.strip()}", points
    items = [Item(f"criterion-{n}", *one) for n, one in enumerate(found[:MOST_ITEMS], start=1)]
    return Rubric(tuple(items))
