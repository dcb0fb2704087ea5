"""Read a submitted notebook file, whatever it is, into plain cells.

What it guarantees:

- Whatever the bytes are, the answer is a `SubmittedNotebook` or `Refused` with a reason; time and
  memory are bounded by the size of the file.
- Only cell types, sources, ids and pictures are taken; outputs and other metadata are dropped.
- A picture that was pasted into a text stays with it, under a name that follows from its content;
  one that cannot be kept is named.
- A path is opened without following a link, and only if it is a regular file.

What it does not do: compare with the manifest (see `repair`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.grading.errors import Refused
from autograder.grading.pictures import MAX_PICTURE_CHARACTERS, with_pictures
from autograder.grading.report import Repair
from autograder.records import NotRegularError, open_regular

MAX_FILE_BYTES = 100 * 2**20
MAX_BESIDE = 10  # other notebooks in one submission
MAX_VALUES = 2_000_000  # lists, objects, numbers, texts: each takes a hundred bytes once it is read
MAX_CELLS = 5_000
MAX_SOURCE_CHARACTERS = 1_000_000
MAX_SOURCES_CHARACTERS = 8_000_000  # of all cells together
NO_NOTEBOOK = b'{"gradlab": "no notebook was submitted"}\n'  # stands where one is missing
_BLANK = re.compile(r"[ \t\r\n]*")
_CONFLICT = ("\n<<<<<<< ", "\n>>>>>>> ")  # as git marks what it could not merge
# a text that never ends matches, too: else it would be read again from each quote inside of it
_STRING_OR_VALUE = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{,]', re.DOTALL)
CELL_TYPES = ("code", "markdown", "raw")


@dataclass(frozen=True)
class SubmittedCell:
    """One cell as it came.

    Args:
        cell_type: `code`, `markdown` or `raw`.
        source: its text, valid Unicode without lone surrogates or NUL.
        grade_id: the grade id that its nbgrader metadata claims, or empty.
        cell_id: the notebook cell id, or empty.
        pictures: of a markdown cell: name in the source -> PNG or JPEG in Base64.
    """

    cell_type: str
    source: str
    grade_id: str = ""
    cell_id: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SubmittedNotebook:
    """The cells of a submitted notebook, and what had to be mended to read them."""

    cells: tuple[SubmittedCell, ...]
    repairs: tuple[Repair, ...] = ()


def read_file(path: Path) -> bytes:
    """Read a submitted file without following links.

    Raises:
        Refused: it is missing, no regular file, too large, or cannot be read.
    """
    try:
        file = open_regular(path)
    except FileNotFoundError:
        raise Refused(f"There is no file {path.name!r} in the submission.") from None
    except NotRegularError:
        raise Refused(f"{path.name!r} is not a regular file; expected a notebook file.") from None
    except OSError as error:
        raise Refused(
            f"{path.name!r} cannot be opened ({error.strerror}); expected a notebook file."
        ) from error
    with file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_FILE_BYTES:
            raise Refused(_too_large(size))
        try:
            return file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise Refused(f"{path.name!r} cannot be read ({error.strerror}).") from error


def notebooks_beside(path: Path) -> dict[str, bytes]:
    """Return the other notebooks in a submission's folder by name; those that can be read."""
    found: dict[str, bytes] = {}
    for other in sorted(path.parent.glob("*.ipynb"))[: MAX_BESIDE + 1]:
        if other.name == path.name or sum(map(len, found.values())) > MAX_FILE_BYTES:
            continue
        with contextlib.suppress(Refused):
            found[other.name] = read_file(other)
    return found


def read_notebook(data: bytes) -> SubmittedNotebook:
    """Read the bytes of a notebook.

    Args:
        data: the file's content, of any kind.

    Returns:
        The cells in order.

    Raises:
        Refused: the bytes are no notebook that can be read.
    """
    if len(data) > MAX_FILE_BYTES:
        raise Refused(_too_large(len(data)))
    if data == NO_NOTEBOOK:
        raise Refused("There is no notebook in the submission. Submit it again with the notebook.")
    if not data.strip():
        raise Refused("The notebook file is empty. Save the notebook again and submit it anew.")
    repairs: list[Repair] = []
    raw_cells = _raw_cells(_parse(_decode(data, repairs), repairs), repairs)
    if len(raw_cells) > MAX_CELLS:
        raise Refused(f"The notebook has {len(raw_cells)} cells; at most {MAX_CELLS} are read.")
    cells = [_read_cell(raw, number, repairs) for number, raw in enumerate(raw_cells, start=1)]
    total = sum(len(cell.source) for cell in cells if cell is not None)
    if total > MAX_SOURCES_CHARACTERS:
        raise Refused(
            f"The notebook's cells have {total} characters together; at most "
            f"{MAX_SOURCES_CHARACTERS} are read."
        )
    return SubmittedNotebook(tuple(cell for cell in cells if cell is not None), tuple(repairs))


def clean_text(text: str) -> str:
    """Return the text without NUL characters and lone surrogates, which no file can hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _decode(data: bytes, repairs: list[Repair]) -> str:
    encoding = json.detect_encoding(data)
    if not encoding.startswith("utf-8"):
        name = encoding[:6].upper()
        repairs.append(Repair("encoding", "", f"The file was {name}; it was read as such."))
        return data.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        repairs.append(
            Repair("encoding", "", "The file was not UTF-8; letters that are not ASCII may differ.")
        )
        return data.decode("cp1252", "replace")


def _parse(text: str, repairs: list[Repair]) -> Any:
    """Return the JSON value that the text begins with."""
    if _has_too_many_values(text):
        raise Refused(
            f"The notebook holds more than {MAX_VALUES} values. Clear its outputs (Edit > Clear "
            "Outputs of All Cells) and submit it again."
        )
    start = _BLANK.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    try:
        content, end = json.JSONDecoder().raw_decode(text, start)
    except RecursionError:
        raise Refused("The notebook's JSON is nested too deeply to be a notebook.") from None
    except ValueError as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "a number"
        reason = "its JSON is damaged"
        if all(mark in text for mark in _CONFLICT):
            reason = "a merge of two versions was not finished (`<<<<<<<`), its JSON is damaged"
        raise Refused(
            f"The file is not a notebook: {reason} at {place}. Open it in JupyterLab, save it and "
            "submit it again."
        ) from None
    if text[end:].strip(" \t\r\n\0"):
        repairs.append(
            Repair("trailing-data", "", "What stood behind the end of the notebook was left out.")
        )
    return content


def _has_too_many_values(text: str) -> bool:
    if sum(map(text.count, "[{,")) <= MAX_VALUES:
        return False
    values = 0
    for number, match in enumerate(_STRING_OR_VALUE.finditer(text)):
        values += text[match.start()] != '"'
        if values > MAX_VALUES or number > 3 * MAX_VALUES:
            return True
    return False


def _raw_cells(content: Any, repairs: list[Repair]) -> list[Any]:
    if not isinstance(content, dict):
        raise Refused(
            f"The file is not a notebook: it holds a JSON {_kind(content)}, not an object."
        )
    cells = content.get("cells")
    if isinstance(cells, list):
        return cells
    worksheets = content.get("worksheets")  # nbformat 3
    if isinstance(worksheets, list):
        repairs.append(Repair("old-format", "", "The notebook was in the old format 3."))
        sheets = [sheet.get("cells") for sheet in worksheets if isinstance(sheet, dict)]
        return [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    raise Refused("The file is not a notebook: it has no list of cells.")


def _read_cell(raw: Any, number: int, repairs: list[Repair]) -> SubmittedCell | None:
    if not isinstance(raw, dict):
        repairs.append(
            Repair(
                "cell-unreadable", "", f"Cell {number} was a JSON {_kind(raw)}; it was left out."
            )
        )
        return None
    source = raw.get("source", raw.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        repairs.append(
            Repair("cell-unreadable", "", f"Cell {number} had no text; it was read as empty.")
        )
        source = ""
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise Refused(
            f"Cell {number} has {len(source)} characters; at most {MAX_SOURCE_CHARACTERS} are read."
        )
    cell_type = raw.get("cell_type")
    if cell_type == "heading":
        level = raw.get("level", 1)
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        cell_type, source = "markdown", f"{marks} {source}"
    if cell_type not in CELL_TYPES:
        cell_type = "raw"
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    cell_id = raw.get("id")
    cleaned = clean_text(source)
    if cleaned != source:
        message = f"Cell {number} had characters that no file can hold; they were replaced."
        repairs.append(Repair("odd-characters", "", message))
    pictures: dict[str, str] = {}
    if cell_type == "markdown" and raw.get("attachments"):
        cleaned, pictures, lost = with_pictures(cleaned, raw["attachments"])
        if lost:
            message = (
                f"{lost} pasted into cell {number} could not be kept; PNG and JPEG pictures of at "
                f"most {MAX_PICTURE_CHARACTERS * 3 // 4 // 2**20} MiB are."
            )
            repairs.append(Repair("picture-lost", "", message))
    return SubmittedCell(
        cell_type,
        cleaned,
        grade_id if isinstance(grade_id, str) else "",
        cell_id if isinstance(cell_id, str) else "",
        pictures,
    )


def _kind(value: Any) -> str:
    names = {list: "list", str: "string", int: "number", float: "number", bool: "truth value"}
    return names.get(type(value), "null" if value is None else "object")


def _too_large(size: int) -> str:
    return (
        f"The notebook file has {size / 2**20:.0f} MiB; at most {MAX_FILE_BYTES // 2**20} MiB are "
        "read. Clear its outputs (Edit > Clear Outputs of All Cells) and submit it again."
    )
