"""Which checks each named wrong case loses, as `gradlab verify` last saw it.

    losses/<assignment>.json

What it guarantees: what was seen of another text of the case, or with other checks, counts as not
seen. A file is the old one or the new one; a damaged one counts as absent.

What it does not do: run a case (`gradlab verify` does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.cases import ANSWERS_NAME, Case
from autograder.course.layout import Layout
from autograder.course.manifest import Manifest
from autograder.grading.report import Report, Verdict
from autograder.records import read_regular, write_whole

MOST_BYTES = 4_000_000
Lost = frozenset[tuple[str, Verdict]]


class Losses:
    """What is known of one course's cases.

    Args:
        layout: of the course.
    """

    def __init__(self, layout: Layout) -> None:
        self._folder = layout.home / "losses"

    def keep(self, manifest: Manifest, seen: Mapping[str, tuple[Case, Report]]) -> None:
        """Remember what cases of an assignment lost, by name.

        Raises:
            OSError: it cannot be written.
        """
        found = self._read(manifest.assignment)
        for name, (case, report) in seen.items():
            for cell in report.cells:
                if cell.grade_id in manifest.checks and cell.checks:
                    lost = [
                        [check.name, str(check.verdict)]
                        for check in cell.checks
                        if check.verdict is not Verdict.PASSED
                    ]
                    digest = _digest(manifest, case, cell.grade_id)
                    found.setdefault(name, {})[cell.grade_id] = {"of": digest, "lost": lost}
        write_whole(self._path(manifest.assignment), json.dumps(found).encode())

    def seen(self, manifest: Manifest, cases: Sequence[Case]) -> dict[tuple[str, str], Lost]:
        """Return which checks cases lose, by case and graded cell, as far as it is known."""
        known, found = self._read(manifest.assignment), {}
        for case in cases:
            for cell in manifest.checks:
                try:
                    one = known[case.name][cell]
                    lost = frozenset((str(name), Verdict(verdict)) for name, verdict in one["lost"])
                    if one["of"] == _digest(manifest, case, cell):
                        found[case.name, cell] = lost
                except (KeyError, TypeError, ValueError, OSError):
                    continue
        return found

    def _read(self, assignment: str) -> dict[str, dict[str, dict[str, Any]]]:
        try:
            found = json.loads(read_regular(self._path(assignment), MOST_BYTES))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _path(self, assignment: str) -> Path:
        return self._folder / f"{assignment}.json"


def _digest(manifest: Manifest, case: Case, cell: str) -> str:
    """Return a hash of what a case has written and of the checks that see it."""
    data = b"\0".join(
        path.read_bytes() for path in (case.folder / ANSWERS_NAME, manifest.checks[cell])
    )
    return hashlib.sha256(data).hexdigest()[:16]
