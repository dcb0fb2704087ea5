"""Read a notebook of any system that is known here."""

from __future__ import annotations

from pathlib import Path

from autograder.importing.classroom import read_classroom
from autograder.importing.foreign import ForeignNotebook, ImportRefused, read_raw
from autograder.importing.nbgrader import is_nbgrader, read_nbgrader
from autograder.importing.otter import is_otter, read_otter


def read(path: Path) -> ForeignNotebook:
    """Return what a notebook file, or a repository of GitHub Classroom, holds.

    Raises:
        ImportRefused: it is no notebook, or of no system that is known.
    """
    if path.is_dir():
        return read_classroom(path)
    cells = read_raw(path)
    if is_nbgrader(cells):
        return read_nbgrader(path, cells)
    if is_otter(cells):
        return read_otter(path, cells)
    raise ImportRefused(
        f"{path}: no cell has a grade id of nbgrader's or begins a question of Otter's, so nothing "
        "says what is graded; mark answers and tests in Jupyter by Create Assignment, and try again"
    )
