"""A notebook of another system, as this package works with it: the one model of all formats.

What it guarantees:

- What is read is a plain file of at most `MOST_BYTES`, a notebook of version 4 in Python, whose
  cells are text; anything else is `ImportRefused` with what to do.
- Nothing of a notebook is run, and its names are no paths (see `autograder.importing.finding`).

What it does not do: know what the cells are for; that is each format's own module.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from autograder.course.problems import CourseError
from autograder.records.files import NotRegularError, TooLargeError, read_regular

MOST_BYTES = 64 << 20
MOST_CELLS = 2_000
MOST_CHARACTERS = 200_000  # of one cell
_CELL_TYPES = ("code", "markdown", "raw")


class ImportRefused(CourseError):
    """What was named cannot be brought into the course; the message says what to do."""


class Part(StrEnum):
    """What a cell is for, whatever its system calls that."""

    GIVEN = "given"
    ANSWER = "answer"  # worth no points by itself
    TEST = "test"
    ESSAY = "essay"  # a person grades it
    TASK = "task"  # as an essay, without a place for the answer


@dataclass(frozen=True)
class Test:
    """One piece of a graded cell's tests.

    Args:
        source: all of it, hidden lines included.
        hidden: 1-based lines of `source` that students do not get.
        points: what it is worth, when its author says so.
        hint: what its author tells who fails it.
        name: of the test, in reasons; empty when it has none.
        by_hand: why it can be no check, as the end of a sentence about it.
    """

    __test__ = False  # for pytest

    source: str
    hidden: frozenset[int] = frozenset()
    points: float | None = None
    hint: str = ""
    name: str = ""
    by_hand: str = ""


@dataclass(frozen=True)
class ForeignCell:
    """One cell.

    Args:
        number: 1-based place in its notebook, as messages name it.
        cell_type: `code`, `markdown` or `raw`.
        part: what it is for.
        source: what the instructor's notebook shows, solutions between our markers, no hidden test.
        grade_id: its name in its system, empty when it has none.
        points: what it is worth; 0 when nothing.
        tests: of a `TEST`.
        pictures: attached name -> bytes.
        by_hand: why its tests can be no check; empty when each says for itself.
    """

    number: int
    cell_type: str
    part: Part
    source: str
    grade_id: str = ""
    points: float = 0.0
    tests: tuple[Test, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    by_hand: str = ""


@dataclass(frozen=True)
class ForeignNotebook:
    """A notebook as its format's module understood it.

    Args:
        path: the file.
        title: its first heading, else the file's name.
        cells: in order.
        notes: what was changed or left out in reading, as (cell number, sentence).
        files: names of files that the notebook itself says belong to it.
    """

    path: Path
    title: str
    cells: tuple[ForeignCell, ...]
    notes: tuple[tuple[int, str], ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawCell:
    """A cell as the file has it: type, text, metadata, attached pictures and text of its output."""

    number: int
    cell_type: str
    source: str
    metadata: Mapping[str, Any]
    pictures: Mapping[str, bytes]
    output: str = ""


def read_raw(path: Path) -> list[RawCell]:
    """Return the cells of a notebook file.

    Raises:
        ImportRefused: it is no notebook of Python that can be read.
    """
    try:
        data = read_regular(path, MOST_BYTES)
    except TooLargeError as error:
        raise ImportRefused(f"{path}: {error.strerror}; clear the outputs and try again") from error
    except (NotRegularError, OSError) as error:
        raise ImportRefused(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImportRefused(
            f"{path}: is no notebook (JSON): {error}; open it in Jupyter and save it again"
        ) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ImportRefused(
            f"{path}: has no cells where version 4 of the format has them; open it in Jupyter, "
            "which converts older ones, and save it again"
        )
    language = _language(notebook)
    if language.lower() not in ("", "python", "ipython", "python3"):
        raise ImportRefused(f"{path}: its language is {language!r}; only Python is graded here")
    if len(notebook["cells"]) > MOST_CELLS:
        raise ImportRefused(
            f"{path}: {len(notebook['cells'])} cells; at most {MOST_CELLS} are read"
        )
    return [_raw(path, number, cell) for number, cell in enumerate(notebook["cells"], start=1)]


def _language(notebook: Mapping[str, Any]) -> str:
    metadata = notebook.get("metadata")
    for table, key in (("kernelspec", "language"), ("language_info", "name")):
        inner = metadata.get(table) if isinstance(metadata, dict) else None
        value = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(value, str) and value:
            return value
    return ""


def _raw(path: Path, number: int, cell: object) -> RawCell:
    def refuse(why: str) -> ImportRefused:
        return ImportRefused(f"{path}: cell {number} {why}; mend or delete it in Jupyter")

    if not isinstance(cell, dict) or cell.get("cell_type") not in _CELL_TYPES:
        raise refuse("is no code, markdown or raw cell")
    source = _text(cell.get("source"))
    if source is None:
        raise refuse("has no text")
    if len(source) > MOST_CHARACTERS:
        raise refuse(f"has {len(source)} characters; at most {MOST_CHARACTERS} are read")
    try:
        source.encode()
    except UnicodeEncodeError:
        raise refuse("has characters that are no text") from None
    metadata = cell.get("metadata")
    pictures = {}
    attached = cell.get("attachments")
    for name, kinds in (attached if isinstance(attached, dict) else {}).items():
        content = next(iter(kinds.values()), None) if isinstance(kinds, dict) else None
        try:
            pictures[str(name)] = base64.b64decode(_text(content) or "", validate=False)
        except (binascii.Error, ValueError):
            raise refuse(f"has an attachment {name!r} that cannot be decoded") from None
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return RawCell(
        number,
        cell["cell_type"],
        source,
        metadata if isinstance(metadata, dict) else {},
        pictures,
        _output(cell),
    )


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return None


def _output(cell: Mapping[str, Any]) -> str:
    """Return what the cell's run printed and showed, as text."""
    parts = []
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        shown = data.get("text/plain") if isinstance(data, dict) else output.get("text")
        parts.append(_text(shown) or "")
    return "".join(parts)


def title_of(path: Path, cells: list[RawCell]) -> str:
    """Return the first heading of a notebook, else its file's name."""
    for cell in cells:
        for line in cell.source.split("\n") if cell.cell_type == "markdown" else ():
            if line.startswith("#") and (words := line.lstrip("#").strip()):
                return "".join(char for char in words if char.isprintable())[:200]
    return path.stem
