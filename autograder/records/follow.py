"""Follow a file of JSON lines: read what is new since the last look.

What it guarantees: each complete line is read once, however often the file is looked at; a file
that was replaced or cut is read from its start, and that is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from autograder.records.log import Event, Line, LogError


class Follower:
    """Where one reader is in one file.

    Args:
        path: the file, which may not be there yet.
        events: only lines of the log about these; by default every line.
    """

    def __init__(self, path: Path, *events: Event) -> None:
        self._path = path
        self._starts = tuple(f'{{"event": "{event}"'.encode() for event in events)
        self._offset = 0
        self._inode = 0

    def look(self) -> tuple[bool, Iterator[Line]]:
        """Return whether what was read before is void, and the lines that have come.

        Raises:
            LogError: it cannot be read, also while the lines are taken.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False, iter(())
        is_anew = status.st_ino != self._inode or status.st_size < self._offset
        if is_anew:
            self._inode, self._offset = status.st_ino, 0
        return is_anew, self._new() if status.st_size > self._offset else iter(())

    def _new(self) -> Iterator[Line]:
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise LogError(f"{self._path} cannot be read: {error.strerror}") from error
        with file:
            file.seek(self._offset)
            for raw in file:
                if not raw.endswith(b"\n"):
                    return
                self._offset += len(raw)
                if self._starts and not raw.startswith(self._starts):
                    continue
                try:
                    line = json.loads(raw)
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield line
