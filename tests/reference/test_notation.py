"""One notation: equations are written alike in all families, and stand above their lines."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import reference

ROOT = Path(reference.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
OTHER_WORDS = {
    r"(?<![\w.])sigmoid\(": "σ(",
    r"\blearning_rate\b": "η",
    r"\bdiscount\b": "γ",
    r"\bepsilon\b": "ε",
    r"\^T\b": "ᵀ",
    r"\^2\b": "²",
    r"\bdelta_": "δ_",
    r"(?<![\w.])relu\(": "ReLU(",
    r" \* ": "⊙ or ·",
}
"""Spellings that an equation does not have, and what it has instead (see the README)."""


def equations(text: str) -> str:
    """What stands under or behind `Equation:` in a docstring."""
    blocks = re.findall(r"^Equation:\n((?:    .*\n?|\n(?=    ))+)", text, re.M)
    return "\n".join([*blocks, *re.findall(r"^Equation: ((?:.+\n?)+)", text, re.M)])


def documented(tree: ast.Module):
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield node, ast.get_docstring(node) or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_equations_are_written_in_one_notation(path: Path):
    """Neither in docstrings nor in comments above or behind lines is another word for the same."""
    text = path.read_text(encoding="utf-8")
    found = [equations(said) for _, said in documented(ast.parse(text))]
    found += [
        line
        for line in re.findall(r"(?:^ +|  )# (.+)$", text, re.M)
        if re.search(r" (=|<-) |_\{?t\b", line)
    ]
    for other, ours in OTHER_WORDS.items():
        assert not [one for one in found if re.search(other, one)], f"write {ours}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_docstring_writes_letters_as_a_typewriter_would(path: Path):
    """Neither `h^T` nor `h~` anywhere, whether behind `Equation:` or in a sentence."""
    said = [text for _, text in documented(ast.parse(path.read_text(encoding="utf-8")))]
    assert not [text for text in said if re.search(r"\^T\b|[a-z]~_|\|\^", text)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_function_with_an_equation_has_it_above_a_line(path: Path):
    """Each function whose docstring has an equation has a comment with one in its body."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    missing = []
    for node, said in documented(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and "Equation:" in said and len(node.body) > 2:
            body = lines[node.body[0].end_lineno : node.end_lineno]
            if not any(re.match(r"\s*# .*(=|<-|\(|\+|/| - )", line) for line in body):
                missing.append(node.name)
    assert missing == []
