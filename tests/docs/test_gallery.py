"""Each family has a figure, and three sentences at least that say what one sees."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch

from reference.registry import FAMILIES

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_figure_that_is_explained(family: str) -> None:
    """A heading, a function `figure`, and three sentences between them."""
    tree = ast.parse((GALLERY / f"{family}.py").read_text(encoding="utf-8"))
    heading, _, text = (ast.get_docstring(tree) or "").partition("\n")
    assert heading
    assert len(re.findall(r"[.;:](?:\s|$)", text)) >= 3
    assert any(isinstance(node, ast.FunctionDef) and node.name == "figure" for node in tree.body)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_axis_with_numbers_says_of_what(family: str) -> None:
    """Whatever shows the numbers of an axis has a name beside them."""
    mpl.use("Agg")
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as when the documentation is built
    drawing = runpy.run_path(str(GALLERY / f"{family}.py"))["figure"]()
    for axes in drawing.axes:
        if not axes.axison:
            continue
        for axis, side in ((axes.xaxis, "labelbottom"), (axes.yaxis, "labelleft")):
            if len(axis.get_ticklocs()) and axis.get_tick_params().get(side, True):
                assert axis.get_label_text() or axes.get_label() == "<colorbar>"
    torch.set_num_threads(before)
    plt.close(drawing)
