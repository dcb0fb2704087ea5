"""Submissions by the file exchange: seen when they arrive, so that each has its line in the log.

A student's server puts a submission into the inbound folder and can write nothing else; no program
of ours runs at that moment. This looks at the folder every few seconds.

What it guarantees:

- A submission that lies in the folder when it is looked at gets one line, also after a restart.
- A submission that the network exchange took has its line from there and gets no second one.

What it does not do: prove who submitted; the line says what the folder's name claims.
"""

from __future__ import annotations

import os

from autograder.course.layout import Layout
from autograder.records import Actor, Event, Log

VIA = "file exchange"
_PARTS = 3  # <student>+<assignment>+<timestamp>, and perhaps a random end
Name = tuple[str, str, str]


class Arrivals:
    """The inbound folder of one course."""

    def __init__(self, layout: Layout) -> None:
        """Remember the course."""
        self._layout = layout
        self._log = Log(layout.log)
        self._inbound = layout.exchange / layout.course_id / "inbound"
        self._done: set[str] = set()
        self._seen: set[str] = set()

    def look(self) -> int:
        """Write a line for each submission that was new at the last look already; return how many.

        Waiting for a second look gives the network exchange the time to write its own line.
        """
        try:
            names = {entry.name for entry in os.scandir(self._inbound) if entry.is_dir()}
        except FileNotFoundError:
            return 0
        ripe = sorted((names & self._seen) - self._done)
        self._seen = names
        recorded = self._recorded() if ripe else set()
        written = 0
        for folder in ripe:
            name = parted(folder)
            if name is not None and name not in recorded:
                self._record(name, folder)
                written += 1
        self._done = (self._done | set(ripe)) & names
        return written

    def _recorded(self) -> set[Name]:
        return {
            (
                line["student"],
                line["assignment"],
                str(line.get("submitted") or line.get("timestamp") or line.get("submission")),
            )
            for line in self._log.lines(Event.SUBMIT)
        }

    def _record(self, name: Name, folder: str) -> None:
        student, assignment, moment = name
        self._log.record(
            Event.SUBMIT,
            course=self._layout.course_id,
            assignment=assignment,
            student=student,
            actor=Actor(student, via=VIA),
            submitted=moment,
            folder=folder,
        )


def parted(folder: str) -> Name | None:
    """Return student, assignment and moment of a folder's name, as nbgrader reads it.

    >>> parted("ada+rnn+2026-05-04 12:00:00 UTC+x")
    ('ada', 'rnn', '2026-05-04 12:00:00 UTC')
    """
    parts = folder.rsplit("+", 3) if folder.count("+") >= _PARTS else folder.split("+")
    return (parts[0], parts[1], parts[2]) if len(parts) >= _PARTS else None
