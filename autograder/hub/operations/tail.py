"""Follow a file of JSON lines: count what is new since the last look.

What it guarantees: each complete line is read once, however often the file is looked at; a file
that was replaced or cut is read from its start, and counting starts anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

Key = tuple[str, ...]


class Tail:
    """Counts lines of one file.

    Args:
        path: the file, which may not be there yet.
        key: what a line is counted under; `None` for a line that does not count.
    """

    def __init__(self, path: Path, key: Callable[[dict[str, Any]], Key | None]) -> None:
        self.counts: Counter[Key] = Counter()
        self.newest: dict[Key, str] = {}
        self._path = path
        self._key = key
        self._offset = 0
        self._inode = 0

    def look(self) -> None:
        """Count what has come."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return
        if status.st_ino != self._inode or status.st_size < self._offset:
            self._inode, self._offset = status.st_ino, 0
            self.counts.clear()
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                self._offset += len(raw)
                self._count(raw)

    def _count(self, raw: bytes) -> None:
        try:
            line = json.loads(raw)
            key = self._key(line)
        except (ValueError, KeyError, AttributeError, TypeError):
            return
        if key is not None:
            self.counts[key] += 1
            self.newest[key] = str(line.get("when", ""))
