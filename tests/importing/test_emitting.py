"""What is written reads back as what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.percent import read_cells
from autograder.importing.emitting import Cell, cell_text


@pytest.mark.parametrize(
    ("kind", "source", "back"),
    [
        ("code", "%%time\nf(1)\n  !ls", None),
        ("code", "x = 1\n\n\n# a comment\n\ty", None),
        ("code", "# %% no cell\nx", "# # %% no cell\nx"),
        ("code", "#%%\n# %time\n# !ls", "# #%%\n# # %time\n# # !ls"),
        ("code", "x = '''\n# ---\n'''", None),
        ("markdown", "# Title\n\n100 %% of it\n    code", None),
        ("markdown", "%% of it\n%%", " %% of it\n %%"),
        ("raw", "%%", " %%"),
        ("markdown", "# %%\n%matplotlib", None),
        ("raw", "anything\n# %%", None),
    ],
)
def test_cell_reads_back(tmp_path: Path, kind: str, source: str, back: str | None) -> None:
    """No text of a stranger's begins a cell, or becomes a magic line."""
    path = tmp_path / "notebook.py"
    cells = [Cell(kind, source, 1, "a-name"), Cell("code", "last = 1", 2)]
    path.write_text("\n\n".join(map(cell_text, cells)) + "\n", encoding="utf-8")
    assert [(c.cell_type, c.source) for c in read_cells(path)] == [
        (kind, source if back is None else back),
        ("code", "last = 1"),
    ]
