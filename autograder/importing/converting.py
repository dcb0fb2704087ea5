"""Turn a test that ran in the student's notebook into a check that asks from outside.

What it guarantees:

- A name of the notebook's becomes a question: `f(2)` is `student.f(2)`, `x` is `student["x"]`. What
  the test binds itself, libraries of plain data, numpy and torch are the check's own.
- A test that is no such thing is refused as a whole, with the line and the reason: `Unconvertible`.
  An assertion that asks nothing of the student's is such a case, for what a call changes in its
  arguments stays in the student's process: it would always hold.
- What an answer of another type makes the test's own lines raise is a wrong answer, not a fault.

Statements are here, each kind with its few lines; what a test reads is `asking`'s.

What it does not do: run anything, or promise that the instructor's answer passes. That is proved by
grading the instructor's notebook.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.importing.asking import Asking, Unconvertible
from autograder.importing.asserting import as_assertion
from autograder.importing.foreign import Test
from autograder.importing.surroundings import (
    BUILTINS,
    NotPython,
    Surroundings,
    bound_names,
    parameters,
    parse,
)

_AUTOTEST = re.compile(r"^\s*#+\s*(HASHED\s+)?AUTOTEST\b", re.MULTILINE)
_UNUSABLE = (
    "(ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError,"
    " ValueError)"
)


@dataclass
class Converted:
    """One check: a function, and what its file needs besides."""

    function: ast.FunctionDef
    imports: set[str] = field(default_factory=set)
    checking: set[str] = field(default_factory=set)
    helpers: dict[str, ast.FunctionDef] = field(default_factory=dict)


def convert(test: Test, name: str, about: str, surroundings: Surroundings) -> Converted:
    """Return the check that a test becomes.

    Args:
        test: one piece.
        name: of the check's function.
        about: what its docstring says, which a student reads when an assertion has no words.
        surroundings: what the cells above have bound.

    Raises:
        Unconvertible: it asks what a check cannot ask.
    """
    try:
        tree = parse(test.source)
    except NotPython as error:
        raise Unconvertible(error.line, str(error)) from error
    if tree.body and _is_score(tree.body[-1]):
        raise Unconvertible(
            tree.body[-1].lineno, "ends with a value, which is read as points (partial credit)"
        )
    converter = _Converter(test, surroundings)
    try:
        body = converter.statements(tree.body)
    except RecursionError as error:
        raise Unconvertible(0, "is nested too deeply") from error
    if _AUTOTEST.search(test.source):
        raise Unconvertible(0, "has tests that nbgrader makes itself (AUTOTEST)")
    if not converter.assertions:
        raise Unconvertible(0, "has no assertion")
    function = ast.parse(
        f"def {name}(student):\n    {about!r}\n    try:\n        pass\n"
        f"    except {_UNUSABLE} as error:\n"
        "        raise AssertionError('The test cannot use what came: ' + type(error).__name__)"
        " from error"
    ).body[0]
    assert isinstance(function, ast.FunctionDef)
    guarded = function.body[1]
    assert isinstance(guarded, ast.Try)
    guarded.body = body
    found = Converted(function, converter.imports, converter.checking, converter.helpers)
    words = test.hint or _only(converter.hints)
    if words:
        found.checking.add("hint")
        function.decorator_list.append(_call("hint", ast.Constant(words)))
    if test.points is not None:
        found.checking.add("points")
        function.decorator_list.insert(0, _call("points", ast.Constant(test.points)))
    ast.fix_missing_locations(function)
    return found


def _only(hints: Sequence[str]) -> str:
    return hints[0] if len(set(hints)) == 1 else ""


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _is_score(last: ast.stmt) -> bool:
    return isinstance(last, ast.Expr) and not (
        isinstance(last.value, ast.Call)
        or (isinstance(last.value, ast.Constant) and isinstance(last.value.value, str))
    )


class _Converter(Asking):
    """Rewrites one test's statements; refuses by `Unconvertible`."""

    def __init__(self, test: Test, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self.test = test
        self.checking: set[str] = set()
        self.hints: list[str] = []
        self.assertions = 0

    def statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Return the statements, rewritten."""
        done: list[ast.stmt] = []
        for statement in body:
            done.extend(self._statement(as_assertion(statement, self.module_path)))
        return done or [ast.Pass()]

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        method = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        if method is None:
            self.refuse(node, f"has a statement that a check cannot have: {_words(node)}")
        made = method(node)
        return made if isinstance(made, list) else [made]

    def _do_pass(self, node: ast.Pass) -> ast.stmt:
        return node

    _do_break = _do_continue = _do_pass

    def _do_import(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        own = Surroundings()
        own.take_import(node)
        if any(alias.name == "*" for alias in node.names):
            self.refuse(node, f"imports everything of {getattr(node, 'module', None) or '.'}")
        if own.foreign or own.names:
            module = getattr(node, "module", None) or node.names[0].name
            self.refuse(node, f"uses {module}, which only the student's process may have")
        self._own_imports.update(own.imports)
        return []

    _do_importfrom = _do_import

    def _do_assert(self, node: ast.Assert) -> ast.stmt:
        if _fails(node):  # `assert False, "…"` behind an `if`
            self.assertions += 1
            return ast.Raise(
                _call("AssertionError", *([self._read(node.msg)] if node.msg else [])), None
            )
        before = self._asked
        said = " ".join(ast.unparse(node.test).split())
        test = self._read(node.test)
        if self._asked == before:
            self.refuse(node, "asserts something that does not depend on what the student did")
        message = self._read(node.msg) if node.msg else None
        if message is None and node.lineno not in self.test.hidden:
            message = ast.Constant(f"{said} does not hold.") if len(said) < 200 else None
        elif isinstance(message, ast.Constant):
            message = ast.Constant(str(message.value))
        elif message is not None and not isinstance(message, ast.JoinedStr):
            message = _call("str", message)
        self.assertions += 1
        return ast.Assert(test, message)

    def _do_raise(self, node: ast.Raise) -> ast.stmt:
        call = node.exc if isinstance(node.exc, ast.Call) and not node.exc.keywords else None
        raised = call.func if call else node.exc
        words = [self._read(one) for one in call.args[:1]] if call else []
        if not (isinstance(raised, ast.Name) and raised.id in BUILTINS):
            self.refuse(node, "raises what is no exception of Python's own")
        self.assertions += 1
        return ast.Raise(_call("AssertionError", *words), None)

    def _do_expr(self, node: ast.Expr) -> list[ast.stmt]:
        value = node.value
        if isinstance(value, ast.Constant):
            return []
        before = self._asked
        path = self.module_path(value.func) if isinstance(value, ast.Call) else ""
        read = self._read(value)
        if path.startswith(("numpy.testing.", "torch.testing.")):
            if self._asked == before:
                self.refuse(node, "asserts something that does not depend on what the student did")
            self.assertions += 1
            assert isinstance(value, ast.Call)
            self.hints.extend(
                str(one.value.value)
                for one in value.keywords
                if one.arg in ("err_msg", "msg") and isinstance(one.value, ast.Constant)
            )
        elif (
            isinstance(value, ast.Call) and _is_named(value.func, "print") and before == self._asked
        ):
            return []
        return [ast.Expr(read)]

    def _do_assign(self, node: ast.Assign) -> ast.stmt:
        before = self._asked
        value = self._read(node.value)
        return ast.Assign([self._bind(one, self._asked > before) for one in node.targets], value)

    def _do_annassign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is None:
            return []
        return [self._do_assign(ast.copy_location(ast.Assign([node.target], node.value), node))]

    def _do_augassign(self, node: ast.AugAssign) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        target = node.target
        if isinstance(target, ast.Name) and not self._is_local(target.id):
            first = ast.copy_location(ast.Name(target.id, ast.Load()), node)
            made.append(
                self._do_assign(
                    ast.copy_location(ast.Assign([ast.Name(target.id, ast.Store())], first), node)
                )
            )
        before = self._asked
        value = self._read(node.value)
        bound = self._bind(target, self._asked > before)
        assert isinstance(bound, ast.Name | ast.Attribute | ast.Subscript)
        return [*made, ast.AugAssign(bound, node.op, value)]

    def _do_for(self, node: ast.For) -> ast.stmt:
        before = self._asked
        over = self._read(node.iter)
        target = self._bind(node.target, self._asked > before)
        return ast.For(target, over, self.statements(node.body), self._rest(node.orelse))

    def _do_while(self, node: ast.While) -> ast.stmt:
        return ast.While(self._read(node.test), self.statements(node.body), self._rest(node.orelse))

    def _do_if(self, node: ast.If) -> ast.stmt:
        before = self._asked
        test = self._read(node.test)
        asserted = self.assertions
        body, rest = self.statements(node.body), self._rest(node.orelse)
        raises = any(_fails(one) for one in (*node.body, *node.orelse))
        if raises and self._asked == before and self.assertions > asserted:
            self.refuse(node, "asserts something that does not depend on what the student did")
        return ast.If(test, body, rest)

    def _rest(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return self.statements(body) if body else []

    def _do_return(self, node: ast.Return) -> ast.stmt:
        if len(self._scopes) == 1:
            self.refuse(node, "returns outside of a function")
        return ast.Return(self._read(node.value) if node.value else None)

    def _do_with(self, node: ast.With) -> ast.stmt:
        if len(node.items) == 1 and self._is_raises(node.items[0].context_expr):
            return self._raising(node, node.items[0])
        for item in node.items:
            call = item.context_expr
            path = self.module_path(call.func) if isinstance(call, ast.Call) else ""
            if path not in ("torch.no_grad", "torch.inference_mode", "numpy.errstate"):
                self.refuse(node, f"uses `with {ast.unparse(call)}`")
            if item.optional_vars is not None:
                self.refuse(node, "keeps what `with` gives")
        items = [ast.withitem(self._read(item.context_expr), None) for item in node.items]
        return ast.With(items, self.statements(node.body))

    def _is_raises(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and self.module_path(node.func) == "pytest.raises"

    def _raising(self, node: ast.With, item: ast.withitem) -> ast.stmt:
        call = item.context_expr
        assert isinstance(call, ast.Call)
        if item.optional_vars is not None or call.keywords or len(call.args) != 1:
            self.refuse(node, "looks into the exception, which stays in the student's process")
        return self._raised(node, call.args[0], node.body)

    def _do_try(self, node: ast.Try) -> ast.stmt:
        """`try: f(-1)`, `except ValueError: pass`, `else: raise …` asks whether it raises."""
        handler = node.handlers[0] if node.handlers else None
        quiet = (ast.Pass, ast.Expr)
        body = node.body
        if len(body) == 2 and _fails(body[1]):
            body = body[:1]
        is_question = (
            handler is not None
            and not node.finalbody
            and all(isinstance(one, quiet) for one in handler.body)
            and all(all(_fails(one) for one in other.body) for other in node.handlers[1:])
            and (len(body) < len(node.body) or (node.orelse and _fails(node.orelse[-1])))
        )
        if not is_question:
            self.refuse(
                node, "catches exceptions in a way that is no plain question whether one came"
            )
        assert handler is not None
        return self._raised(node, handler.type or ast.Name("Exception", ast.Load()), body)

    def _raised(self, node: ast.stmt, error: ast.expr, body: Sequence[ast.stmt]) -> ast.stmt:
        """Return `assert_raises(error, student.f, …)` of the one call in a body."""
        one = body[0] if len(body) == 1 else None
        call = one.value if isinstance(one, ast.Expr | ast.Assign) else None
        if isinstance(one, ast.Assign) and not all(isinstance(t, ast.Name) for t in one.targets):
            call = None
        named = error.elts if isinstance(error, ast.Tuple) else [error]
        if not all(isinstance(kind, ast.Name) and kind.id in BUILTINS for kind in named):
            self.refuse(node, "expects an exception that is not Python's own")
        before = self._asked
        asked = self._read(call) if isinstance(call, ast.Call) else None
        if (
            not isinstance(asked, ast.Call)
            or self._asked == before
            or not isinstance(asked.func, ast.Attribute | ast.Name)
        ):
            self.refuse(node, "expects an exception of more than one call of the student's")
        self.assertions += 1
        self.checking.add("assert_raises")
        return ast.Expr(
            ast.Call(
                ast.Name("assert_raises", ast.Load()),
                [error, asked.func, *asked.args],
                asked.keywords,
            )
        )

    def _do_functiondef(self, node: ast.FunctionDef) -> ast.stmt:
        if node.decorator_list or any(
            isinstance(inner, ast.Yield | ast.YieldFrom | ast.Await) for inner in ast.walk(node)
        ):
            self.refuse(node, f"defines {node.name}(), which is more than a plain function")
        defaults = [self._read(one) for one in node.args.defaults]
        keyword = [self._read(one) if one else None for one in node.args.kw_defaults]
        self._scopes[-1].add(node.name)
        own = {*parameters(node), *bound_names(node.body)}
        self._scopes.append(own)
        self._touched |= own  # an argument may be the student's: who knows
        before = self._asked
        body = self.statements(node.body)
        self._scopes.pop()
        if any(self._names_student(one) for one in body):
            self._asking.add(node.name)
        if self._asked > before:
            self._touched.add(node.name)
        given = ast.arguments(
            [_bare(a) for a in node.args.posonlyargs],
            [_bare(a) for a in node.args.args],
            _bare(node.args.vararg) if node.args.vararg else None,
            [_bare(a) for a in node.args.kwonlyargs],
            keyword,
            _bare(node.args.kwarg) if node.args.kwarg else None,
            defaults,
        )
        made = ast.parse("def f(): pass").body[0]
        assert isinstance(made, ast.FunctionDef)
        made.name, made.args, made.body = node.name, given, body
        return made


def _bare(argument: ast.arg) -> ast.arg:
    return ast.arg(argument.arg)


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _fails(statement: ast.stmt) -> bool:
    """Return whether a statement says that the test has failed."""
    return isinstance(statement, ast.Raise) or (
        isinstance(statement, ast.Assert)
        and isinstance(statement.test, ast.Constant)
        and not statement.test.value
    )


def _words(node: ast.stmt) -> str:
    return {"ClassDef": "a class", "Global": "global", "Delete": "del"}.get(
        type(node).__name__, type(node).__name__.lower()
    )
