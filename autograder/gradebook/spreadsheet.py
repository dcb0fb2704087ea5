"""Tables that a spreadsheet can open without running what a student typed.

What it guarantees: text has no control characters and one line, and nowhere begins a formula:
neither at its start nor behind what some spreadsheets take for the end of a cell. An apostrophe
stands before what would.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from autograder.gradebook.safe_text import plain_text

_FORMULA_STARTS = "=+-@"  # and what looks so: in full width, small, raised
_SEPARATORS = ",;|\t"
_FILLERS = "\u115f\u1160"  # letters that nobody sees, and what stands for them elsewhere


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], separator: str = ",") -> str:
    """Return a CSV file's text.

    Args:
        columns: the names in its first line.
        rows: values in the same order; `None` is an empty field.
        separator: between fields.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow([field(column) for column in columns])
    writer.writerows([field(value) for value in row] for row in rows)
    return text.getvalue()


def field(value: Any) -> str:
    """Return a value as the text of one field."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return without_formulas(plain_text(value).replace("\n", " "))


def without_formulas(text: str) -> str:
    """Return a text in which no cell can begin with a formula.

    >>> without_formulas("x;=1+1"), without_formulas(" -1"), without_formulas("a-b")
    ("x;'=1+1", " '-1", 'a-b')
    """
    made: list[str] = []
    begins = True
    for character in text:
        plain = unicodedata.normalize("NFKC", character).replace("\u2212", "-")[:1]
        if begins and plain in _FORMULA_STARTS:
            made.append("'")
        made.append(character)
        visible = plain.isalnum() and plain not in _FILLERS
        passed_over = not visible and plain not in _FORMULA_STARTS and plain != "'"
        begins = plain in _SEPARATORS or (begins and passed_over)
    return "".join(made)
