"""The cache of reports: one file per content key, and one with the graded cells of the same run.

What it guarantees:

- A file is complete or absent, whenever the process is killed.
- A damaged file counts as absent; it is never read as a result.
- Several processes may write the same key at once: equal keys have equal reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from autograder.grading.kept import write_whole
from autograder.grading.keys import Keys
from autograder.grading.report import CellReport, Report, ReportError, cell_from_json, cell_to_json


class ReportStore:
    """Reports under one folder.

    Args:
        folder: made when the first report is stored.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the report of a key lies."""
        return Path(f"{self.folder}/{key[:2]}/{key}.json")

    def find(self, key: str) -> Report | None:
        """Return the report of a key, or `None` when there is none that can be read."""
        try:
            report = Report.from_bytes(self.path(key).read_bytes())
        except (OSError, ReportError):
            return None
        return report if report.key == key else None

    def find_cells(self, keys: Keys) -> dict[str, CellReport]:
        """Return the graded cells that were checked before, by grade id."""
        found: dict[str, CellReport] = {}
        try:
            stored = json.loads(self._cells_path(keys.run).read_bytes())
            for grade_id, key in keys.cells.items():
                if key in stored and stored[key]["grade_id"] == grade_id:
                    found[grade_id] = cell_from_json(stored[key])
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return found

    def store(self, report: Report, keys: Keys) -> None:
        """Store a report and its cells."""
        if keys.run and not report.refusal:
            cells = {
                keys.cells[cell.grade_id]: cell_to_json(cell)
                for cell in report.cells
                if cell.grade_id in keys.cells
            }
            write_whole(self._cells_path(keys.run), json.dumps(cells, sort_keys=True).encode())
        write_whole(self.path(report.key), report.to_bytes())

    def keys(self) -> Iterable[str]:
        """Return the keys of all stored reports."""
        return (path.stem for path in sorted(self.folder.glob("??/*.json")))

    def _cells_path(self, run: str) -> Path:
        return Path(f"{self.folder}/cells/{run[:2]}/{run}.json")
