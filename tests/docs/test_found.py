"""The page of what was found names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "found.md"
FILE = re.compile(r"`([\w/]+\.py)`((?::? ?,? ?`test_\w+…?`)*)")
NAME = re.compile(r"`(test_\w+)(…?)`")


def test_every_row_names_tests_that_are_there() -> None:
    """Each row has a file, and each name, whole or by its beginning, is one of its tests."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith("| What was found")]
    assert len(rows) > 20
    for row in rows:
        found = FILE.findall(row.rsplit("|", 2)[-2])
        assert found, row
        for file, names in found:
            text = (ROOT / "tests" / file).read_text(encoding="utf-8")
            for name, is_cut in NAME.findall(names):
                assert re.search(rf"def {name}" + ("" if is_cut else r"\("), text), (file, name)
