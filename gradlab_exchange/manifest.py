"""The list of files that is announced before any content: paths, sizes, hashes.

What it guarantees:

- A manifest that was made is within its limits and has no two files that clash.
- Its digest commits to every path and every byte: the same digest is the same content.
- The content is the files one after the other, in the manifest's order. There is no archive
  format, hence nothing to unpack, no link and no bomb.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradlab_exchange.errors import ManifestRefused
from gradlab_exchange.names import check_path, clash_key, shown

MOST_BYTES = 1 << 60  # of one file; sums of such sizes can be written and printed
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Limits:
    """The most that one bundle of files may be.

    Args:
        total_bytes: all files together.
        files: how many.
        depth: parts of a path.
        own: whether the exchange itself announces, which has files of its own.
        guarded: whether a student announces; see `names.check_path`.
    """

    total_bytes: int = 50_000_000
    files: int = 200
    depth: int = 8
    own: bool = False
    guarded: bool = False


@dataclass(frozen=True)
class FileEntry:
    """One file: its path below the folder, its size, its SHA-256."""

    path: str
    size: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class Manifest:
    """All files of one bundle."""

    files: tuple[FileEntry, ...]

    @property
    def size(self) -> int:
        """Return how many bytes the content has."""
        return sum(file.size for file in self.files)

    @property
    def digest(self) -> str:
        """Return the SHA-256 over all paths, sizes and hashes."""
        lines = [[file.path, file.size, file.sha256] for file in self.files]
        text = json.dumps(lines, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def to_json(self) -> list[dict[str, Any]]:
        """Return the manifest as plain data."""
        return [file.to_json() for file in self.files]

    @classmethod
    def from_json(cls, value: object, limits: Limits) -> Manifest:
        """Read what a client announced.

        Raises:
            ManifestRefused: it is malformed or beyond the limits.
            NameRefused: a path is.
        """
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise ManifestRefused(f"files: expected a list, got {type(value).__name__}")
        if not value:
            raise ManifestRefused("there is no file to hand in")
        if len(value) > limits.files:
            raise ManifestRefused(f"{len(value)} files; at most {limits.files}. Remove some")
        manifest = cls(tuple(_entry(one, limits) for one in value))
        if manifest.size > limits.total_bytes:
            raise ManifestRefused(
                f"{manifest.size:,} bytes in all; at most {limits.total_bytes:,}. Remove or "
                "shrink the largest files"
            )
        _refuse_clashes(manifest)
        return manifest


def _entry(value: object, limits: Limits) -> FileEntry:
    if not isinstance(value, Mapping):
        raise ManifestRefused(f"a file: expected path, size and sha256, got {shown(value)}")
    path = check_path(value.get("path"), limits.depth, own=limits.own, guarded=limits.guarded)
    size, sha256 = value.get("size"), value.get("sha256")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < MOST_BYTES:
        raise ManifestRefused(
            f"file {shown(path)}: size is {shown(size)}; expected 0 or more, below 2^60"
        )
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ManifestRefused(f"file {shown(path)}: sha256 is {shown(sha256)}; expected 64 digits")
    return FileEntry(path, size, sha256)


def _refuse_clashes(manifest: Manifest) -> None:
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for file in manifest.files:
        key = clash_key(file.path)
        if key in seen:
            raise ManifestRefused(
                f"files {shown(seen[key])} and {shown(file.path)} have names that look alike or "
                "are the same on other systems; rename one"
            )
        seen[key] = file.path
        parts = file.path.split("/")
        for length in range(1, len(parts)):
            folder = "/".join(parts[:length])
            folders.setdefault(clash_key(folder), folder)
            if folders[clash_key(folder)] != folder:
                raise ManifestRefused(
                    f"folders {shown(folders[clash_key(folder)])} and {shown(folder)} have names "
                    "that look alike or are the same on other systems; rename one"
                )
    for key, folder in folders.items():
        if key in seen:
            raise ManifestRefused(f"{shown(folder)} is both a file and a folder")
