"""The journal: one line for each graded submission, only ever appended.

What it guarantees:

- A line is one write to a file opened for appending, under a lock of the file: several batches at
  once write whole lines. One cut off by a crash is skipped when reading and closed by the next.
- It holds what is needed to find the report again and to explain the grade: who, when, key,
  points, isolation, versions, seed, and the hash of the report's bytes.
- What a grade was computed from is kept before its line is written (`autograder.grading.kept`).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.grading.kept import KeptFolder, Origins
from autograder.grading.prepare import Prepared, Preparer
from autograder.grading.report import Report


class Journal:
    """The journal in one file.

    Args:
        path: made with the first line; what was graded is kept in the folder `graded` beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = KeptFolder(path.with_name("graded"))
        self._origins: tuple[Preparer, str, Origins] | None = None

    def keep(self, preparer: Preparer, prepared: Prepared) -> None:
        """Keep what a grade is computed from; to be called before its line is written."""
        known = self._origins
        if known is None or known[0] is not preparer or known[1] != prepared.assignment:
            origins = Origins.of(preparer, prepared.assignment)
            known = self._origins = preparer, prepared.assignment, origins
        self.kept.keep(prepared, known[2])

    def graded(self, student: str, report: Report) -> None:
        """Append the line of one graded submission."""
        self.append(
            "graded",
            student=student,
            assignment=report.assignment,
            key=report.key,
            points=report.points,
            max_points=report.max_points,
            isolation=report.isolation,
            versions=dict(report.versions),
            seed=report.seed,
            refusal=report.refusal,
            report=report.digest(),
        )

    def append(self, event: str, **fields: Any) -> None:
        """Append one line with the time and the given fields."""
        line = {"when": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        data = json.dumps(line | fields, ensure_ascii=True).encode() + b"\n"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            descriptor = os.open(self.path, flags, 0o640)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, flags, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                data = b"\n" + data
            written = os.write(descriptor, data)
            if written < len(data):
                raise OSError(errno.ENOSPC, "no space for a line of the journal", str(self.path))
        finally:
            os.close(descriptor)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Return the complete lines, oldest first."""
        return (line for line in self._all() if line is not None)

    def line(self, number: int) -> dict[str, Any] | None:
        """Return a line by its number, from 1; `None` when it is cut off or not there."""
        return next(islice(self._all(), number - 1, number), None) if number > 0 else None

    def _all(self) -> Iterator[dict[str, Any] | None]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for raw in file:
                try:
                    line = json.loads(raw)
                except ValueError:
                    line = None
                yield line if isinstance(line, dict) and "event" in line else None
