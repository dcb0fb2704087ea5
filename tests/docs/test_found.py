"""The page of what was found names tests and cases that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "found.md"
FILE = re.compile(r"`([\w/]+\.py)`((?::? ?,? ?`test_\w+…?`)*)")
NAME = re.compile(r"`(test_\w+)(…?)`")
CASES = re.compile(r"\bcases? ((?:`[\w-]+`(?:, | and )?)+)")


def test_every_row_names_tests_or_cases_that_are_there() -> None:
    """Each name, whole or by its beginning, is a test in its file; each case one of the course."""
    _, _, tables = PAGE.read_text(encoding="utf-8").partition("## Wrong verdicts")
    rows = [line for line in tables.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith("| What was found")]
    assert len(rows) > 60
    submissions = {path.name for path in (ROOT / "solutions").glob("*/submissions/*")}
    for row in rows:
        held = row.rsplit("|", 2)[-2]
        files = FILE.findall(held)
        cases = re.findall(r"`([\w-]+)`", " ".join(CASES.findall(held)))
        assert files or cases or "`solutions/*/checks`" in held, row
        assert submissions.issuperset(cases), row
        for file, names in files:
            text = (ROOT / "tests" / file).read_text(encoding="utf-8")
            for name, is_cut in NAME.findall(names):
                assert re.search(rf"def {name}" + ("" if is_cut else r"\("), text), (file, name)
