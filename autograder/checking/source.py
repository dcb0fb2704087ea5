"""Answers that must be hand-written: which library names the student's text uses.

What it guarantees:

- The grader's trusted copy of the text is read as a syntax tree; nothing runs.
- Names are followed through `import … as`, `from … import`, plain assignments, `getattr` with a
  constant, `importlib.import_module`, `__import__`, `vars`, `__dict__` and `sys.modules`, wherever
  in the notebook they are made.
- An answer is the cell and all that it rests on, wherever in the notebook that stands: helpers,
  what replaces a function after the answer's cell, what is set on its classes.
- Where a name cannot be known from the text (`eval`, `exec` and their like in
  `autograder.checking.hiding`, a name that no cell visibly defines, computed attributes or all
  attributes of a library that holds a forbidden name, a magic that runs other code, a module of the
  student's own) the answer is refused for that.

What it does not do: catch every disguise; it is a rule of the exercise, not the trust boundary.

It is longer than other modules: what a name stands for, what an answer rests on and what is
forbidden are three questions to the same trees.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.util
import symtable
import sys
from collections.abc import Collection, Iterator

from autograder.checking.cell_text import TooLargeError, parse
from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.hiding import ATTRIBUTES, BY_TEXT, DYNAMIC, LIBRARIES
from autograder.checking.student import Student
from autograder.checking.text import quote

_BACK_DOORS = ("torch._C", "torch._VF", "torch.ops", "torch._refs", "torch._decomp")
_NAMESPACES = ("__dict__",)
_OWN_MODULES = ("__main__", "builtins")
_CHANGING = (  # what can bind a name that nobody sees, or reaches where names are bound
    *DYNAMIC, *_OWN_MODULES, "setattr", "vars", "get_ipython", "user_ns", "modules", "__dict__",
    "__builtins__", "__getattribute__", "__setattr__", "f_globals", "__globals__", "__code__",
)  # fmt: skip
_SHELL = "IPython.get_ipython"
_HIDING = (*(f"builtins.{name}" for name in DYNAMIC), *LIBRARIES)
_SHOWING = ("IPython.display", "IPython.lib.display", "IPython.core.display", "IPython.__version__")
_GIVEN_NAMES = {
    *dir(builtins),
    "display",
    "__class__",
    "__file__",
}  # known without being defined in the notebook


def assert_not_used(
    student: Student,
    cell_id: str | None,
    names: Collection[str],
    *,
    why: str = "this exercise asks you to write it yourself",
) -> None:
    """Check that a cell uses none of the names.

    Args:
        student: the fixture.
        cell_id: the answer cell, or `None` for the whole notebook. Aliases made in any cell count.
        names: dotted names forbid that object and all under it (`"torch.nn.LSTM"`,
            `"torch.autograd"`); a bare name forbids every attribute, import and call of that name
            (`"backward"`, `"conv2d"`, `"sum"`) that the student did not define.
        why: the reason that the student reads.

    Raises:
        WrongAnswer: one is used, or it cannot be seen whether one is.
    """
    if isinstance(names, str) or not names:
        raise AuthorError(f"names is {names!r}; expected a list of names")
    if cell_id is not None:
        student.source(cell_id)  # an author's mistake is told as such
    try:
        found = _finding(
            tuple(student.sources.items()), tuple(student.given.items()), cell_id, tuple(names)
        )
    except (RecursionError, TooLargeError):
        raise WrongAnswer(
            "The text of this answer, or of another cell, is too long or nested too deeply to be "
            "read."
        ) from None
    if found:
        raise WrongAnswer(found if found.endswith(".") else f"{found}: {why}.")


@functools.lru_cache(maxsize=64)  # the checks of a cell ask again and again
def _finding(
    sources: tuple[tuple[str, str], ...],
    given: tuple[tuple[str, str], ...],
    cell_id: str | None,
    names: tuple[str, ...],
) -> str:
    """Return what is used that must not be, or what cannot be read; empty when all is well."""
    trees = {key: parse(text) for key, text in sources}
    stubs = {key: parse(text) for key, text in given}
    aliases = _Aliases(tree for tree in (*stubs.values(), *trees.values()) if tree is not None)
    wanted = trees if cell_id is None else {cell_id: trees[cell_id]}
    for key, tree in wanted.items():
        if tree is None:
            return f"The cell {quote(key)} cannot be read: it is not valid Python."
    for key, tree in wanted.items():
        assert tree is not None
        for line, name in aliases.uses(tree, names):
            return f"Line {line} uses {quote(name)}"
        stub = stubs.get(key)
        rest = [other for name, other in trees.items() if name != key and other is not None]
        for statement in _foundations([tree, *([stub] if stub else ())], rest, aliases):
            for _, name in aliases.uses(statement, names):
                text = ast.unparse(statement).partition("\n")[0]
                return f"{quote(text)}, on which it rests, uses {quote(name)}"
    return ""


def _foundations(
    answer: list[ast.Module], others: list[ast.Module], aliases: _Aliases
) -> list[ast.stmt]:
    """Return the statements of other cells that an answer rests on, or that can change it."""
    by_name: dict[str, list[ast.stmt]] = {}
    found: list[ast.stmt] = []
    libraries, changing = aliases.libraries, {*_CHANGING, *aliases.shells}
    for statement in (statement for tree in others for statement in tree.body):
        changed = _changed(statement, libraries, changing)
        if changed is None:
            found.append(statement)
        for name in changed or ():
            by_name.setdefault(name, []).append(statement)
    seen = set(map(id, found))
    needed = [name for tree in (*answer, *found) for name in _needed(tree)]
    while needed:
        for statement in by_name.pop(needed.pop(), ()):
            if id(statement) not in seen:
                seen.add(id(statement))
                found.append(statement)
                needed += _needed(statement)
    return found


def _needed(tree: ast.AST) -> set[str]:
    """Return the global names that a text reads or binds."""
    return {
        symbol.get_name()
        for table in _tables(tree)
        for symbol in table.get_symbols()
        if table.get_type() == "module" or symbol.is_global()
    }


def _changed(
    statement: ast.stmt, libraries: Collection[str], changing: Collection[str]
) -> set[str] | None:
    """Return the global names that a statement binds or changes; `None` when it may change any.

    Setting something of a library may change whatever uses it.
    """
    tables = _tables(statement)
    changed: set[str] = set() if tables else {"?"}
    inner: set[str] = set()
    for table in tables:
        for symbol in table.get_symbols():
            bound = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
            if table.get_type() != "module" and not symbol.is_global():
                inner.add(symbol.get_name())
            elif bound:
                changed.add(symbol.get_name())
    for node in ast.walk(statement):
        name = getattr(node, "id", getattr(node, "attr", getattr(node, "name", None)))
        if name in changing or (isinstance(node, ast.Constant) and node.value in _OWN_MODULES):
            return None
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Store | ast.Del
        ):
            root: ast.AST = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name) and root.id not in inner:
                changed.add("?" if root.id in libraries else root.id)
    return None if "?" in changed else changed


def _tables(tree: ast.AST) -> list[symtable.SymbolTable]:
    """Return the scopes of a text, its own first; none when Python finds fault with it."""
    try:
        tables = [symtable.symtable(ast.unparse(tree), "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    for table in tables:
        tables += table.get_children()
    return tables


def _is_installed(module: str) -> bool:
    """Return whether a module is a library's; what is not may be a file that the student wrote."""
    root = module.partition(".")[0]
    return root in sys.modules or importlib.util.find_spec(root) is not None


class _Aliases:
    """What names stand for, in all cells together."""

    def __init__(self, trees: Iterator[ast.Module]) -> None:
        builtin = (*DYNAMIC, "getattr", "vars")
        self._meaning: dict[str, set[str]] = {name: {f"builtins.{name}"} for name in builtin}
        self._meaning["get_ipython"] = {_SHELL}
        self._own: set[str] = set()
        self._stars: set[str] = set()
        assignments: list[tuple[str, ast.expr]] = []
        for tree in trees:
            for node in ast.walk(tree):
                self._collect(node, assignments)
        for _ in range(4):  # chains of aliases: a = torch; b = a.nn; c = b.LSTM
            for name, value in assignments:
                for path in self.paths(value):
                    self._meaning.setdefault(name, set()).add(path)

    @property
    def libraries(self) -> set[str]:
        """Return the names that stand for something of a library."""
        return set(self._meaning)

    def _collect(self, node: ast.AST, assignments: list[tuple[str, ast.expr]]) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                path = alias.name if alias.asname else name
                self._meaning.setdefault(name, set()).add(path)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    self._stars.add(node.module or "")
                else:
                    path = f"{node.module or ''}.{alias.name}"
                    self._meaning.setdefault(alias.asname or alias.name, set()).add(path)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._own.add(node.name)
        elif isinstance(node, ast.arg):
            self._own.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self._own.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            self._own.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self._own.add(node.rest)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._pair(target, node.value, assignments)
        elif isinstance(node, ast.NamedExpr | ast.AnnAssign) and node.value is not None:
            self._pair(node.target, node.value, assignments)
        elif isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            defaults = list(
                zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True)
            )
            pairs = [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d]
            assignments += [(argument.arg, default) for argument, default in [*defaults, *pairs]]

    def _pair(
        self, target: ast.expr, value: ast.expr, assignments: list[tuple[str, ast.expr]]
    ) -> None:
        if isinstance(target, ast.Name):
            assignments.append((target.id, value))
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, other in zip(target.elts, value.elts, strict=False):
                self._pair(one, other, assignments)

    def paths(self, node: ast.expr) -> set[str]:
        """Return the dotted library names that an expression may stand for."""
        if isinstance(node, ast.Name):
            found = set(self._meaning.get(node.id, ()))
            if node.id not in self._own:
                found |= {f"{star}.{node.id}" for star in self._stars}
            return found
        if isinstance(node, ast.Attribute):
            if node.attr in _NAMESPACES:
                return self.paths(node.value)
            return {f"{path}.{node.attr}" for path in self.paths(node.value)}
        if isinstance(node, ast.Subscript):
            key = _constant(node.slice)
            paths = self.paths(node.value)
            if key is None:
                return {f"{path}.?" for path in paths if path == "sys.modules"}
            return {key if path == "sys.modules" else f"{path}.{key}" for path in paths}
        if isinstance(node, ast.Call):
            return self._call_paths(node)
        if isinstance(node, ast.IfExp):
            return self.paths(node.body) | self.paths(node.orelse)
        if isinstance(node, ast.BoolOp):
            return set().union(*(self.paths(value) for value in node.values))
        return set()

    def _call_paths(self, node: ast.Call) -> set[str]:
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        functions = self.paths(node.func)
        first = _constant(node.args[0]) if node.args else None
        if called == "__import__" or functions & {
            "importlib.import_module", "importlib.__import__", "builtins.__import__"
        }:  # fmt: skip
            if first is None:
                return {"?"}
            fromlist = called != "__import__" or len(node.args) > 3 or bool(node.keywords)
            return {first, first if fromlist else first.split(".")[0]}
        if "builtins.vars" in functions and node.args:
            return self.paths(node.args[0])
        if "builtins.getattr" in functions and len(node.args) >= 2:
            key = _constant(node.args[1])
            return {f"{path}.{key or '?'}" for path in self.paths(node.args[0])}
        inner = node.func  # attrgetter("nn.LSTM")(torch)
        if isinstance(inner, ast.Call) and self.paths(inner.func) & set(BY_TEXT):
            key = _constant(inner.args[0]) if inner.args else None
            return {f"{path}.{key or '?'}" for owner in node.args for path in self.paths(owner)}
        return set()

    def uses(self, tree: ast.AST, names: Collection[str]) -> Iterator[tuple[int, str]]:
        """Yield line and name of every forbidden use in a cell, in the text's order."""
        dotted = {name for name in names if "." in name}
        bare = set(names) - dotted
        roots = {name.split(".")[0] for name in dotted}
        found: list[tuple[int, int, str]] = []
        seen_through: set[int] = set()  # what is called, or asked for one name, hides nothing
        for node in ast.walk(tree):  # outer ones first
            line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
            if isinstance(node, ast.Call):
                seen_through.add(id(node.func))
            elif isinstance(node, ast.Subscript) and _constant(node.slice) is not None:
                seen_through.add(id(node.value))
            used = [*self._forbidden(node, dotted, bare, roots)]
            if id(node) not in seen_through:
                used += self._unseen(node, roots)
            found += [(line, column, name) for name in used]
        for line, _, name in sorted(found):
            yield line, name

    @property
    def shells(self) -> set[str]:
        """Return the names that stand for IPython or a part of it."""
        return {
            name
            for name, paths in self._meaning.items()
            if any(_covers("IPython", path) for path in paths)
        }

    def _hides(self, node: ast.expr) -> bool:
        """Return whether an expression stands for what runs code that is not in the text."""
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            return True
        return any(
            any(_covers(hiding, path) for hiding in _HIDING)
            or (path.startswith("IPython.") and not any(_covers(good, path) for good in _SHOWING))
            for path in self.paths(node)
        )

    def _unseen(self, node: ast.AST, roots: set[str]) -> Iterator[str]:
        """Yield what gives any name of a library: its whole namespace, or what looks names up."""
        if not isinstance(node, ast.Name | ast.Attribute | ast.Call):
            return
        own = isinstance(node, ast.Name) and node.id in self._own
        paths = self.paths(node)
        if not own and paths & {*BY_TEXT, "builtins.vars"}:
            yield f"{ast.unparse(node)} (it hides what is used)"
        whole = (
            "builtins.vars" in self.paths(node.func)
            if isinstance(node, ast.Call)
            else isinstance(node, ast.Attribute) and node.attr in (*_NAMESPACES, "modules")
        )
        if whole and any(path.split(".")[0] in {*roots, "sys"} for path in paths):
            yield f"{ast.unparse(node)} (computed names)"

    def _is_defined(self, name: str) -> bool:
        """Return whether a name is a builtin, or some cell visibly makes it."""
        known = name in self._own or name in self._meaning or name in _GIVEN_NAMES
        return known or bool(self._stars)

    def _forbidden(
        self, node: ast.AST, dotted: set[str], bare: set[str], roots: set[str]
    ) -> Iterator[str]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id in bare and node.id not in self._own:
                yield node.id
            if self._hides(node):
                yield f"{node.id} (it hides what is used)"
            elif not self._is_defined(node.id):
                yield f"{node.id} (no cell visibly defines it)"
        elif isinstance(node, ast.Attribute):
            if self._hides(node):
                yield f"{ast.unparse(node)} (it hides what is used)"
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if node.attr in bare and not own:
                yield node.attr
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if any(_covers(name, alias.name) for name in dotted):
                    yield alias.name
                elif not _is_installed(alias.name):
                    yield f"{alias.name} (a module of one's own)"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                path = f"{node.module or ''}.{alias.name}"
                if alias.name in bare or any(_covers(name, path) for name in dotted):
                    yield path
                elif node.level or not _is_installed(node.module or ""):
                    yield f"{path} (a module of one's own)"
        elif isinstance(node, ast.MatchClass):
            inner = {part for name in dotted for part in name.split(".")[1:]}
            yield from sorted({*node.kwd_attrs} & (bare | inner))
        elif isinstance(node, ast.Call) and (functions := self.paths(node.func) & set(BY_TEXT)):
            keys = [_constant(argument) for argument in node.args]
            parts = {part for key in keys if key is not None for part in key.split(".")}
            yield from sorted(parts & bare)
            looked_up = keys if "operator.attrgetter" in functions else keys[:1]
            if None in looked_up and "builtins.getattr" not in functions:
                yield f"{ast.unparse(node)} (a computed name)"
        if isinstance(node, ast.Attribute | ast.Name | ast.Call | ast.Subscript):
            for path in sorted(self.paths(node)):
                if any(_covers(name, path) for name in dotted):
                    yield path
                elif path.split(".")[-1] in bare and not isinstance(node, ast.Attribute):
                    if not (isinstance(node, ast.Name) and node.id in bare):
                        yield path
                elif path.endswith("?") and (roots & {path.split(".")[0]} or path == "?"):
                    yield f"{path.replace('?', '…')} (a computed name)"
                elif roots and any(_covers(door, path) for door in _BACK_DOORS):
                    yield path


def _covers(forbidden: str, path: str) -> bool:
    return path == forbidden or path.startswith(forbidden + ".")


def _constant(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _constant(node.left), _constant(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        parts = [_constant(value) for value in node.values]
        return None if None in parts else "".join(part or "" for part in parts)
    return None
