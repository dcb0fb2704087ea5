"""More time for one person: rows of the log, by person and assignment, before any submission.

What it guarantees:

- The newest row about a person and an assignment counts; one that takes back leaves none.
- An extension that is a length follows a due date that is moved; one that is a moment stays.

What it does not do: write nbgrader's rows (`autograder.gradebook.lateness` does).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from autograder.records import Event, Line, Log
from autograder.records.follow import Follower

_LENGTH = re.compile(r"(\d{1,4})\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=1_000)


@dataclass(frozen=True)
class Extension:
    """How much longer somebody has.

    Args:
        length: behind the assignment's due date; `None` when a moment is given.
        until: aware moment; `None` when a length is given.
        reason: for the student and staff.
        granted_by: the account of who gave it.
        granted_at: when, aware.
    """

    length: timedelta | None = None
    until: datetime | None = None
    reason: str = ""
    granted_by: str = ""
    granted_at: datetime | None = None

    def deadline(self, due: datetime) -> datetime:
        """Return the person's own deadline, never before the due date; naive as the due date is.

        Args:
            due: of the assignment, naive UTC as nbgrader has it, or aware.
        """
        if self.length is not None:
            return due + self.length
        assert self.until is not None
        until = self.until.astimezone(UTC)
        return max(due, until if due.tzinfo is not None else until.replace(tzinfo=None))

    def to_json(self) -> dict[str, Any]:
        """Return it as details of a line of the log."""
        return {
            "seconds": None if self.length is None else int(self.length.total_seconds()),
            "until": None if self.until is None else self.until.astimezone(UTC).isoformat(),
            "reason": self.reason,
        }

    @classmethod
    def of(cls, line: Line) -> Extension | None:
        """Read a line of the log; `None` for one that takes back."""
        seconds, until = line.get("seconds"), line.get("until")
        if seconds is None and until is None:
            return None
        return cls(
            None if seconds is None else timedelta(seconds=seconds),
            None if until is None else datetime.fromisoformat(until).astimezone(UTC),
            line["reason"],
            line["who"],
            datetime.fromisoformat(line["when"]),
        )


class Extensions:
    """The extensions of one course, as the log has them at the moment.

    Args:
        log: the course's. All methods raise `LogError` when it cannot be read.
    """

    def __init__(self, log: Log) -> None:
        self._new = Follower(log.path, Event.EXTEND)
        self._given: dict[str, dict[str, Extension]] = {}
        self._named: set[tuple[str, str]] = set()

    def of(self, assignment: str) -> Mapping[str, Extension]:
        """Return who has an extension for an assignment, by account."""
        self._look()
        return self._given.get(assignment, {})

    def is_ours(self, student: str, assignment: str) -> bool:
        """Whether an extension was ever given or taken back here, so that it is not nbgrader's."""
        self._look()
        return (student, assignment) in self._named

    def _look(self) -> None:
        is_anew, lines = self._new.look()
        if is_anew:
            self._given, self._named = {}, set()
        for line in lines:
            try:
                extension = Extension.of(line)
                student, assignment = str(line["student"]), str(line["assignment"])
            except (KeyError, ValueError, TypeError, OverflowError):
                continue  # of another version
            self._named.add((student, assignment))
            of_assignment = self._given.setdefault(assignment, {})
            of_assignment.pop(student, None)
            if extension is not None:
                of_assignment[student] = extension


def read_extension(text: str, zone: tzinfo | None, reason: str = "") -> Extension | None:
    """Read what a person writes: a length such as `3d`, a date, a moment, or `none`.

    Args:
        text: `90m`, `12h`, `3d`, `1w`; `2026-12-24` for the end of that day; `2026-12-24 18:00`,
            with an offset if need be; `none` takes an extension back.
        zone: in which a date without an offset is meant; `None`: the machine's.
        reason: for the student and staff.

    Raises:
        ValueError: it is none of these.

    >>> read_extension("3d", None).length
    datetime.timedelta(days=3)
    >>> read_extension("2026-12-24 18:00+01:00", None).until.isoformat()
    '2026-12-24T18:00:00+01:00'
    """
    text = text.strip()
    if text.lower() == "none":
        return None
    length = _LENGTH.fullmatch(text)
    if length:
        amount = timedelta(**{_UNITS[length[2]]: int(length[1])})
        if not timedelta() < amount <= LONGEST:
            raise ValueError(f"{text!r} is no extension; expected up to {LONGEST.days}d")
        return Extension(amount, None, reason)
    try:
        until = datetime.fromisoformat(text)
        if len(text) <= len("2026-12-24"):
            until = until.replace(hour=23, minute=59, second=59)
        if until.tzinfo is None:
            until = until.replace(tzinfo=zone) if zone is not None else until.astimezone()
        until.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is no extension; expected a length such as 12h, 3d or 1w, a date such as "
            "2026-12-24 (its end) or '2026-12-24 18:00', or none"
        ) from None
    return Extension(None, until, reason)
