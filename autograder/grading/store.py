"""What was graded and what came out: one file for each report's key.

What it guarantees:

- A stored report is exactly the one that was computed; a damaged file counts as absent, and is
  never read as a result.
- What a grade was computed from lies beside its report, so that it can be computed again
  (`autograder.grading.replay`). Files of a version before, which hold no report, are read, too.
- Graded cells are found by the run that they come from, so that a changed check makes only its own
  cell be checked again.

What it does not do: remove anything (`autograder.records.prune` does, when asked to).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.grading.kept import Kept, Origins
from autograder.grading.keys import Keys
from autograder.grading.prepare import Prepared, Preparer, Refusal
from autograder.grading.report import CellReport, Report, ReportError
from autograder.records import Store

_DAMAGED = (ValueError, KeyError, TypeError, AttributeError)


class ReportStore:
    """Reports under one folder.

    Args:
        folder: made when the first report is stored.
    """

    def __init__(self, folder: Path) -> None:
        self.files = Store(folder)

    def path(self, key: str) -> Path:
        """Return where the report of a key lies."""
        return self.files.path(key)

    def store(self, preparer: Preparer, prepared: Prepared | Refusal, report: Report) -> None:
        """Store a report with what it was computed from.

        Raises:
            OSError: the disk is full or the folder cannot be written.
        """
        kept = Kept(prepared, Origins.of(preparer, prepared.assignment))
        group = "" if report.refusal else prepared.keys.run
        self.files.put(report.key, kept.to_bytes(), report.to_bytes(), group)

    def find(self, key: str) -> Report | None:
        """Return the report of a key, or `None` when there is none that can be read."""
        data = self.report_bytes(key)
        try:
            report = Report.from_bytes(data) if data else None
        except ReportError:
            return None
        return report if report is not None and report.key == key else None

    def report_bytes(self, key: str) -> bytes | None:
        """Return the report's own bytes, or `None` when there is none."""
        stored = self.files.get(key)
        return stored[1] or None if stored else None

    def find_cells(self, keys: Keys) -> dict[str, CellReport]:
        """Return the graded cells that were checked before, by grade id."""
        stored = self.files.newest_of(keys.run) if keys.run else None
        if stored is None:
            return {}
        kept, report = stored
        try:
            checked = Kept.from_bytes(kept).prepared.keys.cells
            cells = {cell.grade_id: cell for cell in Report.from_bytes(report).cells}
        except _DAMAGED:
            return {}
        return {
            grade_id: cells[grade_id]
            for grade_id, key in keys.cells.items()
            if checked.get(grade_id) == key and grade_id in cells
        }

    def find_kept(self, key: str) -> Kept | None:
        """Return what a report was computed from, `None` when there is nothing that can be read."""
        stored = self.files.get(key)
        try:
            kept = Kept.from_bytes(stored[0]) if stored else None
        except _DAMAGED:
            return None
        return kept if kept is not None and kept.prepared.keys.report == key else None

    def mark_used(self, key: str) -> None:
        """Remember that a report was used now."""
        self.files.mark_used(key)

    def __iter__(self) -> Iterator[str]:
        """Return the keys of all that was graded, in order."""
        return iter(self.files)
