"""The scratch folder of a student's process, kept in memory and put back.

What it guarantees:

- `put_back` leaves in the folder what `keep` found: names, contents, links and modes; no link is
  followed, and nothing outside of the folder is touched.
- Only a folder that the sandbox made is ever written to: `own` knows none elsewhere.

What it does not do: keep what holds more than `_MOST_BYTES`, or sockets and pipes.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_MOST_BYTES: Final = 8_000_000
_MOST_ENTRIES: Final = 2_000


class ScratchError(Exception):
    """The scratch folder cannot be kept."""


@dataclass(frozen=True)
class _Entry:
    mode: int
    content: bytes | str = b""  # of a file, of a link
    changed: int = 0  # nanoseconds


class Scratch:
    """One scratch folder.

    Args:
        folder: its absolute path.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._kept: dict[str, _Entry] = {}

    @classmethod
    def own(cls) -> Self | None:
        """Return this process's, `None` when the sandbox made none."""
        home, temporary = os.environ.get("HOME", ""), os.environ.get("TMPDIR", "")
        is_made = home and Path(temporary).is_relative_to(home) and home == os.getcwd()  # noqa: PTH109
        return cls(home) if is_made else None

    def keep(self) -> None:
        """Remember what is in the folder.

        Raises:
            ScratchError: it is too much, or nothing that can be remembered.
            OSError: it cannot be read.
        """
        kept: dict[str, _Entry] = {}
        left = _MOST_BYTES
        for path, status in _walk(self._folder):
            left -= status.st_size if stat.S_ISREG(status.st_mode) else 0
            if left < 0 or len(kept) >= _MOST_ENTRIES:
                raise ScratchError("the scratch folder holds too much")
            kept[path] = _read(path, status)
        self._kept = kept

    def put_back(self) -> None:
        """Make the folder what it was.

        Raises:
            OSError: it cannot be written.
        """
        same = set()
        for path, status in [*_walk(self._folder)]:
            known = self._kept.get(path)
            if known is None or stat.S_IFMT(known.mode) != stat.S_IFMT(status.st_mode):
                _remove(path)
            elif stat.S_ISDIR(known.mode) and known.mode == status.st_mode:
                same.add(path)
        for path, entry in self._kept.items():  # folders come before what is in them
            if path not in same:
                _write(path, entry)


def _walk(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        found = sorted((entry.path, entry.stat(follow_symlinks=False)) for entry in entries)
    for path, status in found:
        yield path, status
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(path)


def _read(path: str, status: os.stat_result) -> _Entry:
    if stat.S_ISDIR(status.st_mode):
        return _Entry(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return _Entry(status.st_mode, os.readlink(path))  # noqa: PTH115
    if not stat.S_ISREG(status.st_mode):
        raise ScratchError(f"{path} is no file, folder or link")
    return _Entry(status.st_mode, Path(path).read_bytes(), status.st_mtime_ns)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
        shutil.rmtree(path)
    else:
        Path(path).unlink(missing_ok=True)


def _write(path: str, entry: _Entry) -> None:
    if stat.S_ISDIR(entry.mode):
        os.makedirs(path, exist_ok=True)  # noqa: PTH103
        os.chmod(path, stat.S_IMODE(entry.mode))  # noqa: PTH101
        return
    Path(path).unlink(missing_ok=True)
    if isinstance(entry.content, str):
        os.symlink(entry.content, path)  # noqa: PTH211
        return
    Path(path).write_bytes(entry.content)
    os.chmod(path, stat.S_IMODE(entry.mode))  # noqa: PTH101
    os.utime(path, ns=(entry.changed, entry.changed))
