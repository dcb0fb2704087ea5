"""How many questions of an assignment's folder are answered, for the person who hands it in.

What it guarantees: it only reads, and what cannot be read counts as nothing and is no error: who
hands in decides.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbgrader.utils import compute_checksum, find_all_notebooks, is_solution


def answered(folder: Path) -> tuple[int, int]:
    """Return how many questions are answered, and how many there are, in the notebook that counts.

    A question is a cell that the student fills in; it is answered when it is no longer what was
    released, which its own checksum tells. As in grading, the notebook of the folder's own name
    counts, and where nothing is answered in it, the one with the most answers.
    """
    own = f"{folder.name}.ipynb"
    counted = [
        ((done > 0 and name == own, done, name == own), (done, total))
        for name in notebooks(folder)
        for done, total in (_counted(folder / name),)
    ]
    return max(counted)[1] if counted else (0, 0)


def notebooks(folder: Path) -> list[str]:
    """Return a folder's notebooks, without Jupyter's own copies, which stay at home."""
    found = sorted(find_all_notebooks(folder))
    return [one for one in found if not any(part.startswith(".") for part in Path(one).parts)]


def _counted(notebook: Path) -> tuple[int, int]:
    try:
        cells = nbformat.read(notebook, as_version=4).cells
        changed = [
            compute_checksum(cell) != cell.metadata.nbgrader["checksum"]
            for cell in cells
            if is_solution(cell) and "checksum" in cell.metadata.nbgrader
        ]
    except Exception:  # noqa: BLE001  # a file that is no notebook, or one that is broken
        return 0, 0
    return sum(changed), len(changed)
