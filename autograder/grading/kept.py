"""What a grade was computed from, kept so that it can be computed again.

What it guarantees:

- One file for each report key, complete or absent: the repaired cells, what was repaired, and
  hashes of all else that the key depends on. It is no cache; nothing here removes it
  (`autograder.batch.prune` does, when asked to), and its time is that of its last grading.
- Reading a file gives exactly the `Prepared` that was graded; a damaged file counts as absent.
- `changes` names what is not the same any more, when a key does not come out again.

What it does not do: hold names of students, outputs, or anything of a file that could not be read
as a notebook but its hash and the reason.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from autograder.grading.keys import AssignmentDigest, keys_of
from autograder.grading.prepare import Prepared, Preparer

_FORMAT = 1
_MOST_BYTES = 64_000_000
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_UNNAMED_FILE = os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC
_NAMED_ONLY = (errno.EOPNOTSUPP, errno.EISDIR)  # file systems of a network, old kernels


@dataclass(frozen=True)
class Origins:
    """Hashes of what a key depends on besides the submission.

    Args:
        common: the assignment's cells, points, files and limits, and the environment.
        secret: the instructor's solutions.
        checks: grade id -> its check file.
        environment: grading code, reference, versions and isolation.
        isolation: the level.
        versions: of what computes a report.
    """

    common: str
    secret: str
    checks: Mapping[str, str]
    environment: str
    isolation: str
    versions: Mapping[str, str]

    @classmethod
    def of(cls, preparer: Preparer, assignment: str) -> Self:
        """Return those of the course as it is now."""
        digest: AssignmentDigest = preparer.digest(assignment)
        environment = preparer.environment
        return cls(
            digest.common,
            digest.secret,
            dict(digest.checks),
            environment.digest,
            preparer.isolation,
            dict(environment.versions),
        )

    def changes(self, now: Self) -> list[str]:
        """Return in words what is not the same now; empty when all is."""
        found = [
            f"{name} was {self.versions.get(name, 'not there')}, is {version}"
            for name, version in sorted(now.versions.items())
            if self.versions.get(name) != version
        ]
        if self.isolation != now.isolation:
            found.append(f"isolation was {self.isolation}, is {now.isolation}")
        if not found and self.environment != now.environment:
            found.append("the code of gradlab or the reference has changed, or the platform")
        elif self.common != now.common and self.environment == now.environment:
            found.append("the notebook's cells, its points, public files or limits have changed")
        if self.secret != now.secret:
            found.append("the instructor's solution has changed")
        names = sorted({*self.checks, *now.checks})
        found += [
            f"the checks of {name} have changed"
            for name in names
            if self.checks.get(name) != now.checks.get(name)
        ]
        return found


@dataclass(frozen=True)
class Kept:
    """One submission as it was graded."""

    prepared: Prepared
    origins: Origins

    def to_bytes(self) -> bytes:
        """Return it packed."""
        content = {
            "format": _FORMAT, **self.prepared.to_json(), "origins": vars(self.origins)
        }  # fmt: skip
        # ASCII: a lone surrogate in a student's text survives as an escape
        return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError, KeyError, TypeError, AttributeError, zlib.error: it is damaged.
        """
        raw: Any = json.loads(zlib.decompressobj().decompress(data, _MOST_BYTES))
        if raw["format"] != _FORMAT:
            raise ValueError(f"format {raw['format']!r}; expected {_FORMAT}")
        return cls(Prepared.from_json(raw), Origins(**raw["origins"]))

    def again(self, preparer: Preparer) -> Prepared:
        """Return the submission as the course as it is now would prepare it."""
        old = self.prepared
        if old.refusal:
            return preparer.refuse(old.assignment, old.refusal, file_digest=old.file_digest)
        keys = keys_of(preparer.digest(old.assignment), old.notebook)
        return Prepared(old.assignment, old.notebook, keys)


class KeptFolder:
    """What was graded, one file for each report key.

    Args:
        folder: made with the first file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the file of a key lies."""
        return Path(f"{self.folder}/{key[:2]}/{key}.json.z")

    def keep(self, prepared: Prepared, origins: Origins) -> None:
        """Keep a submission; one that is there is only marked as used."""
        path = self.path(prepared.keys.report)
        try:
            os.utime(path)
        except FileNotFoundError:
            write_whole(path, Kept(prepared, origins).to_bytes())

    def find(self, key: str) -> Kept | None:
        """Return the submission of a report's key, `None` when there is none that can be read."""
        try:
            kept = Kept.from_bytes(self.path(key).read_bytes())
        except (OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error):
            return None
        return kept if kept.prepared.keys.report == key else None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is complete or absent.

    It has no name before it is complete: a writer that is killed leaves nothing behind.

    Raises:
        OSError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    name, folder = os.fspath(path), os.path.dirname(path)  # noqa: PTH120 - a hot path
    try:
        _write(name, folder, data)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        _write(name, folder, data)


def _write(path: str, folder: str, data: bytes) -> None:
    try:
        descriptor = os.open(folder, _UNNAMED_FILE, 0o600)
    except OSError as error:
        if error.errno not in _NAMED_ONLY:
            raise
        _write_beside(path, folder, data)
        return
    try:
        _write_all(descriptor, data)
        while True:
            try:
                # the descriptor of a folder is not used: it makes Python follow the link
                os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor)
            except FileExistsError:
                Path(path).unlink(missing_ok=True)
            else:
                return
    finally:
        os.close(descriptor)


def _write_beside(path: str, folder: str, data: bytes) -> None:
    """Write where every file has a name: what a killed writer leaves, `gradlab prune` removes."""
    name = f"{folder}/.{secrets.token_hex(8)}.part"
    descriptor = os.open(name, _NEW_FILE, 0o600)
    try:
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)
        os.replace(name, path)  # noqa: PTH105 - pathlib is slow in the hot path
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
