"""An empty course, and what becomes of a notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.importing import Translated, find, read, translate

from ..foreign_notebooks import Cell, write_notebook


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return an empty course."""
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    return Layout(tmp_path / "course", tmp_path / "course" / "var")


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Translated]:
    """Return what translates a notebook of these cells, called `hw.ipynb`."""

    def run(*cells: Cell) -> Translated:
        [found] = find([write_notebook(tmp_path / "in" / "hw.ipynb", list(cells))])
        return translate(found, read(found.notebook))

    return run
