"""Results by key, each with what it was computed from: one file, which may have a second name.

The file is what the result was computed from, compressed with zlib, and behind that the result as
it is, which is read more often. Files of a version before have no result.

What it guarantees:

- A file is complete or absent, whenever the process is killed; a damaged one counts as absent.
- Several processes may write the same key at once: equal keys have equal results.
- Its time is that of its last use, so that `autograder.records.prune` knows what is not used.

What it does not do: know what the bytes mean (`autograder.grading.store` does).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from autograder.records.files import link_whole, write_whole

SUFFIX: Final = ".json.z"
GROUPS: Final = "runs"  # the folder of second names
MOST_BYTES: Final = 512_000_000


class Store:
    """Results under one folder.

    Args:
        folder: made with the first result.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the result of a key lies."""
        return Path(f"{self.folder}/{key[:2]}/{key}{SUFFIX}")

    def group_path(self, group: str) -> Path:
        """Return where the newest result of a group lies."""
        return Path(f"{self.folder}/{GROUPS}/{group[:2]}/{group}{SUFFIX}")

    def put(self, key: str, source: bytes, result: bytes, group: str = "") -> None:
        """Store a result.

        Args:
            key: hexadecimal digits.
            source: what it was computed from.
            result: ends with a newline.
            group: what several results have in common; the newest is found by it, too.

        Raises:
            OSError: the disk is full or the folder cannot be written.
        """
        data = zlib.compress(source, 1) + result
        path = self.path(key)
        write_whole(path, data)
        if group and not link_whole(path, self.group_path(group)):
            write_whole(self.group_path(group), data)

    def get(self, key: str) -> tuple[bytes, bytes] | None:
        """Return source and result of a key, `None` when there is nothing that can be read.

        The result is empty in a file of a version before.
        """
        return _read(self.path(key))

    def newest_of(self, group: str) -> tuple[bytes, bytes] | None:
        """Return source and result of the newest of a group, as `get` does."""
        return _read(self.group_path(group))

    def mark_used(self, key: str) -> bool:
        """Remember that a result was used now; return whether it is there."""
        try:
            os.utime(self.path(key))
        except FileNotFoundError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        """Return all keys, in order."""
        return (
            path.name.removesuffix(SUFFIX) for path in sorted(self.folder.glob(f"??/*{SUFFIX}"))
        )


def _read(path: Path) -> tuple[bytes, bytes] | None:
    unpacking = zlib.decompressobj()
    try:
        source = unpacking.decompress(path.read_bytes(), MOST_BYTES)
    except (OSError, zlib.error):
        return None
    result = unpacking.unused_data
    is_whole = unpacking.eof and (not result or result.endswith(b"\n"))
    return (source, result) if is_whole else None
