"""Formgrader's pages without a hub."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter

from autograder.hub.formgrader.server import MATHJAX, GuardedFormgrader


def test_formulas_need_no_internet(tmp_path: Path) -> None:
    """A submission's page loads MathJax, with its safe mode, from this server and nowhere else."""
    cells = [nbformat.v4.new_markdown_cell("$e^{i\\pi}$")]
    path = tmp_path / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    config = GuardedFormgrader.build_extra_config(GuardedFormgrader())
    resources = {"base_url": "/services/dl", "index": 0, "total": 1, "submission_id": "x",
                 "assignment_id": "a", "notebook_id": "n", "student": "s", "last_name": None,
                 "first_name": None, "notebook_path": "p"}  # fmt: skip
    page, _ = HTMLExporter(config=config).from_filename(str(path), resources=resources)
    assert 'src="../../mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe"' in page
    assert "cdnjs" not in page
    for name in ("MathJax.js", "config/TeX-AMS-MML_HTMLorMML-full.js", "config/Safe.js"):
        assert (MATHJAX / name).is_file()
