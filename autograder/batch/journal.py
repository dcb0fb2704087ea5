"""The journal: one line for each graded submission, only ever appended.

What it guarantees:

- A line is one write to a file opened for appending; a line cut off by a crash is skipped when
  reading and closed by the next line.
- It holds what is needed to find the report again and to explain the grade: who, when, key,
  points, isolation, versions, seed.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.grading.report import Report


class Journal:
    """The journal in one file.

    Args:
        path: made with the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

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
        )

    def append(self, event: str, **fields: Any) -> None:
        """Append one line with the time and the given fields."""
        line = {"when": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        data = json.dumps(line | fields, ensure_ascii=True).encode() + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o640)
        try:
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
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for raw in file:
                try:
                    line = json.loads(raw)
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield line
