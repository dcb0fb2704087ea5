"""Wrong answers made by machine out of right ones, to prove that checks judge.

Each mutant is a right answer with one small change that students make by mistake: another
operator, a turned sign, a constant beside the right one, another default, swapped arguments,
another axis, a line or a term left out, a transpose forgotten, a sum for a mean, a comparison
flipped, a branch gone, the argument returned. Of formulas in text (`"2*(x + y)"`) the same.

What it guarantees:

- The same answer gives the same mutants in the same order; each differs from it and from the others
  as a syntax tree, and has a name that depends on the answer and the change alone.
- Everything but the changed expression is as it stood.

What it does not do: know whether a mutant is wrong. One that computes the same proves nothing; the
assignment's `mutants.toml` names it with the reason:

    [equal]
    "3fa9c1d2e4" = "for whole numbers > 3 and >= 4 are the same"
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course.problems import Problem, SourceError
from autograder.course.settings import line_of, read_toml

EQUAL_NAME = "mutants.toml"
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.MatMult: ast.Mult,
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_REDUCTIONS = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin",
    "argmin": "argmax", "amax": "amin", "amin": "amax", "var": "std", "std": "var",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like",
    "sin": "cos", "cos": "sin", "tanh": "sigmoid", "sigmoid": "tanh", "ceil": "floor",
    "floor": "ceil", "stack": "cat", "cat": "stack", "vstack": "hstack", "hstack": "vstack",
}  # fmt: skip
_TRANSPOSES = ("T", "mT", "H")
_TRANSPOSING = ("t", "transpose", "permute", "swapaxes", "flip", "detach", "clone", "copy")
_SYMMETRIC = ("min", "max", "minimum", "maximum", "gcd", "lcm", "hypot", "allclose", "isclose")
_AXES = ("dim", "axis")
_WHOLE = (ast.Slice, ast.Name, ast.Constant, ast.Call, ast.Attribute)  # need no parentheses


@dataclass(frozen=True)
class Mutant:
    """A changed answer.

    Args:
        name: ten hexadecimal digits; equal for equal answers with equal changes.
        kind: what was done to it.
        source: its text.
        line: 1-based line of the change.
        before: the changed lines as they stood.
        after: the same lines now.
    """

    name: str
    kind: str
    source: str
    line: int
    before: str
    after: str

    @property
    def diff(self) -> str:
        """Return the change as `-` and `+` lines."""
        return "\n".join(
            sign + line
            for sign, text in (("- ", self.before), ("+ ", self.after))
            for line in text.split("\n")
        )


def read_equal(folder: Path) -> dict[str, str]:
    """Return the mutants that an assignment says are equal in effect: name -> reason.

    Raises:
        SourceError: the file has anything else in it, or an entry without a reason.
    """
    path = folder / EQUAL_NAME
    raw = read_toml(path) if path.is_file() else {}
    problems = [
        Problem(path, line_of(path, key), f"unknown key {key!r}; known is [equal]")
        for key in raw
        if key != "equal"
    ]
    equal = raw.get("equal", {})
    if not isinstance(equal, dict):
        raise SourceError(
            [Problem(path, line_of(path, "equal"), "write [equal], then name = reason")]
        )
    problems += [
        Problem(path, line_of(path, f'"{name}"'), f"{name!r} has no reason; write a sentence")
        for name, reason in equal.items()
        if not (isinstance(reason, str) and reason.strip())
    ]
    if problems:
        raise SourceError(problems)
    return equal


def mutants_of(source: str) -> list[Mutant]:
    """Return the mutants of an answer, in the order of the text; none of what is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    seen = {ast.dump(tree)}
    found = []
    for kind, node, replacement in _changes(tree):
        text = _replaced(source, node, replacement)
        try:
            changed = ast.dump(ast.parse(text))
        except SyntaxError:
            continue
        if changed not in seen:
            seen.add(changed)
            found.append(_mutant(source, text, kind, node.lineno))
    return sorted(found, key=lambda mutant: (mutant.line, mutant.kind, mutant.name))


Change = tuple[str, ast.expr | ast.stmt, str]


def _changes(tree: ast.Module | ast.expr) -> Iterator[Change]:
    """Yield what is done, to which node, and the text that stands for the node then."""
    passed_over = _documentation(tree) | _overwritten(tree)
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.expr):
            for kind, new in _expressions(node):
                text = ast.unparse(new)
                is_whole = isinstance(
                    new, ast.Slice | ast.Name | ast.Constant | ast.Call | ast.Attribute
                )
                yield kind, node, text if is_whole else f"({text})"
        if isinstance(node, ast.stmt):
            yield from _statements(node)
        if isinstance(node, ast.FunctionDef):
            yield from _results(node)
            yield from _defaults(node)


def _documentation(tree: ast.AST) -> set[int]:
    """Return docstrings, annotations and decorators: what does not compute the answer."""
    found: set[int] = set()
    for node in ast.walk(tree):
        outside: list[ast.AST | None] = []
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            outside = [node]
        elif isinstance(node, ast.FunctionDef):
            outside = [node.returns, *node.decorator_list]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            outside = [node.annotation]
        elif isinstance(node, ast.Raise):
            outside = [node.exc]  # the words of an error
        elif isinstance(node, ast.JoinedStr):
            outside = [node]
        for part in outside:
            if part is not None:
                found.update(id(inner) for inner in ast.walk(part))
    return found


def _overwritten(tree: ast.AST) -> set[int]:
    """Return values that the next line with the name replaces: a stub's, before a solution."""
    found: set[int] = set()
    body = tree.body if isinstance(tree, ast.Module) else []
    for place, node in enumerate(body):
        name = _only_target(node)
        if name is None:
            continue
        for later in body[place + 1 :]:
            uses = [n.ctx for n in ast.walk(later) if isinstance(n, ast.Name) and n.id == name]
            if uses:
                if _only_target(later) == name and len(uses) == 1:
                    found.update(id(inner) for inner in ast.walk(node))
                break
    return found


def _only_target(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


def _expressions(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.BinOp):
        if type(node.op) in _OPERATORS:
            yield "operator", ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
        yield "term dropped", node.left
        yield "term dropped", node.right
    elif isinstance(node, ast.UnaryOp):
        yield "sign" if isinstance(node.op, ast.USub) else "negation", node.operand
    elif isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in _COMPARISONS.get(type(operator), ()):
                new = copy.deepcopy(node)
                new.ops[place] = other()
                yield "comparison", new
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "operator", ast.BoolOp(other_op, node.values)
        for value in node.values:
            yield "term dropped", value
    elif isinstance(node, ast.IfExp):
        yield "branch", node.body
        yield "branch", node.orelse
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if node.attr in _TRANSPOSES:
            yield "transpose", node.value
        elif node.attr in _REDUCTIONS:
            yield "reduction", ast.Attribute(node.value, _REDUCTIONS[node.attr], node.ctx)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in _REDUCTIONS and node.id in ("sum", "max", "min"):
            yield "reduction", ast.Name(_REDUCTIONS[node.id], node.ctx)
    elif isinstance(node, ast.Slice):
        for part in ("lower", "upper", "step"):
            if getattr(node, part) is not None:
                new_slice = copy.copy(node)
                setattr(new_slice, part, None)
                yield "bound dropped", new_slice


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.expr]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", ast.Constant(value + 1)
        yield "constant", ast.Constant(value - 1)
    elif isinstance(value, str):
        try:
            formula = ast.parse(value, mode="eval").body
        except (SyntaxError, ValueError):
            return
        if isinstance(formula, ast.BinOp | ast.UnaryOp | ast.Call):
            for kind, part, replacement in _changes(formula):
                yield kind, ast.Constant(_replaced(value, part, replacement))


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = ast.unparse(node.func).rsplit(".", 1)[-1]
    for place in range(len(node.args) - 1 if name not in _SYMMETRIC else 0):
        new = copy.copy(node)
        new.args = [*node.args]
        new.args[place : place + 2] = reversed(new.args[place : place + 2])
        yield "arguments swapped", new
    for place, keyword in enumerate(node.keywords):
        without = copy.copy(node)
        without.keywords = [*node.keywords[:place], *node.keywords[place + 1 :]]
        yield "axis" if keyword.arg in _AXES else "argument dropped", without
    if isinstance(node.func, ast.Attribute) and node.func.attr in _TRANSPOSING:
        yield "transpose", node.func.value
    if isinstance(node.func, ast.Name) and node.func.id == "range":
        last = 0 if len(node.args) == 1 else 1
        for operator in (ast.Add(), ast.Sub()):
            new = copy.copy(node)
            new.args = [*node.args]
            new.args[last] = ast.BinOp(node.args[last], operator, ast.Constant(1))
            yield "bound", new


def _statements(node: ast.stmt) -> Iterator[Change]:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise | ast.Delete):
        yield "line dropped", node, "pass"
    if isinstance(node, ast.AugAssign):
        yield "line changed", node, f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"
        if type(node.op) in _OPERATORS:
            new = ast.AugAssign(node.target, _OPERATORS[type(node.op)](), node.value)
            yield "operator", node, ast.unparse(new)
    if isinstance(node, ast.If):
        yield "branch", node.test, "(True)"
        yield "branch", node.test, "(False)"
    if isinstance(node, ast.Break | ast.Continue):
        yield "line dropped", node, "pass"


def _results(function: ast.FunctionDef) -> Iterator[Change]:
    """Turn each result's sign, and return each argument instead."""
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            if not isinstance(node.value, ast.Constant | ast.Tuple | ast.List | ast.Dict):
                yield "sign", node.value, f"-({ast.unparse(node.value)})"
            if names:
                yield "result", node.value, names[0]


def _defaults(function: ast.FunctionDef) -> Iterator[Change]:
    """Let another value stand for what is left out; numbers and bools are changed as constants."""
    words = [
        node.value
        for statement in function.body[1:]
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isidentifier()
    ]
    for default in (*function.args.defaults, *function.args.kw_defaults):
        if isinstance(default, ast.Constant) and default.value is None:
            yield "default", default, "1"
            yield "default", default, "2"
        elif isinstance(default, ast.Constant) and isinstance(default.value, str):
            others = [word for word in dict.fromkeys(words) if word != default.value]
            for word in others[:2] or [""]:
                yield "default", default, repr(word)


def _replaced(source: str, node: ast.expr | ast.stmt, replacement: str) -> str:
    """Return the text with other text in the place of a node."""
    lines = [line.encode() for line in source.split("\n")]
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    head = lines[node.lineno - 1][: node.col_offset]
    tail = lines[node.end_lineno - 1][node.end_col_offset :]
    changed = head + replacement.encode() + tail
    lines[node.lineno - 1 : node.end_lineno] = [changed]
    return b"\n".join(lines).decode()


def _mutant(source: str, text: str, kind: str, line: int) -> Mutant:
    before, after = source.split("\n"), text.split("\n")
    start = _common(before, after)
    end = min(_common(before[::-1], after[::-1]), min(len(before), len(after)) - start)
    digest = hashlib.sha256(f"{source}\0{text}".encode()).hexdigest()[:10]
    return Mutant(
        digest,
        kind,
        text,
        line,
        "\n".join(before[start : len(before) - end]),
        "\n".join(after[start : len(after) - end]),
    )


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


KINDS: tuple[str, ...] = (
    "argument dropped", "arguments swapped", "axis", "bound", "bound dropped", "branch",
    "comparison", "constant", "default", "line changed", "line dropped", "negation", "operator",
    "reduction", "result", "sign", "term dropped", "transpose",
)  # fmt: skip
