"""What a test finds when it runs: the names that the notebook's cells above it have bound.

What it guarantees:

- A cell is parsed, never run. One that is not Python, or is too long, binds nothing.
- A helper that the course gives may go along with a check only when it needs nothing but its
  arguments, Python's own names for plain data, and libraries that a check may use.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

LIBRARIES = frozenset(
    {
        "cmath", "collections", "copy", "decimal", "fractions", "functools", "itertools", "math",
        "nose", "numbers", "numpy", "operator", "pytest", "random", "re", "statistics", "string",
        "torch", "typing",
    }
)  # fmt: skip
"""What a check may use: plain data, numpy, torch; nose's assertions are written anew."""

_REFUSED = frozenset(
    {
        "__build_class__", "__debug__", "__doc__", "__import__", "__loader__", "__name__",
        "__package__", "__spec__", "aiter", "anext", "breakpoint", "classmethod", "compile",
        "copyright", "credits", "delattr", "dir", "eval", "exec", "exit", "getattr", "globals",
        "hasattr", "help", "id", "input", "license", "locals", "memoryview", "object", "open",
        "property", "quit", "setattr", "staticmethod", "super", "vars",
    }
)  # fmt: skip
BUILTINS = frozenset(dir(builtins)) - _REFUSED
MOST_CHARACTERS = 20_000  # of a cell that is parsed: a parser's memory is many times that


class NotPython(ValueError):
    """A cell that cannot be parsed; the message says why."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def parse(source: str) -> ast.Module:
    """Return the syntax tree of a cell.

    Raises:
        NotPython: it is not Python, or has IPython's own syntax, or is too long.
    """
    for number, line in enumerate(source.split("\n"), start=1):
        if line.lstrip().startswith(("%", "!")):
            raise NotPython("has IPython's own syntax", number)
    if len(source) > MOST_CHARACTERS:
        raise NotPython(f"has more than {MOST_CHARACTERS} characters")
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise NotPython(f"is not Python: {error.msg}", error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPython("is not Python that can be read") from error


@dataclass
class Surroundings:
    """The names bound above a cell.

    Args:
        names: all that are the student's: bound in cells of theirs or of the course's.
        classes: those that a `class` statement binds.
        imports: alias -> the statement that imports it, of libraries that a check may use.
        foreign: alias -> module, of the other imported modules.
        helpers: functions of the course's own cells that a check may take along.
    """

    names: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, ast.FunctionDef] = field(default_factory=dict)

    def add(self, source: str, *, is_answer: bool) -> None:
        """Let a code cell bind its names."""
        kept = [line for line in source.split("\n") if not line.lstrip().startswith(("%", "!"))]
        try:
            tree = parse("\n".join(kept))
        except NotPython:
            return
        for statement in tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.take_import(statement)
                continue
            for name in bound_names([statement]):
                self.names.add(name)
                for table in (self.classes, self.imports, self.foreign, self.helpers):
                    table.discard(name) if isinstance(table, set) else table.pop(name, None)
            if isinstance(statement, ast.ClassDef):
                self.classes.add(statement.name)
            if isinstance(statement, ast.FunctionDef) and not is_answer:
                self._offer(statement)

    def take_import(self, statement: ast.Import | ast.ImportFrom) -> None:
        """Let an import bind its names: here when a check may use the library."""
        for alias in statement.names:
            if isinstance(statement, ast.Import):
                module, bound = alias.name, alias.asname or alias.name.split(".")[0]
            else:
                module, bound = statement.module or "", alias.asname or alias.name
            is_ours = module.split(".")[0] in LIBRARIES and not getattr(statement, "level", 0)
            self.names.discard(bound)
            if is_ours and alias.name != "*":
                one = (
                    ast.Import([alias])
                    if isinstance(statement, ast.Import)
                    else ast.ImportFrom(module, [alias], 0)
                )
                self.imports[bound] = ast.unparse(one)
            elif isinstance(statement, ast.Import):
                self.foreign[bound] = module
            elif alias.name != "*":
                self.names.add(bound)  # from a helper module: it lives in the notebook

    def _offer(self, function: ast.FunctionDef) -> None:
        if function.decorator_list:
            return
        known = {*BUILTINS, *self.imports, *self.helpers, function.name}
        if set(free_names(function)) <= known and not _touches_more(function):
            self.helpers[function.name] = function


def bound_names(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind in their own scope."""
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            continue
        if isinstance(
            node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        ):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0]
        pending.extend(ast.iter_child_nodes(node))


def parameters(function: ast.FunctionDef | ast.Lambda) -> Iterator[str]:
    """Yield the names of a function's parameters."""
    given = function.args
    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if one is not None:
            yield one.arg


def free_names(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names that a function reads and nothing in it binds, whatever the inner scope."""
    own = {function.name}
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            own.update(parameters(node))
        if isinstance(node, ast.FunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            own.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            own.add(node.name)
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id not in own:
            yield node.id


def _touches_more(function: ast.FunctionDef) -> bool:
    """Return whether a function does more than compute from its arguments."""
    refused = (
        ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.ClassDef, ast.Try, ast.Await,
        ast.AsyncFunctionDef, ast.Yield, ast.YieldFrom,
    )  # fmt: skip
    return any(
        isinstance(node, refused)
        or (isinstance(node, ast.Attribute) and (node.attr.startswith("_") or node.attr in FILES))
        for node in ast.walk(function)
    )


FILES = frozenset(
    {"fromfile", "genfromtxt", "load", "loadtxt", "memmap", "save", "savetxt", "savez", "tofile"}
)
"""Attributes of numpy and torch that read or write files, which a check does not have."""
