"""Each family has a figure, and three sentences at least that say what one sees."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

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
