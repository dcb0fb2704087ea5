"""A small manifest, and notebooks made of cells, for the tests of grading."""

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.course.manifest import Cell, Manifest, Role

STUB = "def clip(gradient, threshold):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
ANSWER = "def clip(gradient, threshold):\n    return gradient"


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """An assignment with text, setup, two answers, two self-checks and an essay."""
    cells = (
        Cell("title", "markdown", Role.GIVEN, "# Title", "# Title"),
        Cell("setup", "code", Role.GIVEN, "import torch", "import torch"),
        Cell("clip_answer", "code", Role.ANSWER, STUB, ANSWER),
        Cell("clip", "code", Role.GRADED, "clip(1, 2)", "clip(1, 2)", points=2),
        Cell("size_answer", "code", Role.ANSWER, "size = None", "size = 3"),
        Cell("size", "code", Role.GRADED, "print(size)", "print(size)", points=1),
        Cell("why", "markdown", Role.ESSAY, "YOUR ANSWER HERE", "Because.", points=4),
    )
    checks = {}
    for grade_id in ("clip", "size"):
        path = tmp_path / "checks" / f"test_{grade_id}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("def test_it(student): pass\n")
        checks[grade_id] = path
    return Manifest("tiny", "Tiny", cells, checks, tmp_path)


def release_cells(manifest: Manifest) -> list[dict[str, Any]]:
    """The cells of the notebook that a student receives."""
    return [
        {
            "cell_type": cell.cell_type,
            "id": cell.cell_id,
            "metadata": {"nbgrader": {"grade_id": cell.cell_id}},
            "source": cell.source,
        }
        for cell in manifest.cells
    ]


def notebook(cells: list[Any], **extra: Any) -> bytes:
    """The bytes of an nbformat 4 notebook."""
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, **extra}).encode()


@pytest.fixture
def cells(manifest: Manifest) -> list[dict[str, Any]]:
    """The release cells with both answers filled in."""
    cells = release_cells(manifest)
    cells[2]["source"] = ANSWER
    cells[4]["source"] = "size = 3"
    return cells
