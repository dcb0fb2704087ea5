"""Assertions of test libraries, as Python's own: `assert_equal(a, b)` is `assert a == b`.

What it guarantees: nose's assertions, and everybody's question whether a call raises, become one
form each; any other statement comes back as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

_COMPARED: dict[str, type[ast.cmpop]] = {
    "assert_equal": ast.Eq,
    "assert_equals": ast.Eq,
    "assert_not_equal": ast.NotEq,
    "assert_in": ast.In,
    "assert_not_in": ast.NotIn,
    "assert_is": ast.Is,
    "assert_is_not": ast.IsNot,
    "assert_greater": ast.Gt,
    "assert_greater_equal": ast.GtE,
    "assert_less": ast.Lt,
    "assert_less_equal": ast.LtE,
    "assert_list_equal": ast.Eq,
    "assert_dict_equal": ast.Eq,
    "assert_set_equal": ast.Eq,
    "assert_tuple_equal": ast.Eq,
}
_RAISING = ("pytest.raises", "numpy.testing.assert_raises", "nose.tools.assert_raises")
_PLACES = 7  # to which nose and unittest round


def as_assertion(statement: ast.stmt, path_of: Callable[[ast.expr], str]) -> ast.stmt:
    """Return what stands for a statement.

    Args:
        statement: of a test.
        path_of: the full name of a library's function, empty for others.
    """
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(statement, ast.With) and len(statement.items) == 1:
        context = statement.items[0].context_expr
        if isinstance(context, ast.Call) and path_of(context.func) in _RAISING[1:]:
            return _placed(_asks_raising(context.args, statement.body), statement)
    if not isinstance(call, ast.Call):
        return statement
    path, args = path_of(call.func), call.args
    if path in _RAISING and len(args) >= 2:
        inner = ast.Call(args[1], args[2:], call.keywords)
        return _placed(_asks_raising(args[:1], [ast.Expr(inner)]), statement)
    if not path.startswith("nose.tools."):
        return statement
    words = {one.arg: one.value for one in call.keywords}
    made = _asserted(path.rsplit(".", 1)[1], args, words)
    return statement if made is None else _placed(made, statement)


def _asserted(
    name: str, args: list[ast.expr], words: dict[str | None, ast.expr]
) -> ast.stmt | None:
    needed = {"assert_true": 1, "assert_false": 1, "assert_is_none": 1, "assert_is_not_none": 1}
    operands = needed.get(name, 2)
    if len(args) < operands:
        return None
    message = words.get("msg") or (args[operands] if len(args) > operands else None)
    first, none = args[0], ast.Constant(None)
    if name == "assert_almost_equal":
        places = words.get("places") or (args[2] if len(args) > 2 else ast.Constant(_PLACES))
        difference = ast.BinOp(first, ast.Sub(), args[1])
        rounded = ast.Call(ast.Name("round", ast.Load()), [difference, places], [])
        return ast.Assert(ast.Compare(rounded, [ast.Eq()], [ast.Constant(0)]), words.get("msg"))
    test: ast.expr
    if name == "assert_true":
        test = first
    elif name == "assert_false":
        test = ast.UnaryOp(ast.Not(), first)
    elif name == "assert_is_none":
        test = ast.Compare(first, [ast.Is()], [none])
    elif name == "assert_is_not_none":
        test = ast.Compare(first, [ast.IsNot()], [none])
    elif name in ("assert_is_instance", "assert_not_is_instance"):
        test = ast.Call(ast.Name("isinstance", ast.Load()), args[:2], [])
        test = test if name == "assert_is_instance" else ast.UnaryOp(ast.Not(), test)
    elif name in _COMPARED:
        test = ast.Compare(first, [_COMPARED[name]()], [args[1]])
    else:
        return None
    return ast.Assert(test, message)


def _asks_raising(errors: list[ast.expr], body: list[ast.stmt]) -> ast.stmt:
    handler = ast.ExceptHandler(errors[0] if errors else None, None, [ast.Pass()])
    failing = ast.Raise(ast.Call(ast.Name("AssertionError", ast.Load()), [], []), None)
    return ast.Try(body, [handler], [failing], [])


def _placed(made: ast.stmt, statement: ast.stmt) -> ast.stmt:
    for node in ast.walk(made):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, statement)
    return ast.fix_missing_locations(made)
