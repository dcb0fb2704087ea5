"""Read nbgrader's notebooks: the instructor's source version.

What it guarantees:

- A cell is what its metadata say, of any of nbgrader's schemas (1 to 3).
- Lines between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS` are tests that no student gets;
  a mark scheme becomes part of the solution. What was moved or left out is a note.

What it does not do: import nbgrader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from autograder.course.solution import BEGIN, END
from autograder.importing.foreign import (
    ForeignCell,
    ForeignNotebook,
    Part,
    RawCell,
    Test,
    title_of,
)

_HIDDEN = re.compile(r"#+\s*(?P<way>BEGIN|END)\s+HIDDEN\s+TESTS?\s*$")
_SCHEME = re.compile(r"#*\s*(?P<way>BEGIN|END)\s+MARK\s+SCHEME\s*$")


def is_nbgrader(cells: Sequence[RawCell]) -> bool:
    """Return whether a cell has a name of nbgrader's."""
    return any(isinstance(cell.metadata.get("nbgrader"), dict) for cell in cells)


def read_nbgrader(path: Path, cells: list[RawCell]) -> ForeignNotebook:
    """Return what nbgrader's metadata make of the cells."""
    notes: list[tuple[int, str]] = []
    read = [_cell(cell, notes) for cell in cells if cell.source.strip() or cell.pictures]
    return ForeignNotebook(path, title_of(path, cells), tuple(read), tuple(notes))


def _cell(cell: RawCell, notes: list[tuple[int, str]]) -> ForeignCell:
    raw = cell.metadata.get("nbgrader")
    table = raw if isinstance(raw, dict) else {}
    grade, solution = table.get("grade") is True, table.get("solution") is True
    part = {
        (False, False): Part.GIVEN,
        (False, True): Part.ANSWER,
        (True, False): Part.TEST,
        (True, True): Part.ESSAY,
    }[grade, solution]
    if table.get("task") is True:
        part = Part.TASK
    elif part is Part.TEST and cell.cell_type != "code":
        part = Part.ESSAY  # of nbgrader's first schema
    grade_id = table.get("grade_id")
    points = _points(table.get("points"), cell, notes) if grade or part is Part.TASK else 0.0
    source, hidden = cell.source, frozenset[int]()
    if cell.cell_type == "code":
        source, hidden = _without_hidden(cell.source)
    tests: tuple[Test, ...] = ()
    if part is Part.TEST:
        tests = (Test(cell.source, hidden),)
    elif hidden:
        notes.append((cell.number, "hidden tests outside a test are left out; no one ran them"))
    if part in (Part.ESSAY, Part.TASK):
        source = _with_scheme(source)
    return ForeignCell(
        cell.number,
        cell.cell_type,
        part,
        source,
        grade_id if isinstance(grade_id, str) else "",
        points,
        tests,
        cell.pictures,
    )


def _points(value: object, cell: RawCell, notes: list[tuple[int, str]]) -> float:
    try:
        points = float(value)  # type: ignore[arg-type]  # what is no number is told
    except (TypeError, ValueError, OverflowError):
        points = math.nan
    if math.isfinite(points) and points >= 0:
        return points
    notes.append((cell.number, f"points are {value!r}; taken as 0"))
    return 0.0


def _without_hidden(source: str) -> tuple[str, frozenset[int]]:
    """Return the lines that students get, and the numbers of the others."""
    kept, hidden, inside = [], set(), False
    for number, line in enumerate(source.split("\n"), start=1):
        marker = _HIDDEN.fullmatch(line.strip())
        if marker or inside:
            hidden.add(number)
        else:
            kept.append(line)
        if marker:
            inside = marker["way"] == "BEGIN"
    return "\n".join(kept).rstrip("\n"), frozenset(hidden)


def _with_scheme(source: str) -> str:
    lines = []
    for line in source.split("\n"):
        marker = _SCHEME.fullmatch(line.strip())
        lines.append(line if marker is None else BEGIN if marker["way"] == "BEGIN" else END)
    return "\n".join(lines)
