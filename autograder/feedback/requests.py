"""Requests: a student asks for another look at a check or an essay, and staff answer.

Everything is a row of the log: what was asked, each answer, who and when. A request is about one
check, one essay or one exercise of one hand-in; asking about it again continues it.

What it guarantees:

- An answer counts only if it was written on what the request still is: of two answers to the same
  version the first in the log counts, whichever programs wrote them, and the other is told.
- How many requests there may be, and how long a text is, is bounded.
- What is accepted or declined stays as it is.

What it does not do: know whether the student may see what they ask about, or change points.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from autograder.gradebook.safe_text import plain_text
from autograder.records import Event, Line, Log
from autograder.records.follow import Follower

MOST_CHARACTERS = 4_000
MOST_POSTS = 20  # of a student in one request


class RequestError(ValueError):
    """It cannot be asked or answered like this; the message says why, for who asked."""


class RequestChanged(Exception):
    """Somebody wrote to the request meanwhile."""


class Standing(StrEnum):
    """How far a request is."""

    OPEN = "open"  # it waits for staff
    ANSWERED = "answered"  # staff wrote; the student may write again
    ACCEPTED = "accepted"
    DECLINED = "declined"

    @property
    def is_closed(self) -> bool:
        """Return whether nobody can write any more."""
        return self in (Standing.ACCEPTED, Standing.DECLINED)


@dataclass(frozen=True)
class Subject:
    """What a request is about.

    Args:
        student: account name.
        assignment: its name.
        timestamp: of the hand-in, as the exchange names it.
        cell: the graded cell or essay.
        check: of it; empty for all of the cell.
    """

    student: str
    assignment: str
    timestamp: str
    cell: str
    check: str = ""

    @property
    def id(self) -> str:
        """Return a name for addresses."""
        parts = (self.student, self.assignment, self.timestamp, self.cell, self.check)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True)
class Post:
    """One thing that somebody wrote or did.

    Args:
        who: the account.
        when: aware.
        is_staff: it is an answer.
        text: what they wrote; may be empty.
        note: what was done, a sentence that the program made; may be empty.
        row: tells its row from every other; empty for a student's.
    """

    who: str
    when: datetime
    is_staff: bool
    text: str
    note: str = ""
    row: str = ""


@dataclass(frozen=True)
class Request:
    """One request as it stands.

    Args:
        subject: what it is about.
        attempt: the hand-in's number when it was asked.
        key: of the report that the student read.
        standing: how far it is.
        posts: what was written, oldest first.
    """

    subject: Subject
    attempt: int
    key: str
    standing: Standing
    posts: Sequence[Post]

    @property
    def id(self) -> str:
        """Return its name in addresses."""
        return self.subject.id

    @property
    def version(self) -> int:
        """Return a number that grows whenever somebody writes."""
        return len(self.posts)

    @property
    def changed_at(self) -> datetime:
        """Return when somebody wrote last."""
        return self.posts[-1].when

    @classmethod
    def of(cls, line: Line) -> Self:
        """Read the row that begins a request."""
        subject = Subject(
            str(line["student"]), str(line["assignment"]), str(line["timestamp"]),
            str(line["cell"]), str(line["check"]),
        )  # fmt: skip
        return cls(subject, int(line["attempt"]), str(line["key"]), Standing.OPEN, ())


@dataclass(frozen=True)
class Answer:
    """What staff write to a request.

    Args:
        standing: how far it is then; `None`: as before.
        text: for the student; may be empty when something was done.
        note: what was done, in a sentence for the student.
        details: further plain values for the row.
    """

    standing: Standing | None
    text: str = ""
    note: str = ""
    details: tuple[tuple[str, Any], ...] = ()


class Requests:
    """The requests of one course, as the log has them at the moment; usable from any thread.

    Args:
        log: the course's. All methods raise `LogError` when it cannot be read or written.
        course_id: the course.
    """

    def __init__(self, log: Log, course_id: str) -> None:
        self._log = log
        self._course_id = course_id
        self._new = Follower(log.path, Event.REQUEST, Event.ANSWER)
        self._known: dict[str, Request] = {}
        self._lock = threading.RLock()

    def all(self) -> list[Request]:
        """Return all requests: those that wait for staff first, of them the oldest first."""
        with self._lock:
            self._look()
            found = list(self._known.values())
        waiting = sorted(
            (one for one in found if one.standing is Standing.OPEN), key=lambda one: one.changed_at
        )
        others = sorted(
            (one for one in found if one.standing is not Standing.OPEN),
            key=lambda one: one.changed_at,
            reverse=True,
        )
        return waiting + others

    @property
    def waiting(self) -> int:
        """Return how many wait for staff, as of the last look: it reads nothing."""
        with self._lock:
            return sum(1 for one in self._known.values() if one.standing is Standing.OPEN)

    def of(self, student: str, assignment: str = "") -> list[Request]:
        """Return a student's requests, oldest first."""
        with self._lock:
            self._look()
            return [
                one
                for one in self._known.values()
                if one.subject.student == student
                and (not assignment or one.subject.assignment == assignment)
            ]

    def find(self, request_id: str) -> Request | None:
        """Return a request by its name."""
        with self._lock:
            self._look()
            return self._known.get(request_id)

    def ask(self, subject: Subject, attempt: int, key: str, text: str, most: int) -> Request:
        """Ask, or write again to what was asked before.

        Args:
            subject: what about.
            attempt: the hand-in's number.
            key: of its report.
            text: why.
            most: requests that the student may have for the assignment.

        Raises:
            RequestError: no text or too long a one, too many requests, or it is closed.
        """
        text = clean(text)
        if not text:
            raise RequestError("Write what should be looked at; nothing was sent.")
        with self._lock:
            before = self.find(subject.id)
            own = self.of(subject.student, subject.assignment)
            if before is None and len(own) >= most:
                raise RequestError(f"You have asked {most} times for this assignment, the most.")
            if before is not None and before.standing.is_closed:
                raise RequestError(f"It was {before.standing} already.")
            written = [] if before is None else [one for one in before.posts if not one.is_staff]
            if len(written) >= MOST_POSTS:
                raise RequestError("You have written as often as one request takes.")
            self._log.record(
                Event.REQUEST, course=self._course_id, assignment=subject.assignment,
                student=subject.student, request=subject.id, timestamp=subject.timestamp,
                attempt=attempt, key=key, cell=subject.cell, check=subject.check, text=text,
            )  # fmt: skip
            found = self.find(subject.id)
        assert found is not None, "its row was written"
        return found

    def answer(self, request: Request, answer: Answer, *, whatever_it_is: bool = False) -> Request:
        """Write an answer to a request as it was read.

        Args:
            request: as it was when the answer was written.
            answer: what staff say.
            whatever_it_is: it counts whatever was written meanwhile, and changes no standing.

        Raises:
            RequestError: it says nothing.
            RequestChanged: somebody wrote meanwhile, and this counts for nothing.
        """
        answer = replace(answer, text=clean(answer.text))
        if not (answer.text or answer.note):
            raise RequestError("Write an answer for the student; nothing was sent.")
        subject = request.subject
        with self._lock:
            if not whatever_it_is:
                self._must_be(request)
            row = secrets.token_hex(8)
            self._log.record(
                Event.ANSWER, course=self._course_id, assignment=subject.assignment,
                student=subject.student, request=request.id, row=row,
                version=None if whatever_it_is else request.version,
                standing=None if whatever_it_is else answer.standing,
                text=answer.text, note=answer.note, **dict(answer.details),
            )  # fmt: skip
            found = self.find(request.id)
        if found is None or row not in [one.row for one in found.posts]:
            raise RequestChanged(request.id)
        return found

    def _must_be(self, request: Request) -> None:
        """Refuse a request that is not as it was read.

        Raises:
            RequestChanged: it is not.
        """
        now = self.find(request.id)
        if now is None or now.version != request.version:
            raise RequestChanged(request.id)

    def _look(self) -> None:
        is_anew, lines = self._new.look()
        if is_anew:
            self._known = {}
        for line in lines:
            try:
                self._take(line)
            except (KeyError, ValueError, TypeError):
                continue  # of another version

    def _take(self, line: Line) -> None:
        when = datetime.fromisoformat(line["when"]).astimezone(UTC)
        is_staff = line["event"] == Event.ANSWER
        post = Post(
            str(line["who"]), when, is_staff, str(line["text"]), str(line.get("note") or ""),
            str(line.get("row") or ""),
        )  # fmt: skip
        name = str(line["request"])
        known = self._known.get(name)
        if not is_staff:
            known = known or Request.of(line)
            if known.standing.is_closed or known.id != name:
                return
            standing = Standing.OPEN
        else:
            if known is None:
                return
            version = line.get("version")
            if version is not None and (version != known.version or known.standing.is_closed):
                return  # another answer was first
            standing = known.standing if line["standing"] is None else Standing(line["standing"])
        self._known[name] = replace(known, standing=standing, posts=(*known.posts, post))


def clean(text: str) -> str:
    """Return what somebody wrote, as it is kept.

    Raises:
        RequestError: it is too long.
    """
    text = plain_text(text).strip()
    if len(text) > MOST_CHARACTERS:
        raise RequestError(
            f"The text has {len(text)} characters; at most {MOST_CHARACTERS} are taken. Nothing "
            "was sent."
        )
    return text
