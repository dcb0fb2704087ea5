"""What became of each hand-in, on disk: one small file for each student and assignment.

    attempts/<student>/<assignment>.json

What it guarantees:

- A file is the old one or the new one, whenever the process is killed. A damaged one counts as
  absent: what it said is found out again, from what is stored.
- Each change gives another file, so that who watches the folder notices it (`version`).

What it does not do: know a verdict. The report has it; here is its key, with what lists show of it.
One process writes (`autograder.feedback.grader`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from autograder.records import read_regular, write_whole

FORMAT = 1
MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Outcome:
    """What became of one hand-in, as far as it is known.

    Args:
        digest: of its files; equal ones have equal content.
        key: of its report; empty: it has none yet.
        points: what checks earned, as graded.
        max_points: the most that could be earned.
        waits: how many of them a person gives.
        refusal: why it could not be run.
        graded_at: when it had its verdict, in seconds since the epoch.
        fault: what failed of ours, for staff.
        faults: how often that was so.
        again_at: when it is tried again, in seconds since the epoch.
        running: it is being graded.
    """

    digest: str = ""
    key: str = ""
    points: float | None = None
    max_points: float | None = None
    waits: float = 0.0
    refusal: str = ""
    graded_at: float = 0.0
    fault: str = ""
    faults: int = 0
    again_at: float = 0.0
    running: bool = False


@dataclass(frozen=True)
class History:
    """The hand-ins of one student for one assignment.

    Args:
        outcomes: the name of the hand-in's folder in the exchange -> what became of it.
        recorded: the folder whose grade the gradebook got last; empty: none.
    """

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    recorded: str = ""

    def of(self, name: str) -> Outcome:
        """Return what became of a hand-in."""
        return self.outcomes.get(name, Outcome())

    def having(self, name: str, **changes: Any) -> Self:
        """Return the history with something else known of a hand-in."""
        changed = replace(self.of(name), **changes)
        return replace(self, outcomes={**self.outcomes, name: changed})


class Outcomes:
    """The files of one course.

    Args:
        folder: made with the first of them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, student: str, assignment: str) -> History:
        """Return what is known; nothing where no file can be read."""
        try:
            raw = json.loads(read_regular(self._path(student, assignment), MOST_BYTES))
            if raw["format"] != FORMAT:
                return History()
            outcomes = {str(name): Outcome(**one) for name, one in raw["hand_ins"].items()}
            return History(outcomes, str(raw["recorded"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return History()

    def write(self, student: str, assignment: str, history: History) -> None:
        """Write what is known.

        Raises:
            OSError: it cannot be written.
        """
        hand_ins = {name: asdict(one) for name, one in history.outcomes.items()}
        raw = {"format": FORMAT, "recorded": history.recorded, "hand_ins": hand_ins}
        write_whole(self._path(student, assignment), json.dumps(raw).encode())

    def version(self, student: str) -> str:
        """Return what changes whenever something becomes known of a student's hand-ins."""
        try:
            with os.scandir(self.folder / student) as entries:
                files = sorted((entry.name, entry.stat()) for entry in entries)
        except FileNotFoundError:
            return ""
        # the inode, too: two changes may fall into one tick of the file system's clock
        return ";".join(f"{name} {one.st_mtime_ns} {one.st_ino}" for name, one in files)

    def keys(self) -> set[str]:
        """Return the key of every report that an attempt has."""
        found = set()
        for path in self.folder.glob("*/*.json"):
            history = self.read(path.parent.name, path.stem)
            found |= {one.key for one in history.outcomes.values() if one.key}
        return found

    def _path(self, student: str, assignment: str) -> Path:
        return self.folder / student / f"{assignment}.json"
