"""The log of events: who released, handed in, collected, graded or changed what, and when.

One file of JSON lines for each course, only ever appended to. Each line has the hash of the line
before it. The first line says of what a version before kept, the journal and the audit trail, the
hash; those files lie beside the log and are read as its beginning.

What it guarantees:

- When `record` returns, the line is on the disk. Processes append one after the other.
- A line that is changed, taken out or put in is found by `check`, and so is a change to a file of
  the version before.
- A line that a crash cut off is closed by the next one, which is bound to it as to any other:
  `check` counts it as a break, reading passes over it.

What it does not do: resist somebody who may write the file and computes all following hashes anew,
or who cuts off its end. Keep a hash that `check` gave elsewhere, and give it to `check` later.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, Final

from autograder.records.actor import Actor, present_actor
from autograder.records.files import appended

FIRST: Final = "0" * 64  # what the first line is bound to
FORMAT: Final = 1
JOURNAL: Final = "journal.jsonl"  # of versions before: one line for each graded submission
AUDIT: Final = "audit.jsonl"  # of versions before: hash-chained, one line for each action
Line = dict[str, Any]


class Event(StrEnum):
    """What happened. Later versions may know more: readers pass over what they do not know."""

    BEGIN = "begin"  # the first line
    RELEASE = "release"
    UNRELEASE = "unrelease"
    SUBMIT = "submit"
    COLLECT = "collect"
    GRADED = "graded"  # a report was computed for no gradebook; in old journals: for any
    GRADE = "grade"  # automatic points were recorded for the first time
    REGRADE = "regrade"  # and again
    KEEP = "keep"  # a recorded grade stays, though the same hand-in would get less now
    FAULT = "fault"  # a fault of ours; no grade
    MANUAL = "manual grade"  # a person gave points or a comment
    VOID = "void"  # a check counts for nobody, or for everybody
    EXTEND = "extend"  # a person has more time for an assignment, or no more
    PENALTY = "penalty"  # what being late costs a submission has changed
    FEEDBACK = "release feedback"
    REQUEST = "request"  # a student asks for another look at something
    ANSWER = "answer"  # staff answer that
    RUBRIC = "rubric"  # how a question is graded by people has changed
    NOTE = "note"  # a grader writes something for the others
    BACKUP = "backup"
    RESTORE = "restore"
    UPGRADE = "upgrade"


class LogError(Exception):
    """A line cannot be written, so that what it tells of must not be done; or none can be read."""


@dataclass(frozen=True)
class Checked:
    """What `check` found.

    Args:
        lines: how many there are.
        head: the hash of the last one.
        breaks: how many of them a crash cut off.
        problems: one sentence for each thing that shows that somebody changed what was written.
    """

    lines: int
    head: str
    breaks: int
    problems: tuple[str, ...]


class Log:
    """The log in one file.

    Args:
        path: made with the first line, readable by its owner only. Journal and audit trail of a
            version before lie beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the files that the log consists of, those of a version before first."""
        return self.path.with_name(JOURNAL), self.path.with_name(AUDIT), self.path

    def record(
        self,
        event: Event,
        *,
        course: str,
        assignment: str = "",
        student: str = "",
        actor: Actor | None = None,
        **details: Any,
    ) -> str:
        """Append one line and return its hash.

        Args:
            event: what happens.
            course: the course's id.
            assignment: which assignment; empty for all of the course.
            student: whose submission; empty for everybody's.
            actor: who; by default who acts now.
            details: further plain values, such as `key` and `points`.

        Raises:
            LogError: the line is not on the disk.
        """
        who = actor or present_actor()
        line: Line = {
            "event": str(event),
            "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": who.name,
            "course": course,
            "assignment": assignment,
            "student": student,
        }
        last: Line = {"via": who.via, "from": who.address}
        hashes: list[str] = []

        def make(backwards: Iterator[bytes], is_whole: bool) -> bytes:
            lines = [line | details | line | last]
            before, is_begun = _end(backwards)
            if not is_begun:
                begin = line | {"event": str(Event.BEGIN), "assignment": "", "student": ""}
                lines.insert(0, begin | {"format": FORMAT, "sealed": self._seals()} | last)
            text = b"" if is_whole else b"\n"
            for one in lines:
                before = json.dumps(one | {"previous": _hash(before)}, ensure_ascii=True).encode()
                text += before + b"\n"
            hashes.append(_hash(before))
            return text

        try:
            appended(self.path, make)
        except OSError as error:
            raise LogError(
                f"the log of events {self.path} cannot be written: {error.strerror}. Nothing is "
                "done that has no line there; free some space or mend its rights, then try again"
            ) from error
        return hashes[0]

    def lines(self, *events: Event) -> Iterator[Line]:
        """Return what happened, oldest first, what a version before wrote included.

        Args:
            events: only these; by default all but `begin`.
        """
        wanted = {str(event) for event in events or set(Event) - {Event.BEGIN}}
        old = heapq.merge(self._old(JOURNAL), self._old(AUDIT), key=lambda line: str(line["when"]))
        yield from (line for line in old if line["event"] in wanted)
        starts = tuple(f'{{"event": "{event}"'.encode() for event in wanted)
        for raw in _raw_lines(self.path):
            if raw.startswith(starts) and (line := _parsed(raw)) is not None:
                yield line

    def line(self, number: int, old: bool = False) -> Line | None:
        """Return a line by its number, from 1; `None` when it is cut off or not there.

        Args:
            number: of the line.
            old: of the journal of a version before.
        """
        path = self.path.with_name(JOURNAL) if old else self.path
        raw = next(islice(_raw_lines(path), number - 1, number), b"") if number > 0 else b""
        return _parsed(raw)

    def check(self, noted: str = "") -> Checked:
        """Follow the hashes from the first line to the last, and compare what was sealed.

        Args:
            noted: the hash of a line, kept elsewhere since it was the last one; it has to be found.
        """
        old = _Chain(self.path.with_name(AUDIT), noted, old=True)
        new = _Chain(self.path, noted)
        problems = [*old.problems, *new.problems]
        if new.first is not None:
            problems += self._broken_seals(new.first)
        if noted not in ("", FIRST) and not (old.has_noted or new.has_noted):
            problems.append(
                f"no line has the hash {noted}: the end was cut off, or the log written anew"
            )
        head = new.head if new.lines else old.head
        return Checked(old.lines + new.lines, head, old.breaks + new.breaks, tuple(problems))

    def _old(self, name: str) -> Iterator[Line]:
        """Return the lines of a file of the version before as lines of this one."""
        for raw in _raw_lines(self.path.with_name(name)):
            line = _json_object(raw)
            if line is not None and name == AUDIT:
                line["event"] = line.pop("action", None)
            if line is not None and isinstance(line.get("event"), str) and "when" in line:
                yield line

    def _seals(self) -> dict[str, Any]:
        paths = (self.path.with_name(name) for name in (JOURNAL, AUDIT))
        return {path.name: _seal(path) for path in paths if path.exists()}

    def _broken_seals(self, first: Line) -> Iterator[str]:
        sealed = first.get("sealed")
        if first["event"] != Event.BEGIN or not isinstance(sealed, dict):
            yield f"the first line of {self.path.name} is not the one that a log begins with"
            return
        for name in (JOURNAL, AUDIT):
            path = self.path.with_name(name)
            if (_seal(path) if path.exists() else None) != sealed.get(name):
                yield f"{name} is not what it was when the log began: it was changed or taken away"


class _Chain:
    """One file of bound lines, followed from its first line to its last.

    A line is bound to the last line that can be read, with whatever was cut off behind that; in
    `old` files, of versions before, only to what was cut off.
    """

    def __init__(self, path: Path, noted: str, *, old: bool = False) -> None:
        self.head, self.lines, self.breaks = FIRST, 0, 0
        self.first: Line | None = None
        self.has_noted = False
        self.problems: list[str] = []
        end: list[bytes] = []  # the last line that can be read, and what was cut off behind it
        for raw in _raw_lines(path):
            self.lines += 1
            line = _json_object(raw)
            if line is not None:
                if line.get("previous") != (_hash(end[-1]) if old and end else self.head):
                    self.problems.append(self._does_not_follow(path))
                self.first = self.first or line
                end.clear()
            else:
                self.breaks += 1
            end.append(raw.removesuffix(b"\n"))
            self.head = _hash(b"\n".join(end))
            self.has_noted = self.has_noted or noted in (self.head, _hash(end[-1]))

    def _does_not_follow(self, path: Path) -> str:
        return (
            f"{path.name}: line {self.lines} does not follow from line {self.lines - 1}: one of "
            "them was changed, or lines between them were taken out or put in"
        )


def _raw_lines(path: Path) -> Iterator[bytes]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from file


def _json_object(raw: bytes) -> Line | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _parsed(raw: bytes) -> Line | None:
    line = _json_object(raw)
    return line if line is not None and isinstance(line.get("event"), str) else None


def _end(backwards: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the last line that can be read, with what follows it, and whether there is one."""
    end: list[bytes] = []
    for raw in backwards:
        end.insert(0, raw)
        if _json_object(raw) is not None:
            return b"\n".join(end), True
    return b"\n".join(end), False


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else FIRST


def _seal(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": digest}
