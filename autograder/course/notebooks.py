"""Make notebooks (nbformat 4.5) of a manifest.

What it guarantees:

- The same manifest gives the same bytes.
- Cell ids are the manifest's, which for answer, graded and essay cells are the grade ids.
- nbgrader metadata follow its schema 3; a release has the locks and checksums that nbgrader's own
  preprocessors would have written.

What it does not do: import nbgrader or nbformat; the tests hold its output against both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from autograder.course.manifest import Cell, Manifest, Role

NBGRADER_SCHEMA = 3
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def release_notebook(manifest: Manifest) -> dict[str, Any]:
    """Return the notebook that a student receives: no solutions, locked cells locked."""
    return _notebook(manifest, [_released_cell(cell, cell.source) for cell in manifest.cells])


def submission_notebook(manifest: Manifest, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return a submission: the release with answers filled in, by grade id.

    Raises:
        KeyError: an answer is for a cell that a student does not fill in.
    """
    for cell_id in answers:
        if manifest.cell(cell_id).role not in (Role.ANSWER, Role.ESSAY):
            raise KeyError(f"cell {cell_id!r} of {manifest.assignment!r} is no answer cell")
    cells = [
        _released_cell(cell, answers.get(cell.cell_id, cell.source)) for cell in manifest.cells
    ]
    return _notebook(manifest, cells)


def solution_notebook(manifest: Manifest) -> dict[str, Any]:
    """Return the instructor's notebook with solutions and markers: nbgrader's source version."""
    return _notebook(manifest, [_plain_cell(cell, cell.solution) for cell in manifest.cells])


def notebook_bytes(notebook: Mapping[str, Any]) -> bytes:
    """Return a notebook as the bytes of an `.ipynb` file: sorted keys, one line per source line."""
    cells = [{**cell, "source": cell["source"].splitlines(True)} for cell in notebook["cells"]]
    text = json.dumps(
        {**notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
    )
    return text.encode() + b"\n"


def nbgrader_checksum(cell: Cell, source: str) -> str:
    """Return nbgrader's checksum of a cell: it tells an edited cell from an untouched one."""
    graded = cell.role in (Role.GRADED, Role.ESSAY)
    answered = cell.role in (Role.ANSWER, Role.ESSAY)
    parts = [source, cell.cell_type, str(graded), str(answered), str(not answered), cell.cell_id]
    if graded:
        parts.append(str(float(cell.points)))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _notebook(manifest: Manifest, cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": cells,
        "metadata": {
            "gradlab": {"assignment": manifest.assignment},
            "kernelspec": dict(_KERNEL),
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _plain_cell(cell: Cell, source: str) -> dict[str, Any]:
    answered = cell.role in (Role.ANSWER, Role.ESSAY)
    graded = cell.role in (Role.GRADED, Role.ESSAY)
    nbgrader: dict[str, Any] = {
        "grade": graded,
        "grade_id": cell.cell_id,
        "locked": not answered,
        "schema_version": NBGRADER_SCHEMA,
        "solution": answered,
        "task": False,
    }
    if graded:
        nbgrader["points"] = int(cell.points) if cell.points.is_integer() else cell.points
    made: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": cell.cell_id,
        "metadata": {"nbgrader": nbgrader},
        "source": source,
    }
    if cell.cell_type == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def _released_cell(cell: Cell, source: str) -> dict[str, Any]:
    made = _plain_cell(cell, source)
    made["metadata"]["deletable"] = False
    if cell.role in (Role.GIVEN, Role.GRADED):
        made["metadata"]["editable"] = False
    nbgrader = made["metadata"]["nbgrader"]
    nbgrader["cell_type"] = cell.cell_type
    nbgrader["checksum"] = nbgrader_checksum(cell, cell.source)  # of the release: nbgrader's rule
    return made
