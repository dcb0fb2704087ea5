"""Answers that must be hand-written: what an answer names, and what it calls when it runs.

What it guarantees:

- What is called decides. In every call of the check that follows, the forbidden functions raise in
  the student's process under whatever name they are reached, and the verdict says which one and
  in which line (`autograder.student.forbidden`).
- Besides, the trusted copy of the text is read: the definition of what the exercise asks for, and
  what it reaches in cells of the student's own. There a forbidden name is refused with its line,
  also when no check comes to that line.
- What stands anywhere else costs no points: comparisons with the library, other exercises' answers,
  attributes and functions of the student's own that have a library's names.

What it does not do: catch a disguise that names nothing in the text and undoes the watch when it is
called. It is a rule of the exercise, not the trust boundary; people see the text.
"""

from __future__ import annotations

import ast
import builtins
import fnmatch
import functools
from collections.abc import Collection, Iterator

from autograder.checking.cell_text import TooLargeError, cell_tree, dotted_name
from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.student import Student
from autograder.checking.text import quote

_MEANINGS = 4  # paths that one name may have; more are not followed
_PATH_CHARACTERS = 200
_Sources = tuple[tuple[str, str], ...]


def assert_not_used(
    student: Student,
    cell_id: str,
    names: Collection[str],
    *,
    why: str = "this exercise asks you to write it yourself",
) -> None:
    """Check that an answer uses none of the names, in its text and in this check's calls.

    Call it before the student's code. The text of the exercise must say what is forbidden.

    Args:
        student: the fixture.
        cell_id: the answer cell.
        names: dotted names forbid that object and all under it (`"torch.nn.LSTM"`), with `*` for
            any part of the last name; `"torch.ops.aten.convolution"` is one of torch's operators; a
            bare name is a builtin (`"sum"`), which is refused in the text only.
            `autograder.checking.ready_made` has lists.
        why: the reason that the student reads.

    Raises:
        WrongAnswer: one is named. A later call raises it when one is called.
        AuthorError: a name without a dot is no builtin, so that it would forbid nothing.
    """
    if isinstance(names, str) or not names:
        raise AuthorError(f"names is {names!r}; expected a list of names")
    for name in names:
        if "." not in name and not hasattr(builtins, name):
            raise AuthorError(f"{name!r} is no builtin; write where it is from, as in `torch.relu`")
    student.source(cell_id)  # an author's mistake is told as such
    try:
        found = _finding(
            tuple(student.sources.items()), tuple(student.given.items()), cell_id, tuple(names)
        )
    except TooLargeError:
        raise WrongAnswer(
            "The text of this answer is too long or nested too deeply to be read."
        ) from None
    if found:
        raise WrongAnswer(found if found.endswith(".") else f"{found}: {why}.")
    student.forbid([name for name in names if "." in name], why)


@functools.lru_cache(maxsize=64)  # the checks of a cell ask again and again
def _finding(sources: _Sources, given: _Sources, cell_id: str, names: tuple[str, ...]) -> str:
    """Return what an answer names that it must not; empty when all is well.

    Raises:
        TooLargeError: the answer's cell cannot be read.
    """
    answer = cell_tree(dict(sources)[cell_id])
    if answer is None:
        return f"The cell {quote(cell_id)} cannot be read: it is not valid Python."
    asked = _readable(dict(given).get(cell_id, ""))
    own = {key for key, _ in sources} - {key for key, _ in given}
    others = {key: tree for key, text in sources if key != cell_id and (tree := _readable(text))}
    locked = [tree for key, text in given if key not in dict(sources) and (tree := _readable(text))]
    helpers = [tree for key, tree in others.items() if key in own]
    meanings = _Meanings([*locked, *others.values(), answer])
    forbidden = _Names(names)
    wanted = _bound_by([asked] if asked else [])
    for statement in _reached(wanted, answer, helpers):
        for line, name in meanings.uses(statement, forbidden):
            if statement in answer.body:
                return f"Line {line} uses {quote(name)}"
            what = quote(", ".join(sorted(_binds(statement))))
            return f"{what}, which it uses, uses {quote(name)} in line {line} of its cell"
    return ""


def _readable(text: str) -> ast.Module | None:
    """Return the tree of a cell that is not the answer's; what cannot be read says nothing."""
    try:
        return cell_tree(text)
    except TooLargeError:
        return None


def _bound_by(trees: Collection[ast.Module]) -> set[str]:
    return {name for tree in trees for statement in tree.body for name in _binds(statement)}


def _reached(
    wanted: set[str], answer: ast.Module, helpers: Collection[ast.Module]
) -> list[ast.stmt]:
    """Return the statements that bind the wanted names, and what those need, in the text's order.

    Without a wanted name all of the answer is wanted.
    """
    trees = [answer, *helpers]
    by_name: dict[str, list[ast.stmt]] = {}
    for statement in (statement for tree in trees for statement in tree.body):
        for name in _binds(statement):
            by_name.setdefault(name, []).append(statement)
    found: set[int] = set()
    pending = [] if wanted else list(answer.body)
    needed = list(wanted)
    while needed or pending:
        for statement in pending or by_name.pop(needed.pop(), []):
            if id(statement) not in found:
                found.add(id(statement))
                needed += {name for name, _ in _global_names(statement)}
        pending = []
    ordered = [statement for tree in trees for statement in tree.body if id(statement) in found]
    return [
        statement for statement in ordered if not isinstance(statement, ast.Import | ast.ImportFrom)
    ]


def _binds(statement: ast.stmt) -> set[str]:
    """Return the global names that a statement at the top level binds, or sets a part of."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    return _stored(statement)


def _stored(node: ast.AST) -> set[str]:
    """Return the names that are bound anywhere in a node, or have a part that is set."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(inner.name)
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in inner.names}
        elif isinstance(inner, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(
            inner.ctx, ast.Load
        ):
            root: ast.AST = inner
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                found.add(root.id)
        elif isinstance(inner, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and inner.name:
            found.add(inner.name)
    return found


def _global_names(statement: ast.stmt) -> Iterator[tuple[str, ast.Name | ast.Attribute]]:
    """Yield each name that is not a function's own: its root, and the whole expression."""
    pending: list[tuple[ast.AST, frozenset[str] | None]] = [(statement, None)]
    while pending:
        node, own = pending.pop()
        if own is None and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own = frozenset(_own_names(node))  # of the functions in it, too: it is read once
        dotted = dotted_name(node)
        root = dotted.partition(".")[0]
        if not dotted:
            pending += [(child, own) for child in ast.iter_child_nodes(node)]
        elif own is None or root not in own:
            assert isinstance(node, ast.Name | ast.Attribute)
            yield root, node


def _own_names(function: ast.AST) -> set[str]:
    """Return the names that a function binds, and those that the functions in it bind."""
    found: set[str] = set()
    not_own: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
            if node is not function:
                found.add(node.name)
        elif isinstance(node, ast.Global):
            not_own.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):  # has a library's meaning
            not_own |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found - not_own


def _imported_by_call(node: ast.Call) -> str:
    """Return what `importlib.import_module("a.b")` or `__import__` names; else nothing."""
    if node.args and isinstance(node.args[0], ast.Constant):
        function = dotted_name(node.func).rpartition(".")[2]
        if function in ("import_module", "__import__"):
            return str(node.args[0].value)[:_PATH_CHARACTERS]
    return ""


class _Meanings:
    """What names stand for of libraries: by imports anywhere, and assignments at the top level."""

    def __init__(self, trees: Collection[ast.Module]) -> None:
        self._meanings: dict[str, set[str]] = {}
        self._own = _bound_by(trees)
        self._stars: list[str] = []
        for tree in trees:
            for node in ast.walk(tree):
                self._import(node)
        self._own -= set(self._meanings)
        for statement in (statement for tree in trees for statement in tree.body):
            if isinstance(statement, ast.Assign):
                paths = self._paths(statement.value)
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        self._add(target.id, paths)

    def uses(self, statement: ast.stmt, names: _Names) -> list[tuple[int, str]]:
        """Return line and name of every forbidden use in a statement, in the text's order."""
        found: list[tuple[int, str]] = []
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom):
                paths = {f"{node.module or ''}.{alias.name}" for alias in node.names}
                found += [(node.lineno, path) for path in sorted(paths) if names.cover(path)]
            elif isinstance(node, ast.Call) and names.cover(path := _imported_by_call(node)):
                found.append((node.lineno, path))
        for root, node in _global_names(statement):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                continue
            if root in names.builtins and root not in self._own and root not in self._meanings:
                found.append((node.lineno, root))
            found += [(node.lineno, path) for path in self._paths(node) if names.cover(path)]
        return sorted(found)

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._add(name, [alias.name if alias.asname else name])
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    self._stars.append(node.module or "")
                else:
                    self._add(alias.asname or alias.name, [f"{node.module or ''}.{alias.name}"])

    def _add(self, name: str, paths: Collection[str]) -> None:
        known = self._meanings.setdefault(name, set()) if paths else set()
        for path in paths:
            if len(known) < _MEANINGS and len(path) <= _PATH_CHARACTERS:
                known.add(path)

    def _paths(self, node: ast.AST) -> list[str]:
        """Return the dotted names of a library that an expression may stand for."""
        root, dot, rest = dotted_name(node).partition(".")
        known = self._meanings.get(root, set())
        if not known and root and root not in self._own:
            known = {f"{star}.{root}" for star in self._stars[:_MEANINGS]}
        return sorted(f"{path}{dot}{rest}" for path in known)


class _Names:
    """What is forbidden, looked up quickly: a text may ask ten thousand times."""

    def __init__(self, names: Collection[str]) -> None:
        self.builtins = {name for name in names if "." not in name}
        self._by_owner: dict[str, list[str]] = {}
        for name in names:
            owner, dot, last = name.rpartition(".")
            if dot:
                self._by_owner.setdefault(owner, []).append(last)

    def cover(self, path: str) -> bool:
        """Return whether a path is one of the names, or under one."""
        owner, *parts = path.split(".")
        for part in parts:
            if any(fnmatch.fnmatchcase(part, last) for last in self._by_owner.get(owner, ())):
                return True
            owner += f".{part}"
        return False
