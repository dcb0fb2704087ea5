"""The page of what was found names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "found.md"
FILE = re.compile(r"`([\w/]+\.py)`((?::? ?,? ?`test_\w+…?`)*)")
NAME = re.compile(r"`(test_\w+)(…?)`")


def test_every_row_names_tests_that_are_there() -> None:
    """Nearly each row has a file, and each name, whole or by its beginning, is a test in it."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith("| What was found")]
    assert len(rows) > 20
    files = [FILE.findall(row.rsplit("|", 2)[-2]) for row in rows]
    assert sum(not found for found in files) < len(rows) / 10  # what `gradlab verify` holds
    for file, names in (one for found in files for one in found):
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        for name, is_cut in NAME.findall(names):
            assert re.search(rf"def {name}" + ("" if is_cut else r"\("), text), (file, name)
