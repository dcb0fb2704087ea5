r"""How much of a student's notebook is shown, so that making a page of it takes seconds at most.

Formgrader and feedback colour code and set markdown with other people's regular expressions. Some
of them take the square of what they read: ten thousand blank lines in one cell are minutes, in
which a formgrader shows nobody anything.

What it guarantees:

- Of a cell, and of all cells together, so much text is kept; a cut is said.
- Long runs of blank lines are shortened, and very long lines are broken, in code.
- HTML, markdown and TeX among the outputs count, too; what is too much is left to their plain text.

What it does not do: touch what is graded. The submitted notebook has everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from autograder.grading.report import ExecutedCell

CELL_CHARACTERS: Final = 30_000
ALL_CHARACTERS: Final = 200_000
LINE_CHARACTERS: Final = 1_000
ENVIRONMENTS: Final = 100  # of TeX, in one text: the end of each is sought through all that follows
_SET: Final = ("text/html", "text/markdown", "text/latex")  # what is read to be shown
_BLANK: Final = re.compile(r"\n[^\S\n]+(?=\n)")
_BLANK_LINES: Final = re.compile(r"\n{12,}")
_LONG: Final = re.compile(rf"[^\n]{{{LINE_CHARACTERS}}}(?=[^\n])")


def bounded(cells: Iterable[ExecutedCell], locked: Collection[str]) -> Iterator[ExecutedCell]:
    """Give the cells of a report with as much of them as is shown.

    Args:
        cells: in order.
        locked: cells whose text is the course's own.
    """
    left = ALL_CHARACTERS
    for cell in cells:
        source = cell.source
        if cell.cell_id not in locked:
            source = _code(source) if cell.cell_type == "code" else _environments(source)
            source = _cut(source, min(left, CELL_CHARACTERS), cell.cell_type)
            left -= len(source)
        if source == cell.source and not cell.outputs:  # as most are; making one anew takes time
            yield cell
            continue
        outputs = []
        for output in cell.outputs:
            kept, used = _output(output, left)
            left -= used
            outputs.append(kept)
        yield replace(cell, source=source, outputs=tuple(outputs))


def _code(text: str) -> str:
    text = _BLANK_LINES.sub("\n" * 12, _BLANK.sub("\n", f"\n{text}"))[1:]
    return _LONG.sub("\\g<0>\n", text) if len(text) > LINE_CHARACTERS else text


def _environments(text: str) -> str:
    many = text.count("\\begin") > ENVIRONMENTS
    return text.replace("\\begin", "\\ begin") if many else text


def _cut(text: str, characters: int, cell_type: str) -> str:
    if len(text) <= max(0, characters):
        return text
    mark = "# " if cell_type == "code" else "\n"
    note = f"… {len(text) - max(0, characters)} characters more are not shown here"
    return f"{text[: max(0, characters)]}\n{mark}{note}"


def _output(output: Mapping[str, Any], left: int) -> tuple[Mapping[str, Any], int]:
    """Return an output as far as it is shown, and how many characters it takes of the rest."""
    data = output.get("data")
    if not isinstance(data, Mapping):
        return output, 0
    kept = {mime: _shown(mime, value, left) for mime, value in data.items()}
    kept = {mime: value for mime, value in kept.items() if value is not None}
    used = sum(len(value) for mime, value in kept.items() if mime in _SET)
    return {**output, "data": kept or {"text/plain": "[this output is too much to be shown]"}}, used


def _shown(mime: str, value: Any, left: int) -> Any:
    if mime not in _SET or not isinstance(value, str):
        return value
    return _environments(value) if len(value) <= left else None
