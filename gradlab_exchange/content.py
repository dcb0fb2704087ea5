"""Folders to content and back: the bytes that travel, and the files that they become.

What it guarantees:

- What is announced is what is sent: a folder is copied once, hashed while it is copied, and sent
  from the copy. Editing on does not disturb an upload.
- Links, devices and pipes are never followed; they are left out and named.
- A folder that is received appears whole, with every hash checked, or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from gradlab_exchange.errors import Corrupted
from gradlab_exchange.manifest import FileEntry, Manifest
from gradlab_exchange.names import RESERVED, shown

COPY_BYTES = 1 << 18
Ignore = Callable[[str, list[str]], Iterable[str]]


class Content:
    """A folder's files, copied to a temporary file and hashed."""

    def __init__(self, folder: Path, ignore: Ignore, left_out: Callable[[str], None]) -> None:
        """Copy the folder.

        Args:
            folder: what to send.
            ignore: gets a folder and the names in it, returns the names to leave out.
            left_out: told about each link or special file.
        """
        self._copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        entries = [
            self._add(path, name)
            for name, path in _regular_files(folder, ignore, left_out)
            if name not in RESERVED
        ]
        self.manifest = Manifest(tuple(entries))

    def read(self, offset: int, size: int) -> bytes:
        """Return a piece of the content."""
        self._copy.seek(offset)
        return self._copy.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._copy.close()

    def _add(self, path: Path, name: str) -> FileEntry:
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while block := file.read(COPY_BYTES):
                digest.update(block)
                size += self._copy.write(block)
        return FileEntry(name, size, digest.hexdigest())


class Arrival:
    """A folder that is being received: bytes in, checked files out."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        """Start with an empty `folder`, which must not exist yet."""
        self.manifest = manifest
        self.folder = folder
        self.received = 0
        folder.mkdir(parents=True)
        self._left = list(manifest.files)
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self._missing = 0
        self._turn()

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            Corrupted: there are too many, or a file's hash is wrong.
        """
        view = memoryview(data)
        while view:
            if self._file is None:
                raise Corrupted("more bytes came than were announced")
            piece = view[: self._missing]
            self._file.write(piece)
            self._hash.update(piece)
            self._missing -= len(piece)
            self.received += len(piece)
            view = view[len(piece) :]
            if not self._missing:
                self._finish_file()
                self._turn()

    def close(self) -> None:
        """Check that everything came.

        Raises:
            Corrupted: it did not.
        """
        if self._file is not None:
            self._file.close()
        if self.received != self.manifest.size:
            raise Corrupted(f"{self.received} of {self.manifest.size} bytes came")

    def _turn(self) -> None:
        """Go on to the next file that has bytes; make those that have none."""
        while self._left:
            entry = self._left[0]
            path = self.folder / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb")
            self._hash = hashlib.sha256()
            self._missing = entry.size
            if entry.size:
                return
            self._finish_file()

    def _finish_file(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None
        entry = self._left.pop(0)
        if self._hash.hexdigest() != entry.sha256:
            raise Corrupted(f"file {shown(entry.path)} is not what was announced")


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in place of one that may be there."""
    if target.exists():
        shutil.rmtree(target)
    new.rename(target)


def _regular_files(
    folder: Path, ignore: Ignore, left_out: Callable[[str], None]
) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for here, folders, files in os.walk(folder, followlinks=False):
        skipped = set(ignore(here, [*folders, *files]))
        for name in list(folders):
            if name in skipped or Path(here, name).is_symlink():
                folders.remove(name)
                if name not in skipped:
                    left_out(str(Path(here, name)))
        for name in files:
            path = Path(here, name)
            if name in skipped:
                continue
            if not stat.S_ISREG(path.lstat().st_mode):
                left_out(str(path))
                continue
            found.append((path.relative_to(folder).as_posix(), path))
    return sorted(found)
