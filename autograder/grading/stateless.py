"""Which functions and classes of a notebook leave nothing behind when they are used.

Checks of different graded cells must not see each other. A fork of the student's process for each
graded cell gives that whatever the notebook does, and costs more than most checks. Where the
notebook's text shows that using a name changes nothing outside of the call, no fork is needed.

What it guarantees:

- A name is returned only when every cell of the notebook is plain Python without anything on the
  lists below, and the function or class reaches constants, modules and other such names only.
- Where attributes are set of anything but `self`, nothing shared has another name (`passing`).
- When in doubt a name is left out: its checks get a fork of their own, and the same verdict.

What it does not do: defend. Code made to look harmless could be seen by checks of its own
notebook's other cells; they ask it with inputs of their own all the same.

It is longer than other modules: the lists of what may and may not be used are read together with
the code that asks them.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from autograder.checking.cell_text import dotted_name, python_tree
from autograder.grading.passing import passes_on, root_of

_MODULES: Final = frozenset({
    "__future__", "abc", "collections", "copy", "dataclasses", "enum", "fractions", "functools",
    "itertools", "math", "numbers", "numpy", "operator", "random", "statistics", "string", "sympy",
    "time", "torch", "typing",
})  # fmt: skip
_STATEFUL_MODULES: Final = frozenset({"matplotlib"})  # may be used, but not by a stateless function
# What can differ from process to process: addresses, orders that follow them, memory as it lies.
_UNSTEADY: Final = frozenset({
    "data_ptr", "empty", "empty_like", "empty_strided", "frozenset", "hash", "id", "new_empty",
    "repr", "set",
})  # fmt: skip
_EXCEPTIONS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
)
_BUILTINS: Final = _UNSTEADY | _EXCEPTIONS | frozenset({
    "abs", "all", "any", "bool", "bytes", "callable", "chr", "classmethod", "complex", "dict",
    "divmod", "enumerate", "filter", "float", "format", "hasattr", "int", "isinstance",
    "issubclass", "iter", "len", "list", "map", "max", "min", "next", "object", "ord", "pow",
    "print", "property", "range", "reversed", "round", "slice", "sorted", "staticmethod", "str",
    "sum", "super", "tuple", "type", "zip", "NotImplemented", "Ellipsis", "__name__", "display",
})  # fmt: skip
# Attributes that change what is shared, keep something, or touch files.
_ATTRIBUTES: Final = frozenset({
    "backends", "cache", "cached_property", "compile", "distributed", "filterwarnings", "fromfile",
    "hub", "jit", "library", "load", "lru_cache", "memmap", "multiprocessing", "overrides", "save",
    "savetxt", "savez", "savez_compressed", "setbufsize", "seterr", "seterrcall", "share_memory_",
    "simplefilter", "singledispatch", "tofile",
})  # fmt: skip
_PREFIXES: Final = ("_", "add_safe", "disable", "enable", "register", "set_", "use_")
_SPECIAL: Final = frozenset({"__init__", "__name__", "__class__", "__len__", "__call__"})
_DECORATORS: Final = frozenset({
    "staticmethod", "classmethod", "property", "dataclass", "dataclasses.dataclass",
    "torch.no_grad", "torch.inference_mode", "torch.enable_grad", "abstractmethod",
})  # fmt: skip
_OF_TENSORS: Final = frozenset({"data", "grad", "requires_grad"})  # nothing else has such
_SHOW_FIGURES: Final = "%matplotlib inline"
# Kinds of nodes; a node's class is looked up in them, which is much faster than isinstance.
_OPAQUE: Final = frozenset({
    ast.Global, ast.Nonlocal, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await,
})  # fmt: skip
_DEFINITIONS: Final = frozenset({ast.FunctionDef, ast.ClassDef})
_IMPORTS: Final = frozenset({ast.Import, ast.ImportFrom})
_PLACES: Final = frozenset({ast.Attribute, ast.Subscript})
_COMPREHENSIONS: Final = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})
_SETS: Final = frozenset({ast.Set, ast.SetComp})
_REMARKABLE: Final = (
    _OPAQUE | _DEFINITIONS | _IMPORTS | _PLACES | _COMPREHENSIONS | _SETS | {ast.Lambda}
)
_LEAVES: Final = frozenset({
    ast.Constant,
    *(
        kind
        for base in (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop)
        for kind in base.__subclasses__()
    ),
})  # fmt: skip
_NAMED: Final = ("name", "rest")  # what `except … as` and patterns bind


@dataclass
class _Facts:
    """What one cell, or all of them, say about names at the top level.

    Args:
        modules: names that stand for modules, or for what is imported from them.
        constants: names bound to values that nobody can change.
        variables: names bound to anything else.
        definitions: function or class -> global names that it reads; `None` if it keeps something.
        reads: global names that are read anywhere.
        changes: whether a function sets an attribute of anything but `self`.
    """

    modules: set[str] = field(default_factory=set)
    constants: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    definitions: dict[str, set[str] | None] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)
    changes: bool = False

    def add(self, other: _Facts) -> None:
        """Take over what another cell says."""
        self.modules |= other.modules
        self.constants |= other.constants
        self.variables |= other.variables
        self.reads |= other.reads
        self.changes |= other.changes
        for name, reads in other.definitions.items():
            before = self.definitions.get(name, set())
            keeps = before is None or reads is None
            self.definitions[name] = None if keeps else (before or set()) | (reads or set())


def stateless_names(sources: Iterable[str]) -> frozenset[str]:
    r"""Return the functions and classes whose use leaves nothing behind.

    Args:
        sources: the notebook's code cells, in order.

    >>> sorted(stateless_names(["def f(x):\n    return 2 * x", "def g(x):\n    return f(x)"]))
    ['f', 'g']
    >>> sorted(stateless_names(["seen = []\ndef f(x):\n    seen.append(x)"]))
    []
    """
    facts = _Facts()
    sources = [*sources]
    for source in sources:
        of_cell = _facts(source)
        if of_cell is None:
            return frozenset()
        facts.add(of_cell)
    defined = facts.definitions.keys()
    if facts.reads - facts.modules - facts.constants - facts.variables - defined - _BUILTINS:
        return frozenset()  # names from nowhere, or of builtins that can change anything
    if facts.changes and passes_on(map(_plain, sources), facts.modules | defined):
        return frozenset()  # what is changed under another name may be what is shared
    firm = (facts.modules | facts.constants | _BUILTINS) - facts.variables - defined
    bound_otherwise = facts.modules | facts.constants | facts.variables
    found = {
        name: reads
        for name, reads in facts.definitions.items()
        if reads is not None and name not in bound_otherwise
    }
    readers: dict[str, list[str]] = {}
    for name, reads in found.items():
        for read in reads:
            readers.setdefault(read, []).append(name)
    good = firm | found.keys()
    doubtful = [name for name, reads in found.items() if not reads <= good]
    while doubtful:  # and so is whoever reads a doubtful one
        name = doubtful.pop()
        if found.pop(name, None) is not None:
            doubtful += readers.get(name, ())
    return frozenset(found)


@functools.lru_cache(maxsize=512)
def _facts(source: str) -> _Facts | None:
    """Return what a cell says; `None` when it does something that nobody can see through."""
    tree = python_tree(_plain(source))
    if tree is None:
        return None  # a syntax error may be a magic
    try:
        return _Reader().read(tree)
    except (_Opaque, RecursionError):
        return None


def _plain(source: str) -> str:
    """Return a cell without the one magic that changes nothing here."""
    if _SHOW_FIGURES not in source:
        return source
    lines = source.split("\n")  # as Python counts them
    return "\n".join("" if line.strip() == _SHOW_FIGURES else line for line in lines)


class _Opaque(Exception):
    """The cell does something that may change anything."""


class _Reader:
    """Reads one cell's tree."""

    def __init__(self) -> None:
        self._facts = _Facts()

    def read(self, tree: ast.Module) -> _Facts:
        """Return what the cell says.

        Raises:
            _Opaque: it does something on the lists.
        """
        for statement in tree.body:
            self._bind(statement)
        for statement in tree.body:
            defines = type(statement) in _DEFINITIONS
            self._visit(statement, None, statement.name if defines else "")  # type: ignore[attr-defined]  # as said
        return self._facts

    def _bind(self, statement: ast.stmt) -> None:
        """Note the names that a statement at the top level binds."""
        facts = self._facts
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            before = facts.definitions.get(statement.name, set())
            keeps = before is None or _keeps(statement)
            facts.definitions[statement.name] = None if keeps else set()
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            stateful = _module(statement) in _STATEFUL_MODULES
            (facts.variables if stateful else facts.modules).update(_bound(statement))
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            firm = _is_firm(statement.value)
            for target in targets:
                constant = firm and isinstance(target, ast.Name)
                (facts.constants if constant else facts.variables).update(_bound(target))
            if statement.value is not None:
                facts.variables.update(_bound(statement.value))
        else:  # what is defined under a condition is a variable, too
            facts.variables.update(_bound(statement))

    def _visit(self, node: ast.AST, scope: frozenset[str] | None, owner: str) -> None:
        """Note which global names are read and refuse what may change something global.

        Args:
            node: what to read.
            scope: the names that are not global here; `None` at the top level.
            owner: the function or class of the top level that it belongs to; empty without one.
        """
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Load and not (scope and node.id in scope):  # type: ignore[attr-defined]  # a name
                self._read(node.id, owner)  # type: ignore[attr-defined]  # a name
            return
        if kind in _REMARKABLE:
            scope = self._look(node, scope, owner)
        for child in _children(node):
            self._visit(child, scope, owner)

    def _look(
        self, node: ast.AST, scope: frozenset[str] | None, owner: str
    ) -> frozenset[str] | None:
        """Look at a node of a remarkable kind; returns the scope of what is in it."""
        kind = type(node)
        if kind in _OPAQUE:
            raise _Opaque
        if isinstance(node, ast.Attribute):
            self._see_attribute(node, owner)
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            if type(node.ctx) is not ast.Load:
                self._see_change(node, scope)
        elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
            return (scope or frozenset()) | _locals(node)
        elif isinstance(node, ast.ClassDef):
            if scope is not None:
                return scope.union(*map(_bound, node.body))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            _see_import(node)
            if _module(node) in _STATEFUL_MODULES:
                self._keep_out(owner)
        if kind in _SETS:
            self._keep_out(owner)
        if kind in _COMPREHENSIONS:
            targets = [_bound(generator.target) for generator in node.generators]  # type: ignore[attr-defined]  # as said
            return (scope or frozenset()).union(*targets)
        return scope

    def _read(self, name: str, owner: str) -> None:
        self._facts.reads.add(name)
        reads = self._facts.definitions.get(owner)
        if reads is not None:
            reads.add(name)
        if name in _UNSTEADY:
            self._keep_out(owner)

    def _see_attribute(self, node: ast.Attribute, owner: str) -> None:
        name = node.attr
        if name in _ATTRIBUTES or (name.startswith(_PREFIXES) and name not in _SPECIAL):
            raise _Opaque
        if name in _UNSTEADY:
            self._keep_out(owner)

    def _see_change(
        self, node: ast.Attribute | ast.Subscript, scope: frozenset[str] | None
    ) -> None:
        """Allow changing what is local, and entries of variables at the top level."""
        root = root_of(node)
        if not isinstance(root, ast.Name):
            raise _Opaque
        if scope and root.id in scope:
            if isinstance(node, ast.Attribute) and node.attr not in _OF_TENSORS:
                self._facts.changes |= root.id != "self"
                if any(getattr(part, "attr", "") == "__class__" for part in ast.walk(node)):
                    raise _Opaque
            return
        known = self._facts.modules | self._facts.definitions.keys()
        if scope is not None or isinstance(node, ast.Attribute) or root.id in known:
            raise _Opaque

    def _keep_out(self, owner: str) -> None:
        if owner:
            self._facts.definitions[owner] = None


def _see_import(node: ast.Import | ast.ImportFrom) -> None:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        bad = any(name in _ATTRIBUTES or name.startswith((*_PREFIXES, "*")) for name in names)
        if node.level or bad:
            raise _Opaque
        names = [node.module or ""]
    for name in names:
        first, *rest = name.split(".")
        bad = any(part in _ATTRIBUTES or part.startswith(_PREFIXES) for part in rest)
        if bad or first not in _MODULES | _STATEFUL_MODULES:
            raise _Opaque


def _module(node: ast.Import | ast.ImportFrom) -> str:
    """Return the top-level module that a statement imports."""
    name = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
    return name.split(".")[0]


def _keeps(definition: ast.FunctionDef | ast.ClassDef) -> bool:
    """Tell whether a function or class has a place to keep something from use to use."""
    for decorator in definition.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted_name(target) not in _DECORATORS:
            return True
    if isinstance(definition, ast.FunctionDef):
        arguments = definition.args
        defaults = [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
        return not all(_is_firm(default) for default in defaults)
    return bool(definition.keywords) or any(map(_keeps_in_class, definition.body))


def _keeps_in_class(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef):
        return _keeps(statement)
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return statement.value is not None and not _is_firm(statement.value)
    documented = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not documented and not isinstance(statement, ast.Pass)


def _is_firm(node: ast.expr | None) -> bool:
    """Tell whether an expression's value cannot be changed: constants, and what modules name."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return _is_firm(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_firm(node.left) and _is_firm(node.right)
    if isinstance(node, ast.Tuple):
        return all(_is_firm(entry) for entry in node.elts)
    while isinstance(node, ast.Attribute):
        node = node.value
        if isinstance(node, ast.Name):
            return node.id in ("torch", "np", "numpy", "math", "nn")
    return False


def _locals(node: ast.FunctionDef | ast.Lambda) -> set[str]:
    """Return the names that a function binds itself."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    names = {argument.arg for argument in every}
    if isinstance(node, ast.FunctionDef):
        for statement in node.body:
            _bind_into(names, statement)
    return names


def _bound(node: ast.AST) -> set[str]:
    """Return the names that a node binds in its own scope."""
    names: set[str] = set()
    _bind_into(names, node)
    return names


def _bind_into(names: set[str], node: Any) -> None:
    kind = type(node)
    if kind is ast.Name:
        if type(node.ctx) is not ast.Load:
            names.add(node.id)
    elif kind in _DEFINITIONS:
        names.add(node.name)
    elif kind in _COMPREHENSIONS:  # their own names are theirs
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                _bind_into(names, inner.target)
    elif kind in _IMPORTS:
        names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
    elif kind is not ast.Lambda:
        for name in _NAMED:
            value = getattr(node, name, None)
            if type(value) is str:
                names.add(value)
        for child in _children(node):
            _bind_into(names, child)


def _children(node: ast.AST) -> list[Any]:
    """Return a node's own nodes, but for leaves that say nothing of names."""
    found: list[Any] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [c for c in value if isinstance(c, ast.AST) and type(c) not in _LEAVES]
        elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
            found.append(value)
    return found
