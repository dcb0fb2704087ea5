"""Which answers are alike: texts that are the same program but for names and layout.

What it guarantees:

- Two answers have one shape when their trees differ in nothing but names that they bind themselves,
  annotations, docstrings, comments and layout. Constants and the order of statements count.
- Nothing runs. What cannot be read as Python is like what has the same words.

What it does not do: tell whether different programs compute the same.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping, Sequence

from autograder.checking.cell_text import TooLargeError, cell_tree, text_of

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def shape_of(texts: Sequence[str]) -> str:
    r"""Return a mark that answers with the same shape share; empty where nothing is written.

    Args:
        texts: of the cells of one answer, in order.

    >>> shape_of(["def f(a):\n    return a + 1"]) == shape_of(["def f( x ):return x+1  # so"])
    True
    >>> shape_of(["y = 1"]) == shape_of(["y = 2"])
    False
    """
    trees = [_tree(text) for text in texts]
    names = _bound(tree for tree in trees if tree is not None)
    said = []
    for text, tree in zip(texts, trees, strict=True):
        plain = None if tree is None else _plain(tree, names)
        if plain is None and text.strip():
            said.append(" ".join(text.split()))
        elif plain is not None and plain.body:
            said.append(ast.dump(plain))
    return (
        hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:16] if said else ""
    )


def plain_code(text: str) -> str:
    """Return an answer as one would print it, without comments, docstrings and annotations.

    Raises:
        ValueError: it cannot be read as Python, or not be written again.
    """
    tree = _tree(text)
    if tree is None:
        raise ValueError("the answer cannot be read as Python")
    return text_of(_plain(tree, {}))


def _tree(text: str) -> ast.Module | None:
    try:
        return cell_tree(text)
    except TooLargeError:
        return None


def _plain(tree: ast.Module, names: Mapping[str, str]) -> ast.Module:
    """Return a program without what computes nothing, with other names for some."""
    made = _Plain(names).visit(tree)
    assert isinstance(made, ast.Module)
    return made


def _bound(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Return the names that an answer binds, each with what stands for it, in order."""
    found: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            for name in _binds(node):
                found.setdefault(name, f"_{len(found)}")
    return found


def _binds(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,) if isinstance(node.ctx, ast.Store) else ()
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, _Definition):
        return (node.name,)
    if isinstance(node, ast.alias):
        return (node.asname,) if node.asname else ()
    if isinstance(node, ast.ExceptHandler):
        return (node.name,) if node.name else ()
    return ()


class _Plain(ast.NodeTransformer):
    """Takes out what computes nothing, and puts other names in place of those that are bound."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit(self, node: ast.AST) -> ast.AST:
        """Return a node without what does not count."""
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            node = ast.copy_location(ast.Assign([node.target], node.value), node)
        elif isinstance(node, ast.AnnAssign):
            node = ast.copy_location(ast.Pass(), node)
        for field in ("id", "arg", "name", "asname"):
            if isinstance(old := getattr(node, field, None), str):
                setattr(node, field, self._names.get(old, old))
        for field in ("annotation", "returns", "type_comment"):
            if hasattr(node, field):
                setattr(node, field, None)
        if isinstance(node, ast.Module | _Definition):
            node.body = _without_texts(node.body, may_be_empty=isinstance(node, ast.Module))
        return self.generic_visit(node)


def _without_texts(body: list[ast.stmt], *, may_be_empty: bool) -> list[ast.stmt]:
    """Return statements without those that are only a text."""
    left = [
        one
        for one in body
        if not (
            isinstance(one, ast.Expr)
            and isinstance(one.value, ast.Constant)
            and isinstance(one.value.value, str)
        )
    ]
    return left or ([] if may_be_empty else [ast.Pass()])
