"""Read notebook text (jupytext's py:percent) into cells that know their lines.

What it guarantees:

- Cells are what jupytext reads of the same text: markdown without its comment signs, magics and
  shell lines without theirs. The tests hold every notebook of the course against jupytext.
- Every cell knows the line of its marker, so that a message can point into the text.
- Text that belongs to no cell, and metadata that cannot be read, are problems, never dropped.

What it does not do: know what the cells are for (see `autograder.course.source` for notebooks and
`autograder.course.cases` for the answers of a case), or import jupytext: that costs every command
two seconds of processor time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.problems import Problem, SourceError

_MARKER = re.compile(r"^# ?%%(?=\s|$)(?P<rest>.*)$")
_TYPE = re.compile(r"\[(?P<type>markdown|raw)\]")
_KEY = re.compile(r"(?P<key>[A-Za-z_][\w-]*)=")
_MAGIC = re.compile(r"^\s*# ?(%{1,2}[A-Za-z]|!\s*[A-Za-z.~$/])")


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
        SourceError: the file cannot be read, text in it belongs to no cell, or a marker or a line
            of markdown cannot be understood.
    """
    lines = read_text(path).split("\n")
    starts = [number for number, line in enumerate(lines) if _MARKER.match(line)]
    if not starts:
        raise SourceError([Problem(path, 0, "has no cell; a cell starts with a line '# %%'")])
    _refuse_preamble(path, lines[: starts[0]])
    ends = [*starts[1:], len(lines)]
    problems: list[Problem] = []
    cells = []
    for start, end in zip(starts, ends, strict=True):
        try:
            cells.append(_read_cell(lines[start], lines[start + 1 : end], start + 1))
        except _Unreadable as error:
            problems.append(Problem(path, start + 1 + error.offset, str(error)))
    if problems:
        raise SourceError(problems)
    return cells


class _Unreadable(Exception):  # becomes a `Problem`; never leaves this module
    """What is wrong with a cell, so many lines under its marker."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def _read_cell(marker: str, body: list[str], line: int) -> TextCell:
    match = _MARKER.match(marker)
    assert match is not None
    rest = match["rest"].strip()
    kind = "code"
    typed = _TYPE.match(rest)
    if typed:
        kind = typed["type"]
        rest = rest[typed.end() :].lstrip()
    metadata = dict(_pairs(rest))
    while body and not body[-1].strip():
        body.pop()
    source = _code(body) if kind == "code" else _uncommented(body)
    return TextCell(kind, "\n".join(source), metadata, line, tuple(body))


def _pairs(rest: str) -> Iterator[tuple[str, Any]]:
    decoder = json.JSONDecoder()
    while rest:
        key = _KEY.match(rest)
        if key is None:
            raise _Unreadable(f"{rest!r} in the cell's marker; expected key=value, value as JSON")
        try:
            value, end = decoder.raw_decode(rest, key.end())
        except ValueError as error:
            raise _Unreadable(f"{key['key']} in the cell's marker is not JSON: {error}") from error
        yield key["key"], value
        rest = rest[end:].lstrip()


def _code(body: list[str]) -> list[str]:
    return [re.sub(r"# ?", "", text, count=1) if _MAGIC.match(text) else text for text in body]


def _uncommented(body: list[str]) -> list[str]:
    source = []
    for offset, text in enumerate(body, start=1):
        if text.startswith("#"):
            source.append(text[2:] if text.startswith("# ") else text[1:])
        elif text.strip():
            raise _Unreadable(f"{text!r} in a cell of text; every line starts with '#'", offset)
        else:
            source.append("")
    return source


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
