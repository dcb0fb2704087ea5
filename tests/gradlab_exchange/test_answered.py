"""How many questions a folder answers, as the person who hands it in is told."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

import nbformat

from gradlab_exchange.answered import answered
from gradlab_exchange.outlook import words

from ..serving import ROOT

RELEASED = ROOT / "assignments" / "recurrent" / "recurrent.ipynb"


def test_a_question_is_answered_when_it_is_not_what_was_released(tmp_path: Path) -> None:
    """Running the stub, own cells, Jupyter's copies and broken files change nothing."""
    notebook = nbformat.read(RELEASED, as_version=4)
    asked = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("solution")]
    asked[0].execution_count = 7
    notebook.cells.append(nbformat.v4.new_code_cell("scratch = 1"))
    nbformat.write(notebook, tmp_path / "recurrent.ipynb")
    copies = tmp_path / ".ipynb_checkpoints"
    copies.mkdir()
    nbformat.write(notebook, copies / "recurrent-checkpoint.ipynb")
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "list.ipynb").write_text(json.dumps({"cells": ["mine"]}))
    assert answered(tmp_path) == (0, len(asked))
    asked[1].source += "\nanswer = 2"
    nbformat.write(notebook, tmp_path / "recurrent.ipynb")
    assert answered(tmp_path) == (1, len(asked))
    assert answered(tmp_path / "nowhere") == (0, 0)


def test_of_several_notebooks_the_one_that_is_graded_is_counted(tmp_path: Path) -> None:
    """A copy beside an answered notebook is not looked at; beside an untouched one it counts."""
    folder = tmp_path / "recurrent"
    folder.mkdir()
    notebook = nbformat.read(RELEASED, as_version=4)
    asked = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("solution")]
    nbformat.write(notebook, folder / "recurrent.ipynb")
    for one in asked[:2]:
        one.source += "\nanswer = 2"
    nbformat.write(notebook, folder / "recurrent-Copy1.ipynb")
    assert answered(folder) == (2, len(asked))
    asked[1].source = asked[1].source.removesuffix("\nanswer = 2")
    nbformat.write(notebook, folder / "recurrent.ipynb")
    assert answered(folder) == (1, len(asked))


def test_what_cannot_be_counted_is_not_said() -> None:
    """A notebook of another system has no questions: none of "0 of 0"."""
    said = {"received_at": "2026-11-21T16:47:03+00:00", "attempt": 1, "grading": "now"}
    assert words(said, UTC, (2, 3)) == (
        "Received 16:47 UTC, attempt 1, 2 of 3 questions answered; graded at once."
    )
    assert "answered" not in words(said, UTC)
