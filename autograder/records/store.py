"""Results by key: one file for each key, which may have a second name.

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

    def put(self, key: str, data: bytes, group: str = "") -> None:
        """Store a result.

        Args:
            key: hexadecimal digits.
            data: the result.
            group: what several results have in common; the newest is found by it, too.

        Raises:
            OSError: the disk is full or the folder cannot be written.
        """
        packed = zlib.compress(data, 1)
        path = self.path(key)
        write_whole(path, packed)
        if group and not link_whole(path, self.group_path(group)):
            write_whole(self.group_path(group), packed)

    def get(self, key: str) -> bytes | None:
        """Return the result of a key, `None` when there is none that can be read."""
        return _read(self.path(key))

    def newest_of(self, group: str) -> bytes | None:
        """Return the newest result of a group, `None` when there is none that can be read."""
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


def _read(path: Path) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(path.read_bytes(), MOST_BYTES)
    except (OSError, zlib.error):
        return None
    return data if unpacking.eof else None
