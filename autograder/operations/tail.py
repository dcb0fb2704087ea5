"""Count the lines of a file of JSON lines, as they come.

What it guarantees: see `autograder.records.follow`; where a file is read from its start, counting
starts anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from autograder.records import Line
from autograder.records.follow import Follower

Key = tuple[str, ...]


class Tail:
    """Counts lines of one file.

    Args:
        path: the file, which may not be there yet.
        key: what a line is counted under; `None` for a line that does not count.
    """

    def __init__(self, path: Path, key: Callable[[Line], Key | None]) -> None:
        self.counts: Counter[Key] = Counter()
        self.newest: dict[Key, str] = {}
        self._new = Follower(path)
        self._key = key

    def look(self) -> None:
        """Count what has come."""
        is_anew, lines = self._new.look()
        if is_anew:
            self.counts.clear()
            self.newest.clear()
        for line in lines:
            try:
                key = self._key(line)
            except (ValueError, KeyError, AttributeError, TypeError):
                continue
            if key is not None:
                self.counts[key] += 1
                self.newest[key] = str(line.get("when", ""))
