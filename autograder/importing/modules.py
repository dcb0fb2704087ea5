"""A module that students fill in, as cells: what they write, and what is given.

What it guarantees:

- A function or class that tests ask for, or whose starter is a stub, is an answer; its solution
  stands between our markers, its signature and its docstring are shown.
- A starter that is no stub, beside no solved module, is taken for the solution itself.

What it does not do: run or import anything.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autograder.course.solution import BEGIN, END
from autograder.importing.surroundings import NotPython, bound_names, parse

_Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Definition:
    """One cell of a module.

    Args:
        module: its name.
        name: of what a student writes; empty for what is given.
        source: with the solution between markers, if it is an answer.
        binds: the names that it binds.
        is_answer: whether a student writes it.
        is_solved: whether a solution is known.
    """

    module: str
    name: str
    source: str
    binds: frozenset[str]
    is_answer: bool = False
    is_solved: bool = True


@dataclass(frozen=True)
class Module:
    """A module's cells, in order, and what was left out."""

    definitions: tuple[Definition, ...]
    notes: tuple[str, ...] = ()


def read_module(name: str, starter: str, solved: str, asked: Collection[str]) -> Module:
    """Return the cells of a module.

    Args:
        name: of the module.
        starter: its text as students get it.
        solved: the text of the solved module, empty when there is none.
        asked: names that tests take from it.
    """
    try:
        theirs = _defined(starter)
        ours = _defined(solved) if solved else theirs
        tree = parse(solved or starter)
    except NotPython as error:
        return Module((), (f"{name}.py {error}; it is left out",))
    text = solved or starter
    notes: list[str] = []
    made: list[Definition] = []
    for statement in tree.body:
        if _is_main(statement):
            notes.append(f"{name}.py: what runs when it is called as a program is left out")
            continue
        source = _lines(text, statement)
        binds = frozenset(bound_names([statement]))
        if not isinstance(statement, _Defined):
            if not _is_docstring(statement):
                made.append(Definition(name, "", source, binds))
            continue
        first = theirs.get(statement.name)
        is_stub = first is None or _is_stub(first)
        differs = first is not None and ast.dump(first) != ast.dump(ours[statement.name])
        if not (statement.name in asked or is_stub or differs):
            made.append(Definition(name, "", source, binds))
            continue
        is_solved = not _is_stub(ours[statement.name])
        made.append(
            Definition(name, statement.name, _marked(text, statement), binds, True, is_solved)
        )
    return Module(tuple(_joined(made)), tuple(notes))


def _joined(definitions: list[Definition]) -> Iterator[Definition]:
    """Yield given statements that follow each other as one cell."""
    waiting: list[Definition] = []

    def given() -> Iterator[Definition]:
        if waiting:
            source = "\n".join(one.source for one in waiting)
            binds = frozenset[str]().union(*(one.binds for one in waiting))
            yield Definition(waiting[0].module, "", source, binds)
            waiting.clear()

    for one in definitions:
        if one.is_answer:
            yield from given()
            yield one
        else:
            waiting.append(one)
    yield from given()


def _defined(text: str) -> dict[str, _Defined]:
    return {one.name: one for one in parse(text).body if isinstance(one, _Defined)}


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _is_stub(node: _Defined) -> bool:
    """Return whether a definition does nothing yet; a class: whether a method of it does."""
    if isinstance(node, ast.ClassDef):
        methods = [one for one in node.body if isinstance(one, _Defined)]
        return any(map(_is_stub, methods)) or not (methods or _own_body(node))
    return all(
        isinstance(one, ast.Pass | ast.Raise)
        or (isinstance(one, ast.Return) and (one.value is None or _is_none(one.value)))
        or _is_docstring(one)
        for one in node.body
    ) and not any(isinstance(one, ast.Raise) and not _is_unwritten(one) for one in node.body)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_unwritten(node: ast.Raise) -> bool:
    return node.exc is not None and "NotImplemented" in ast.unparse(node.exc)


def _own_body(node: _Defined) -> list[ast.stmt]:
    return node.body[1:] if node.body and _is_docstring(node.body[0]) else node.body


def _lines(text: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


def _marked(text: str, node: _Defined) -> str:
    """Return a definition with its bodies between our markers."""
    lines = text.split("\n")
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    assert node.end_lineno is not None
    methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
    parts = methods if isinstance(node, ast.ClassDef) and methods else [node]
    places = [_region(part) for part in parts]
    if not all(places):
        return "\n".join([BEGIN, *lines[first - 1 : node.end_lineno], END])
    made: list[str] = []
    begins = {place[0]: place for place in places if place}
    ends = {place[1]: place for place in places if place}
    for number in range(first, node.end_lineno + 1):
        if number in begins:
            made.append(" " * begins[number][2] + BEGIN)
        made.append(lines[number - 1])
        if number in ends:
            made.append(" " * ends[number][2] + END)
    return "\n".join(made)


def _region(node: _Defined) -> tuple[int, int, int] | None:
    """Return first and last line of a body behind its docstring, and its indent."""
    body = _own_body(node)
    if not body or body[0].lineno == node.lineno or node.end_lineno is None:
        return None
    documented = node.body[0].end_lineno if body is not node.body else None
    first = body[0].lineno if documented is None else documented + 1  # comments are the solution's
    return first, node.end_lineno, body[0].col_offset
