"""What the text of a cell says, read without running it."""

from __future__ import annotations

import ast
import re

from autograder.checking.cell_text import python_tree

_STUB = re.compile(
    r"[#\s]*(?:your (?:code|answer|solution) here\b.*"
    r"|raise NotImplementedError\b.*|pass|\.\.\.)?\s*",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.M)


def beginning(source: str) -> str:
    """Return the first line of a cell that says something, as it can be shown."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    line = next((one for one in lines if not one.startswith("#")), lines[0] if lines else "")
    return f"`{line[:40]}`" if line else "nothing"


def is_text(cell_type: str, source: str) -> bool:
    """Tell whether an own cell holds text for people beyond headings.

    In a code cell it is what is no Python, or does nothing: comments, a string.
    """
    if cell_type != "code":
        lines = (line.strip() for line in source.splitlines())
        return any(line and not line.startswith("#") for line in lines)
    tree = python_tree(source)
    does_nothing = tree is None or all(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for node in tree.body
    )
    return does_nothing and len(source.split()) > 2


def says_nothing(source: str) -> bool:
    """Tell whether a text has nothing but what nbgrader puts where an answer is to stand."""
    return all(_STUB.fullmatch(line) for line in source.splitlines())


def alike(source: str, other: str) -> bool:
    """Tell whether two texts differ in nothing but what editors change."""
    return source == other or normal(source) == normal(other)


def normal(source: str) -> str:
    """Return the text without trailing blanks and outer empty lines, which editors change."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def defined_names(source: str) -> set[str]:
    """Return the names that a cell defines at its top level, also when it has syntax errors."""
    tree = python_tree(source)
    if tree is None:
        return seemingly_defined_names(source)
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {
                t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)
            }
    return names


def seemingly_defined_names(source: str) -> set[str]:
    """Return the names that lines define by their look alone."""
    return {first or second for first, second in _DEFINITION.findall(source)}
