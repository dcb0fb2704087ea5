"""Read notebook text (jupytext py:percent) into cells that know their lines.

What it guarantees:

- Cells are what jupytext says they are: markdown without its comment signs, magics without theirs.
- Every cell knows the line of its marker, so that a message can point into the text.
- Text that belongs to no cell is a problem, never dropped.

What it does not do: know what the cells are for; see `autograder.course.source` for notebooks and
`autograder.course.cases` for the answers of a case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.problems import Problem, SourceError

_MARKER = re.compile(r"^# ?%%(?!%)(\s|$)")
_OWN_KEYS = frozenset({"lines_to_next_cell", "lines_to_end_of_cell_marker"})  # jupytext's spacing


@dataclass(frozen=True)
class TextCell:
    """One cell of a text notebook.

    Args:
        cell_type: `code`, `markdown` or `raw`.
        source: its text, as a notebook shows it.
        metadata: what stands in the cell's marker.
        line: 1-based line of the marker.
        lines: the raw lines under the marker; the first is line `line + 1` of the file.
    """

    cell_type: str
    source: str
    metadata: Mapping[str, Any]
    line: int
    lines: tuple[str, ...]

    def file_line(self, number: int) -> int:
        """Return the line of the file that holds the source's line of that 0-based number."""
        texts = self.source.split("\n")
        fragment = texts[number].strip()
        nth = sum(fragment in text for text in texts[:number])
        places = [n for n, text in enumerate(self.lines, start=1) if fragment in text]
        return self.line + places[nth] if nth < len(places) else self.line


def read_text(path: Path) -> str:
    """Return a source file's text.

    Raises:
        SourceError: the file is missing or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError([Problem(path, 0, "the file is missing; it is needed")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError([Problem(path, 0, f"cannot be read as UTF-8 text: {error}")]) from error


def read_cells(path: Path) -> list[TextCell]:
    """Return the cells of a py:percent file.

    Raises:
        SourceError: the file cannot be read, or text in it belongs to no cell.
    """
    import jupytext  # costs half a second, so it waits until text is parsed

    text = read_text(path)
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if _MARKER.match(line)]
    if not starts:
        raise SourceError([Problem(path, 0, "has no cell; a cell starts with a line '# %%'")])
    _refuse_preamble(path, lines[: starts[0]])
    notebook = jupytext.reads(text, fmt="py:percent")
    if len(notebook.cells) != len(starts):
        for count, start in enumerate(starts, start=1):
            until_here = jupytext.reads("\n".join(lines[: start + 1]), fmt="py:percent")
            if len(until_here.cells) != count:
                break
        message = "starts with '# %%' and starts no cell; keep it out of multi-line strings"
        raise SourceError([Problem(path, start + 1, message)])
    ends = [*starts[1:], len(lines)]
    return [
        TextCell(
            cell.cell_type,
            cell.source,
            {key: value for key, value in cell.metadata.items() if key not in _OWN_KEYS},
            start + 1,
            tuple(lines[start + 1 : end]),
        )
        for cell, start, end in zip(notebook.cells, starts, ends, strict=True)
    ]


def _refuse_preamble(path: Path, lines: list[str]) -> None:
    inside_header = False
    for number, line in enumerate(lines, start=1):
        if line.rstrip() == "# ---":
            inside_header = not inside_header
        elif line.strip() and not inside_header:
            raise SourceError(
                [
                    Problem(
                        path,
                        number,
                        f"text before the first cell: {line.strip()!r}; put it under a line '# %%'",
                    )
                ]
            )
