"""What a student receives instead of a solution.

What it guarantees:

- A region between the markers becomes one stub, indented like the region's first line; everything
  outside the markers stays as it is. An answer cell without markers becomes the stub as a whole.
- Markers are exact lines. Anything that resembles a marker is a finding, not text for students.

The stubs are nbgrader's own, so that its tools make the same release from the same source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)

_RESEMBLES = re.compile(
    r"(begin|end)[\s_-]*(solution|hidden[\s_-]*tests?|mark[\s_-]*scheme)", re.IGNORECASE
)
_HIDDEN_TESTS = re.compile(r"hidden[\s_-]*tests?", re.IGNORECASE)
_MARK_SCHEME = re.compile(r"mark[\s_-]*scheme", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A marker that is wrong: the 0-based line within the cell, and why."""

    line: int
    message: str


def findings(source: str, *, is_answer: bool) -> list[Finding]:
    """Return what is wrong with the markers of a cell."""
    found = []
    opened: int | None = None
    lines = source.split("\n")
    for number, line in enumerate(lines):
        mark = line.strip()
        if not _RESEMBLES.search(line):
            continue
        if _HIDDEN_TESTS.search(line):
            message = (
                f"{mark!r}: tests are not hidden in the notebook here; move the lines between the "
                "markers into the cell's check file checks/test_<grade_id>.py, which no student "
                "gets, and take the markers out"
            )
        elif _MARK_SCHEME.search(line):
            message = (
                f"{mark!r}: write the scheme into the essay's solution, between {BEGIN!r} and "
                f"{END!r}, and take these markers out"
            )
        elif mark not in (BEGIN, END):
            message = f"{mark!r} resembles a marker and would leak; write {BEGIN!r} or {END!r}"
        elif not is_answer:
            message = f"{mark!r} outside an answer cell would leak; only a solution cell has it"
        elif mark == BEGIN and opened is not None:
            message = f"{BEGIN!r} inside a region that is already open; close it by {END!r} first"
        elif mark == END and opened is None:
            message = f"{END!r} without a {BEGIN!r} before it in this cell"
        else:
            opened = number if mark == BEGIN else None
            continue
        found.append(Finding(number, message))
    if opened is not None:
        found.append(Finding(opened, f"{BEGIN!r} without an {END!r} after it in this cell"))
    return found


def strip_solution(source: str, cell_type: str) -> str:
    """Return what a student receives of an answer cell whose markers are right."""
    stub = CODE_STUB if cell_type == "code" else TEXT_STUB
    kept: list[str] = []
    inside = replaced = False
    for line in source.split("\n"):
        mark = line.strip()
        if mark == BEGIN:
            inside = replaced = True
            indent = line[: len(line) - len(line.lstrip())]
            kept.extend(indent + text for text in stub)
        elif mark == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept) if replaced else "\n".join(stub)


def solution_lines(source: str) -> list[str]:
    """Return the instructor's lines that `strip_solution` takes away, stripped."""
    lines = [line.strip() for line in source.split("\n")]
    if BEGIN not in lines:
        return [line for line in lines if line]
    taken = []
    inside = False
    for line in lines:
        if line in (BEGIN, END):
            inside = line == BEGIN
        elif inside and line:
            taken.append(line)
    return taken
