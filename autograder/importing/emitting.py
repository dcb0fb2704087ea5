"""The text of what an import writes: cells of `notebook.py`, check files, words of settings.

What it guarantees: `autograder.course.percent` reads a cell's text back as it was, but for blank
lines at its ends, comments that look like markers or magics, which get one more comment sign, and
lines of text like markers, which get a blank.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass

from autograder.importing.converting import Converted


@dataclass
class Cell:
    """A cell of ours in the making; `role` as in the marker of `notebook.py`."""

    cell_type: str
    source: str
    number: int
    grade_id: str = ""
    grade: bool = False
    solution: bool = False
    points: float = 0.0


def quoted(text: str) -> str:
    """Return a text as TOML has it, without characters that show nothing."""
    clean = "".join(char if char.isprintable() or char in "\t" else " " for char in text)
    return json.dumps(clean, ensure_ascii=False)


def check_file(cell: Cell, checks: list[Converted]) -> str:
    """Return the text of the hidden check file of a graded cell."""
    points = f"{cell.points:g}" if float(f"{cell.points:g}") == cell.points else repr(cell.points)
    plural = "s" * (cell.points != 1)
    parts = [f'"""Imported tests (grade cell `{cell.grade_id}`, {points} point{plural})."""']
    imports = sorted({one for check in checks for one in check.imports})
    wanted = sorted({one for check in checks for one in check.checking})
    if imports:
        parts.append("\n".join(imports))
    if wanted:
        parts.append(f"from autograder.checking import {', '.join(wanted)}")
    text = "\n\n".join(parts)
    helpers = {name: one for check in checks for name, one in check.helpers.items()}
    for function in (*helpers.values(), *(check.function for check in checks)):
        text += f"\n\n\n{ast.unparse(function)}"
    return text + "\n"


def cell_text(cell: Cell) -> str:
    """Return a cell as `notebook.py` has it."""
    metadata: dict[str, object] = {}
    if cell.grade_id:
        metadata["grade_id"] = cell.grade_id
    metadata |= {key: True for key in ("grade", "solution") if getattr(cell, key)}
    if cell.grade:
        metadata["points"] = int(cell.points) if cell.points.is_integer() else cell.points
    marker = "# %%" if cell.cell_type == "code" else f"# %% [{cell.cell_type}]"
    if metadata:
        marker += f" nbgrader={json.dumps(metadata)}"
    lines = cell.source.strip("\n").split("\n")
    body = map(_code_line, lines) if cell.cell_type == "code" else map(_comment, lines)
    return "\n".join([marker, *body]).rstrip()


def _comment(line: str) -> str:
    if not line.strip():
        return "#"
    return f"#  {line}" if _LIKE_MARKER.match(f"# {line}") else f"# {line}"


_LIKE_MARKER = re.compile(r"# ?%%(?=\s|$)")
_LIKE_MAGIC = re.compile(r"\s*# ?(%{1,2}[A-Za-z]|!\s*[A-Za-z.~$/])")


def _code_line(line: str) -> str:
    """Return a line of code; what would read as a marker or a magic is commented once more."""
    if re.match(r"\s*(%{1,2}[A-Za-z]|!\s*[A-Za-z.~$/])", line):
        indent = line[: len(line) - len(line.lstrip())]
        return f"{indent}# {line.lstrip()}"
    if _LIKE_MARKER.match(line) or _LIKE_MAGIC.match(line):
        return f"# {line}"
    return line
