"""The cache of reports: one file per content key, and one per graded cell's key.

What it guarantees:

- A file is complete or absent, whenever the process is killed: it is written beside its place,
  flushed, and renamed.
- A damaged file counts as absent; it is never read as a result.
- Several processes may write the same key at once: equal keys have equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
        return self.folder / key[:2] / f"{key}.json"

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
        for grade_id, key in keys.cells.items():
            try:
                cell = cell_from_json(json.loads(self._cell_path(key).read_bytes()))
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if cell.grade_id == grade_id:
                found[grade_id] = cell
        return found

    def store(self, report: Report, cell_keys: Mapping[str, str]) -> None:
        """Store a report and its cells."""
        for cell in report.cells:
            if cell.grade_id in cell_keys and not report.refusal:
                text = json.dumps(cell_to_json(cell), sort_keys=True)
                write_whole(self._cell_path(cell_keys[cell.grade_id]), text.encode())
        write_whole(self.path(report.key), report.to_bytes())

    def keys(self) -> Iterable[str]:
        """Return the keys of all stored reports."""
        return (path.stem for path in sorted(self.folder.glob("??/*.json")))

    def _cell_path(self, key: str) -> Path:
        return self.folder / "cells" / key[:2] / f"{key}.json"
