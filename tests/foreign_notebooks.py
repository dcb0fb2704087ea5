"""Small notebooks of other systems, made from a list of cells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Cell = dict[str, Any]


def given(source: str, kind: str = "code") -> Cell:
    return {"cell_type": kind, "metadata": {}, "source": source}


def answer(source: str, grade_id: str = "answer") -> Cell:
    return _marked(source, grade_id, solution=True)


def graded(source: str, grade_id: str = "test", points: Any = 1) -> Cell:
    return _marked(source, grade_id, grade=True, points=points)


def essay(source: str, grade_id: str = "essay", points: Any = 1, kind: str = "markdown") -> Cell:
    return _marked(source, grade_id, kind, grade=True, solution=True, points=points)


def task(source: str, grade_id: str = "task", points: Any = 1) -> Cell:
    return _marked(source, grade_id, "markdown", task=True, points=points)


def _marked(source: str, grade_id: str, kind: str = "code", **marks: Any) -> Cell:
    table = {"grade": False, "solution": False, "locked": False, "schema_version": 3, "task": False}
    return {
        "cell_type": kind,
        "metadata": {"nbgrader": {**table, "grade_id": grade_id, **marks}},
        "source": source.splitlines(keepends=True),
    }


def write_notebook(path: Path, cells: list[Cell], **other: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"kernelspec": {"language": "python", "name": "python3"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 2, **other}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def raw(source: str) -> Cell:
    return given(source, "raw")


def shown(source: str, output: str) -> Cell:
    """Return a code cell with the value that it showed."""
    result = {"output_type": "execute_result", "data": {"text/plain": output}}
    return {**given(source), "outputs": [result]}
