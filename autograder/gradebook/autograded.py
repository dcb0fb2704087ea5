"""The folder `autograded/<student>/<assignment>/`: what formgrader and feedback read.

What it guarantees:

- The notebook is written last and replaced as a whole; what it says was written was written.
- Two programs that write one folder do so one after the other.
- The folder holds the notebook, the assignment's public files, and nbgrader's `timestamp.txt` and
  `submission_secret.txt`; of the student's own files nothing, because formgrader would serve them
  and feedback would hand them on.
- Nothing is read through a link that a submission made.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.layout import Layout
from autograder.course.manifest import Manifest
from autograder.records import read_regular, write_whole

TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"
TIMESTAMP_NAME = "timestamp.txt"
SECRET_NAME = "submission_secret.txt"  # noqa: S105  # the name of nbgrader's file
MAX_SECRET_BYTES = 1_000
READ_ONLY = 0o444  # as nbgrader leaves autograded files
_TAIL_BYTES = 16_384
_METADATA_START = (
    b'\n "metadata": {'  # one space: of the notebook; text in cells has no raw newline
)


class AutogradedFolder:
    """The autograded folders of one course.

    Args:
        layout: the course.
    """

    def __init__(self, layout: Layout) -> None:
        self._autograded = str(layout.autograded)
        self._submitted = str(layout.submitted)

    def write(
        self, student_id: str, manifest: Manifest, text: str, submitted_at: datetime | None
    ) -> None:
        """Write the folder of one submission.

        Args:
            student_id: a checked id.
            manifest: the assignment.
            text: the notebook's text.
            submitted_at: when it was submitted.
        """
        folder = self._path(student_id, manifest)
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder):
            self._write(folder, student_id, manifest, text, submitted_at)

    def _write(
        self,
        folder: Path,
        student_id: str,
        manifest: Manifest,
        text: str,
        submitted_at: datetime | None,
    ) -> None:
        _remove_others(
            folder, {manifest.notebook_name, TIMESTAMP_NAME, SECRET_NAME, *manifest.files}
        )
        for name, source in manifest.files.items():
            target = folder / name
            if not (target.is_file() and target.stat().st_size == source.stat().st_size):
                write_whole(target, source.read_bytes(), mode=READ_ONLY)
        moment = _timestamp_text(submitted_at)
        if moment or not (folder / TIMESTAMP_NAME).exists():
            write_whole(folder / TIMESTAMP_NAME, moment.encode(), mode=READ_ONLY)
        secret = self._secret(student_id, manifest, folder)
        if secret is not None:
            write_whole(folder / SECRET_NAME, secret, mode=READ_ONLY)
        write_whole(folder / manifest.notebook_name, text.encode(), mode=READ_ONLY)

    def key_of(self, student_id: str, manifest: Manifest) -> str | None:
        """Return the report's key that the autograded notebook names, `None` without one."""
        return key_in(f"{self._path(student_id, manifest)}/{manifest.notebook_name}")

    def _path(self, student_id: str, manifest: Manifest) -> Path:
        return Path(f"{self._autograded}/{student_id}/{manifest.assignment}")

    def _secret(self, student_id: str, manifest: Manifest, folder: Path) -> bytes | None:
        """Return nbgrader's name for the feedback file, `None` when it is there already.

        A submission without one gets one made here: nbgrader's release of feedback stops for the
        whole class when a file is missing.
        """
        submitted = f"{self._submitted}/{student_id}/{manifest.assignment}/{SECRET_NAME}"
        secret = read_small(submitted, MAX_SECRET_BYTES)
        present = read_small(f"{folder}/{SECRET_NAME}", MAX_SECRET_BYTES)
        if secret and _is_text(secret):
            return None if secret == present else secret
        return None if present else secrets.token_hex(64).encode()


def recorded_keys(layout: Layout) -> set[str]:
    """Return the key of every report whose autograded notebook is there, of all assignments."""
    found = map(key_in, layout.autograded.glob("*/*/*.ipynb"))
    return {key for key in found if key is not None}


def key_in(path: str | Path) -> str | None:
    """Return the report's key that an autograded notebook names, `None` without one."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib is slow in the hot path
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
        start = tail.rindex(_METADATA_START)
        key = json.loads(b"{" + tail[start:])["metadata"]["gradlab"]["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return key if isinstance(key, str) else None


def read_small(path: str | Path, max_bytes: int) -> bytes | None:
    """Return a regular file's content, `None` when it is missing, a link, special or too large."""
    try:
        return read_regular(path, max_bytes)
    except (OSError, ValueError):
        return None


def _timestamp_text(submitted_at: datetime | None) -> str:
    if submitted_at is None:
        return ""  # nbgrader reads an empty file as "not known"
    if submitted_at.tzinfo is not None:
        submitted_at = submitted_at.astimezone(UTC)
    return submitted_at.strftime(TIMESTAMP_FORMAT)


def _is_text(data: bytes) -> bool:
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which goes with whoever holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Remove what is not kept, in the folders of what is kept, too."""
    for entry in folder.iterdir():
        below = {name.partition("/")[2] for name in kept if name.startswith(f"{entry.name}/")}
        is_folder = entry.is_dir() and not entry.is_symlink()
        if entry.name in kept and not entry.is_symlink() and entry.is_file():
            continue
        if below and is_folder:
            _remove_others(entry, below)
        elif is_folder:
            shutil.rmtree(entry)
        else:
            entry.unlink()
