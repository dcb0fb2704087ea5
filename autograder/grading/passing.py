"""Whether a notebook hands its classes, functions or modules on as values.

Setting an attribute of a local name changes nothing shared, unless the local name stands for what
is shared: `cls` in a class method, `type(self)`, another name for a class, a function that was
passed as an argument.

What it guarantees: when no such name can be seen to be made, the answer is false; where it is made
for something harmless, as in `act = torch.tanh`, the answer is true all the same.

What it does not do: see what a library hands on (`copy.copy(torch)`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from typing import Any, Final

from autograder.checking.cell_text import dotted_name, python_tree

_LOOKED_AT: Final[dict[type, tuple[str, ...]]] = {  # fields whose value goes nowhere from there
    ast.AnnAssign: ("annotation",),
    ast.Assert: ("test", "msg"),
    ast.Attribute: ("value",),
    ast.BinOp: ("left", "right"),
    ast.Call: ("func",),
    ast.ClassDef: ("bases", "decorator_list"),
    ast.Compare: ("left", "comparators"),
    ast.ExceptHandler: ("type",),
    ast.Expr: ("value",),
    ast.FormattedValue: ("value",),
    ast.FunctionDef: ("decorator_list", "returns"),
    ast.If: ("test",),
    ast.IfExp: ("test",),
    ast.Raise: ("exc", "cause"),
    ast.Subscript: ("value",),
    ast.UnaryOp: ("operand",),
    ast.While: ("test",),
    ast.arg: ("annotation",),
}
_PARTS: Final = frozenset({  # go where the whole goes
    ast.BoolOp, ast.IfExp, ast.List, ast.Starred, ast.Tuple, ast.keyword,
})  # fmt: skip
_ASKING: Final = frozenset({
    "callable", "hasattr", "isinstance", "issubclass", "print", "super", "type",
})  # fmt: skip
_OF_CLASSES: Final = frozenset({"__class_getitem__", "__init_subclass__"})


def passes_on(sources: Iterable[str], shared: Collection[str]) -> bool:
    r"""Return whether something shared gets another name.

    Args:
        sources: the notebook's code cells, plain Python all of them.
        shared: global names of classes, functions and modules.

    >>> passes_on(["def f(x):\n    g = f"], {"f"}), passes_on(["def f(x):\n    g = f(x)"], {"f"})
    (True, False)
    """
    try:
        trees = [python_tree(source) for source in sources]
        return any(tree is None or _hands_on(tree, shared, passing=False) for tree in trees)
    except RecursionError:
        return True


def root_of(node: ast.expr) -> ast.expr:
    """Return what the names, entries and calls of an expression begin with."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def _hands_on(node: ast.AST, shared: Collection[str], *, passing: bool) -> bool:
    if passing and _is_shared(node, shared):
        return True
    if isinstance(node, ast.FunctionDef) and _changes_its_class(node):
        return True
    looked_at = _LOOKED_AT.get(type(node), ())
    if isinstance(node, ast.Call) and _only_asks(node, shared):
        looked_at = ("func", "args", "keywords")
    onward = passing or type(node) not in _PARTS
    fields: list[tuple[str, Any]] = list(ast.iter_fields(node))
    return any(
        _hands_on(child, shared, passing=onward and name not in looked_at)
        for name, value in fields
        for child in (value if isinstance(value, list) else [value])
        if isinstance(child, ast.AST)
    )


def _is_shared(node: ast.AST, shared: Collection[str]) -> bool:
    """Tell whether an expression is a class, a function, a module, or something that one holds."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "type"
    if isinstance(node, ast.Attribute) and node.attr == "__class__":
        return True
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in shared


def _only_asks(call: ast.Call, shared: Collection[str]) -> bool:
    """Tell whether what is called is a library's, or a builtin that gives nothing on."""
    if isinstance(call.func, ast.Name):
        return call.func.id in _ASKING
    root = root_of(call.func)
    return isinstance(root, ast.Name) and root.id in shared


def _changes_its_class(function: ast.FunctionDef) -> bool:
    """Tell whether a class method sets something of its class."""
    names = {dotted_name(decorator) for decorator in function.decorator_list}
    arguments = [*function.args.posonlyargs, *function.args.args]
    if not arguments or not ("classmethod" in names or function.name in _OF_CLASSES):
        return False
    return any(
        isinstance(node, ast.Attribute)
        and not isinstance(node.ctx, ast.Load)
        and isinstance(root := root_of(node), ast.Name)
        and root.id == arguments[0].arg
        for node in ast.walk(function)
    )
