"""A file of pytest's tests as pieces that stand alone: each a script over the students' names.

What it guarantees:

- A test is its own lines, behind those of the file that it needs: imports, constants, helpers.
  What it imports from a module of the repository is a name of the notebook's.
- `pytest.mark.parametrize` is a loop. A test with fixtures or other marks has the reason why it
  is for a person.

What it does not do: run pytest.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.importing.foreign import Test
from autograder.importing.surroundings import LIBRARIES, NotPython, bound_names, parse

_PARAMETRIZE = "pytest.mark.parametrize"


@dataclass
class PytestFile:
    """One file of tests.

    Args:
        path: in the repository.
        modules: of the repository's -> the names that the tests take from it.
        tests: in order, each with the names that it reads.
    """

    path: str
    modules: dict[str, set[str]] = field(default_factory=dict)
    tests: list[tuple[Test, frozenset[str]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the file's name without its ending."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".py")

    def select(self, name: str, keyword: str) -> list[tuple[Test, frozenset[str]]]:
        """Return the tests of a name, and with a word in it; all for empty ones."""
        return [
            one
            for one in self.tests
            if (not name or one[0].name == name) and keyword in one[0].name
        ]


def read_pytests(path: str, text: str) -> PytestFile:
    """Return the tests of a file; one that is not Python has none."""
    found = PytestFile(path)
    try:
        tree = parse(text)
    except NotPython:
        return found
    renaming = _Renaming(found.modules)
    around: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            around.extend(renaming.imported(statement))
        elif isinstance(statement, ast.FunctionDef) and statement.name.startswith("test"):
            found.tests.append(_piece(statement, statement.name, around, renaming))
        elif isinstance(statement, ast.AsyncFunctionDef) and statement.name.startswith("test"):
            waits = Test(ast.unparse(statement), name=statement.name, by_hand="is asynchronous")
            found.tests.append((waits, frozenset()))
        elif isinstance(statement, ast.ClassDef) and _has_tests(statement):
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test"):
                    own = [one for one in inner.args.args if one.arg != "self"]
                    inner.args.args = own
                    found.tests.append(_piece(inner, inner.name, around, renaming))
        else:
            around.append(statement)
    return found


def _has_tests(node: ast.ClassDef) -> bool:
    bases = [ast.unparse(one) for one in node.bases]
    return node.name.startswith("Test") or any(one.endswith("TestCase") for one in bases)


def _piece(
    function: ast.FunctionDef, name: str, around: Sequence[ast.stmt], renaming: _Renaming
) -> tuple[Test, frozenset[str]]:
    body = list(function.body)
    left = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
    reason = ""
    for mark in function.decorator_list:
        loop = _loop(mark, body)
        if loop is None:
            reason = f"has the mark {ast.unparse(mark)[:80]}"
            continue
        body = [loop]
        left = [one for one in left if one not in set(bound_names([loop]))]
    if left:
        reason = f"asks for the fixture{'s' * (len(left) > 1)} {', '.join(left)}"
    script = [renaming.visit(one) for one in (*_needed(around, body), *body)]
    uses = frozenset(
        node.id for one in script for node in ast.walk(one) if isinstance(node, ast.Name)
    )
    text = "\n".join(ast.unparse(ast.fix_missing_locations(one)) for one in script)
    return Test(text, name=name, by_hand=reason), uses


def _loop(mark: ast.expr, body: list[ast.stmt]) -> ast.For | None:
    """Return `for a, b in [...]` of `parametrize("a, b", [...])`."""
    if not (isinstance(mark, ast.Call) and ast.unparse(mark.func) == _PARAMETRIZE):
        return None
    named = mark.args[0] if len(mark.args) == 2 and not mark.keywords else None
    if isinstance(named, ast.Constant) and isinstance(named.value, str):
        names = [one.strip() for one in named.value.split(",") if one.strip()]
    elif isinstance(named, ast.Tuple | ast.List):
        names = [str(getattr(one, "value", "")) for one in named.elts]
    else:
        return None
    if not names or not all(name.isidentifier() for name in names):
        return None
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
    return ast.For(target, mark.args[1], body, [])


def _needed(around: Sequence[ast.stmt], body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of the file that bind what a test reads, in their order."""
    kept: set[int] = set()
    names = _read(body)
    while True:
        new = {
            place
            for place, one in enumerate(around)
            if place not in kept and names & set(bound_names([one]))
        }
        if not new:
            return [around[place] for place in sorted(kept)]
        kept |= new
        names |= _read([around[place] for place in new])


def _read(statements: Sequence[ast.stmt]) -> set[str]:
    return {node.id for one in statements for node in ast.walk(one) if isinstance(node, ast.Name)}


class _Renaming(ast.NodeTransformer):
    """Names of the repository's modules as the notebook has them: `calc.add` is `add`."""

    def __init__(self, modules: dict[str, set[str]]) -> None:
        self._modules = modules
        self._whole: dict[str, str] = {}  # bound name -> module
        self._names: dict[str, str] = {}  # bound name -> its own

    def imported(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        """Take what a test file imports; return what stays an import."""
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if _is_library(module) and not node.level:
                return [node]
            for alias in node.names:
                own = module.split(".")[-1]
                if own:
                    self._modules.setdefault(own, set()).add(alias.name)
                    self._names[alias.asname or alias.name] = alias.name
                else:  # `from . import calc`
                    self._modules.setdefault(alias.name, set())
                    self._whole[alias.asname or alias.name] = alias.name
            return []
        kept = [alias for alias in node.names if _is_library(alias.name)]
        for alias in node.names:
            if alias not in kept:
                own = alias.name.split(".")[-1]
                self._modules.setdefault(own, set())
                self._whole[alias.asname or own] = own
        return [ast.Import(kept)] if kept else []

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Take a name out of its module."""
        if isinstance(node.value, ast.Name) and node.value.id in self._whole:
            self._modules[self._whole[node.value.id]].add(node.attr)
            return ast.Name(node.attr, node.ctx)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Call a name as its module does."""
        return ast.Name(self._names.get(node.id, node.id), node.ctx)


def _is_library(module: str) -> bool:
    root = module.split(".")[0]
    return root in LIBRARIES or root in sys.stdlib_module_names
