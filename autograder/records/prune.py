"""Remove results that explain only grades that were replaced long ago.

What it guarantees:

- A result that is needed stays, and so does what was used within the given time, so that grading
  may go on meanwhile.
- The log is not touched.

What it does not do: know which results are needed, or touch submissions, notebooks and gradebook.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.records.files import PARTIAL_SUFFIX
from autograder.records.store import GROUPS, SUFFIX, Store


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be.

    Args:
        removed: files.
        size_bytes: of all of them.
        kept: files that stay.
    """

    removed: int
    size_bytes: int
    kept: int


def prune(store: Store, needed: Container[str], before: float, *, dry_run: bool = False) -> Pruned:
    """Remove results that are not needed and that nothing used since a moment.

    Args:
        store: the results.
        needed: keys.
        before: the moment, in seconds since the epoch.
        dry_run: remove nothing, only count.

    Raises:
        OSError: a file cannot be removed; what was removed before stays removed.
    """
    removed, size, kept = 0, 0, 0
    needed_files = {path.stat().st_ino for path in _results(store.folder) if _key(path) in needed}
    for path in _files(store.folder):
        status = path.stat()
        if status.st_ino in needed_files or status.st_mtime >= before:
            kept += 1
            continue
        if not dry_run:
            path.unlink()
        removed += 1
        size += status.st_size if path.parent.parent == store.folder else 0  # a file of two names
    return Pruned(removed, size, kept)


def _key(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def _results(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"??/*{SUFFIX}"))


def _files(folder: Path) -> Iterator[Path]:
    yield from _results(folder)
    yield from sorted(folder.glob(f"{GROUPS}/??/*{SUFFIX}"))
    yield from sorted(folder.rglob(f".*{PARTIAL_SUFFIX}"))  # of killed writers
