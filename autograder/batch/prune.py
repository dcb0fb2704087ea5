"""Remove what explains only grades that were replaced long ago.

What it guarantees:

- The present grade of every student can be replayed afterwards: the newest line of the journal for
  each student and assignment keeps what it was computed from, and so does each key that is named
  as recorded. The journal itself is not touched.
- Nothing that was used within the given time goes, so that a batch may run meanwhile.
- What is removed of the cache costs at most that a submission is graded again.

What it does not do: decide how long to keep things, or touch submissions, notebooks and gradebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.batch.store import ReportStore
from autograder.grading.journal import Journal

SUFFIX = ".json.z"


@dataclass(frozen=True)
class Pruned:
    """What was removed, or would be.

    Args:
        graded: files that grades were computed from.
        cached: files of the cache of reports.
        size_bytes: of all of them.
        kept: files of both kinds that stay.
    """

    graded: int
    cached: int
    size_bytes: int
    kept: int


def prune(
    journal: Journal,
    store: ReportStore,
    recorded: Iterable[str],
    before: float,
    *,
    dry_run: bool = False,
) -> Pruned:
    """Remove files that no present grade needs and that nothing used since a moment.

    Args:
        journal: with the folder of what was graded.
        store: the cache of reports.
        recorded: keys of reports that the gradebook has, whatever the journal says.
        before: the moment, in seconds since the epoch.
        dry_run: remove nothing, only count.

    Raises:
        OSError: a file cannot be removed; what was removed before stays removed.
    """
    present: dict[tuple[str, str], str] = {}
    for line in journal.lines():
        if line["event"] == "graded":
            present[line["student"], line["assignment"]] = line["key"]
    needed = {*present.values(), *recorded}
    runs = set(_runs(journal, needed))
    count, kept, size = {"graded": 0, "cached": 0}, 0, 0
    for kind, needed_names, path in (
        *(("graded", needed, path) for path in _files(journal.kept.folder, f"??/*{SUFFIX}")),
        *(("cached", needed, path) for path in _files(store.folder, "??/*.json")),
        *(("cached", runs, path) for path in _files(store.folder, "cells/??/*.json")),
        *(("graded", (), path) for path in _files(journal.kept.folder, "??/.*.part")),
        *(("cached", (), path) for path in _files(store.folder, "**/.*.part")),  # of killed writers
    ):
        status = path.stat()
        if path.name.partition(".")[0] in needed_names or status.st_mtime >= before:
            kept += 1
            continue
        if not dry_run:
            path.unlink()
        count[kind] += 1
        size += status.st_size
    return Pruned(count["graded"], count["cached"], size, kept)


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def _runs(journal: Journal, keys: Iterable[str]) -> Iterator[str]:
    """Return the runs of some reports."""
    for key in keys:
        kept = journal.kept.find(key)
        if kept is not None:
            yield kept.prepared.keys.run
