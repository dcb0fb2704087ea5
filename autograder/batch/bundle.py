"""What a worker elsewhere needs of the course, as one run of bytes named by its content.

What it guarantees:

- The same course gives the same bytes; the name is their SHA-256, checked before anything else.
- It holds `solutions/<assignment>` without the submissions that try out its checks, and
  `assignments/<assignment>`, and the course's rules: plain files only, never code in any form that
  is run on reading.
- Unpacking makes new plain files inside the given folder and nothing outside; sizes and numbers
  have limits. The private side can be read by the owner only.

What it does not do: bring gradlab or the reference to the worker; they are installed there.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

from autograder.course import Layout
from autograder.course.rules import RULES_NAME
from autograder.course.source import ASSIGNMENT_NAME

MAX_BYTES = 128 * 2**20  # of all files together
MAX_FILES = 5_000
_MAGIC = b"gradlab course 1\n"
_NOT_NEEDED = ("submissions", "__pycache__", ".ipynb_checkpoints")


class BundleError(ValueError):
    """A bundle cannot be made or must not be unpacked."""


@dataclass(frozen=True)
class Bundle:
    """The packed part of a course.

    Args:
        digest: SHA-256 of the data, in hex.
        data: the packed files.
    """

    digest: str
    data: bytes


def pack(layout: Layout, assignments: Iterable[str]) -> Bundle:
    """Pack some assignments of a course.

    Raises:
        BundleError: they hold more than a bundle may.
        OSError: a file cannot be read.
    """
    files: dict[str, bytes] = {}
    size = 0
    rules = layout.root / RULES_NAME
    if rules.is_file() and not rules.is_symlink():
        files[RULES_NAME] = rules.read_bytes()
        size = len(files[RULES_NAME])
    for name in sorted(set(assignments)):
        for top in (layout.solutions / name, layout.assignments / name):
            for path in _plain_files(top):
                content = path.read_bytes()
                size += len(content)
                if size > MAX_BYTES or len(files) >= MAX_FILES:
                    raise BundleError(
                        f"assignment {name!r} is too large to travel: more than "
                        f"{MAX_BYTES / 2**20:.0f} MiB or {MAX_FILES} files up to {path}"
                    )
                relative = Path(top.parent.name, name, path.relative_to(top))
                files[relative.as_posix()] = content
    packed = msgpack.packb(sorted(files.items()), use_bin_type=True)
    data = _MAGIC + zlib.compress(packed, 6)
    return Bundle(hashlib.sha256(data).hexdigest(), data)


def unpack(bundle: Bundle, folder: Path) -> None:
    """Write the files of a bundle into an empty private folder.

    Raises:
        BundleError: the bytes are not those that the digest names, or break a rule; files that
            were written before that was found lie in the folder.
    """
    digest = hashlib.sha256(bundle.data).hexdigest()
    if digest != bundle.digest:
        raise BundleError(f"the bundle has the digest {digest}; expected {bundle.digest}")
    for name, content in _entries(bundle.data):
        public = name.startswith("assignments/")
        path = folder / name
        _make_folders(folder, path.parent, 0o755 if public else 0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        mode = 0o644 if public else 0o600
        try:
            with os.fdopen(os.open(path, flags, mode), "wb") as file:
                os.fchmod(file.fileno(), mode)  # whatever the umask is: students read public files
                file.write(content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise BundleError(f"the bundle has two entries at {name!r}") from error


def _plain_files(folder: Path) -> Iterator[Path]:
    """Return the files of a folder, sorted; no links and nothing hidden."""
    if not folder.is_dir():
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name in _NOT_NEEDED or entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _plain_files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _entries(data: bytes) -> list[tuple[str, bytes]]:
    """Return the checked entries of packed data."""
    if not data.startswith(_MAGIC):
        raise BundleError("the bytes are no bundle of this version of gradlab")
    inflate = zlib.decompressobj()
    limit = MAX_BYTES + MAX_FILES * 4096
    try:
        packed = inflate.decompress(data[len(_MAGIC) :], limit)
        if not inflate.eof:
            raise BundleError(f"the bundle is cut off, or holds more than {limit} bytes")
        raw: Any = msgpack.unpackb(packed, raw=False, max_array_len=MAX_FILES)
    except (zlib.error, ValueError, msgpack.UnpackException) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"the bundle is damaged: {error!r}") from error
    if not isinstance(raw, list):
        raise BundleError(f"the bundle holds a {type(raw).__name__}; expected a list of files")
    return [_entry(item) for item in raw]


def _entry(item: Any) -> tuple[str, bytes]:
    if not (isinstance(item, list) and len(item) == 2):
        raise BundleError("an entry of the bundle is no pair of name and content")
    name, content = item
    if not (isinstance(name, str) and isinstance(content, bytes)):
        raise BundleError("an entry of the bundle is no pair of text and bytes")
    parts = name.split("/")
    plain = all(part and not part.startswith(".") and "\0" not in part for part in parts)
    placed = len(parts) >= 3 and parts[0] in ("solutions", "assignments")
    if name != RULES_NAME and not (plain and placed and ASSIGNMENT_NAME.fullmatch(parts[1])):
        raise BundleError(f"the bundle has an entry at {name!r}; expected a file of an assignment")
    return name, content


def _make_folders(root: Path, folder: Path, mode: int) -> None:
    missing = [folder, *folder.parents]
    for path in reversed(missing[: missing.index(root)]):
        try:
            path.mkdir(mode)
        except FileExistsError:
            if not path.is_dir():
                raise BundleError(f"the bundle has a file and a folder at {path.name!r}") from None
        else:
            path.chmod(mode)
