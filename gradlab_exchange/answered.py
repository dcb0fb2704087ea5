"""How many questions of an assignment's folder are answered, for the person who hands it in.

What it guarantees: it only reads, and what cannot be read counts as nothing and is no error: who
hands in decides.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbgrader.utils import compute_checksum, find_all_notebooks, is_solution


def answered(folder: Path) -> tuple[int, int]:
    """Return how many questions are answered, and how many there are.

    A question is a cell that the student fills in; it is answered when it is no longer what was
    released, which its own checksum tells.
    """
    changed = total = 0
    for name in find_all_notebooks(folder):
        if any(part.startswith(".") for part in Path(name).parts):
            continue  # Jupyter's own copies, which stay at home
        try:
            cells = nbformat.read(folder / name, as_version=4).cells
            of_notebook = [
                compute_checksum(cell) != cell.metadata.nbgrader["checksum"]
                for cell in cells
                if is_solution(cell) and "checksum" in cell.metadata.nbgrader
            ]
        except Exception:  # noqa: BLE001, S112  # a file that is no notebook, or one that is broken
            continue
        total += len(of_notebook)
        changed += sum(of_notebook)
    return changed, total
