"""The audit trail: one file of JSON lines that is only ever appended to, each bound to the last.

What it guarantees:

- When `record` returns, the line is on the disk: written in one call and synchronised.
- Every line has the hash of the line before it, so that a line that is changed, taken out or put
  in is found by `check`. Processes append in turns, under a lock of the file.
- A line that a crash cut off is closed by the next one; `check` names it.

What it does not do: resist somebody who may write the file and computes all following hashes anew,
or who cuts off its end. Keep a hash that `check` gave elsewhere, and give it to `check` later.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from autograder.audit.actor import Actor, present_actor

FIRST: Final = "0" * 64  # what the first line is bound to
_BLOCK_BYTES: Final = 4096


class Action(StrEnum):
    """What was done."""

    RELEASE = "release"
    UNRELEASE = "unrelease"
    SUBMIT = "submit"
    COLLECT = "collect"
    GRADE = "grade"
    REGRADE = "regrade"
    MANUAL = "manual grade"
    FEEDBACK = "release feedback"
    BACKUP = "backup"
    RESTORE = "restore"
    UPGRADE = "upgrade"


class AuditError(Exception):
    """A line could not be written, so that what it tells of must not be done."""


@dataclass(frozen=True)
class Checked:
    """What `check` found.

    Args:
        lines: how many there are.
        head: the hash of the last one.
        problems: one sentence for each line that does not follow from the one before.
    """

    lines: int
    head: str
    problems: tuple[str, ...]


class AuditTrail:
    """The trail in one file.

    Args:
        path: made with the first line, readable by its owner only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(
        self,
        action: Action,
        *,
        course: str,
        assignment: str = "",
        student: str = "",
        actor: Actor | None = None,
        **details: Any,
    ) -> str:
        """Append one line and return its hash.

        Args:
            action: what is done.
            course: the course's id.
            assignment: which assignment; empty for all of the course.
            student: whose submission; empty for everybody's.
            actor: who; by default who acts now.
            details: further plain values.

        Raises:
            AuditError: the line is not on the disk.
        """
        who = actor or present_actor()
        line = {
            "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": who.name,
            "action": str(action),
            "course": course,
            "assignment": assignment,
            "student": student,
            "via": who.via,
            "from": who.address,
        }
        try:
            return self._append({**details, **line})
        except OSError as error:
            raise AuditError(
                f"the audit trail {self.path} cannot be written: {error.strerror}. Nothing is done "
                "that has no line there; free some space or mend its rights, then try again"
            ) from error

    def _append(self, line: dict[str, Any]) -> str:
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
        is_new = False
        try:
            descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            is_new = True
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, flags | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            last, whole = _last_line(descriptor)
            text = json.dumps(line | {"previous": _hash(last)}, ensure_ascii=True).encode()
            data = text + b"\n" if whole else b"\n" + text + b"\n"
            if os.write(descriptor, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _synchronise_folder(self.path.parent)
        return _hash(text)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Return the lines that can be read, oldest first."""
        for _number, _raw, line in self._read():
            if line is not None:
                yield line

    def check(self, noted: str = "") -> Checked:
        """Follow the hashes from the first line to the last.

        Args:
            noted: the hash of a line, kept elsewhere since it was the last one; it has to be found.
        """
        problems: list[str] = []
        head, count, found = FIRST, 0, not noted or noted == FIRST
        for number, raw, line in self._read():
            count += 1
            if line is None:
                problems.append(f"line {number} is no JSON object: cut off, or damaged")
            elif line.get("previous") != head:
                problems.append(
                    f"line {number} does not follow from line {number - 1}: one of them was "
                    "changed, or lines between them were taken out or put in"
                )
            head = _hash(raw)
            found = found or head == noted
        if not found:
            problems.append(
                f"no line has the hash {noted}: the end was cut off, or the trail written anew"
            )
        return Checked(count, head, tuple(problems))

    def _read(self) -> Iterator[tuple[int, bytes, dict[str, Any] | None]]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                try:
                    line = json.loads(raw)
                except ValueError:
                    line = None
                yield number, raw.rstrip(b"\n"), line if isinstance(line, dict) else None


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else FIRST


def _last_line(descriptor: int) -> tuple[bytes, bool]:
    """Return the last line without its end, and whether it has one."""
    end = os.fstat(descriptor).st_size
    if end == 0:
        return b"", True
    tail, begin = b"", end
    while begin > 0 and tail.rstrip(b"\n").count(b"\n") == 0:
        begin = max(0, begin - _BLOCK_BYTES)
        tail = os.pread(descriptor, end - begin, begin)
    return tail.rstrip(b"\n").rpartition(b"\n")[2], tail.endswith(b"\n")


def _synchronise_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
