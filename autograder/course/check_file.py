"""Look into a hidden check file without running it.

What it guarantees:

- The file is parsed, never imported: building an assignment runs no check.
- Its docstring names the graded cell and its points, as ``(grade cell `clip`, 3 points)``, so that
  a change of the notebook's points cannot be forgotten here.
- It has at least one check, no two of one name, and imports of ours only the public faces.
- Where checks have `@points`, these add up to the cell's points.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course.manifest import Cell
from autograder.course.percent import read_text
from autograder.course.problems import Problem, SourceError

_DECLARATION = re.compile(
    r"grade cell `(?P<grade_id>[^`]*)`,\s+(?P<points>\d+(?:\.\d+)?) points?\b"
)


@dataclass(frozen=True)
class CheckFile:
    """What a check file has: its checks by name, with the line of each, and what is wrong."""

    path: Path
    names: dict[str, int]
    problems: tuple[Problem, ...]


def read_check_file(path: Path, cell: Cell) -> CheckFile:
    """Return what the check file of a graded cell has."""
    try:
        module = ast.parse(read_text(path), filename=str(path))
    except SyntaxError as error:
        problem = Problem(path, error.lineno or 0, f"is not Python: {error.msg}")
        return CheckFile(path, {}, (problem,))
    except SourceError as refused:
        return CheckFile(path, {}, refused.problems)
    problems = [*_declaration(path, module, cell), *_imports(path, module)]
    names: dict[str, int] = {}
    for function in module.body:
        if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
            continue
        if function.name in names:
            message = f"check {function.name!r} is already in line {names[function.name]}"
            problems.append(Problem(path, function.lineno, message))
        names[function.name] = function.lineno
        problems.extend(_weights(path, function))
    problems.extend(_shares(path, module, cell))
    if not names:
        problems.append(Problem(path, 0, "has no check; write a function test_…(student)"))
    return CheckFile(path, names, tuple(problems))


def _declaration(path: Path, module: ast.Module, cell: Cell) -> Iterator[Problem]:
    declared = _DECLARATION.search(ast.get_docstring(module) or "")
    wanted = f"(grade cell `{cell.cell_id}`, {cell.points:g} point{'s' * (cell.points != 1)})"
    if declared is None:
        yield Problem(path, 1, f"the module's docstring does not say {wanted}")
    elif declared["grade_id"] != cell.cell_id:
        message = f"the docstring names grade cell {declared['grade_id']!r}; expected {wanted}"
        yield Problem(path, 1, message)
    elif float(declared["points"]) != cell.points:
        message = (
            f"points disagree: {declared['points']} here, {cell.points:g} in line {cell.line} of "
            f"the notebook; expected {wanted}"
        )
        yield Problem(path, 1, message)


def _imports(path: Path, module: ast.Module) -> Iterator[Problem]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        else:
            continue
        for name in names:
            if name.startswith("."):
                yield Problem(path, node.lineno, "relative import; a check file stands alone")
            elif name.split(".")[0] == "autograder" and name != "autograder.checking":
                message = f"imports {name!r}; of ours a check may import autograder.checking only"
                yield Problem(path, node.lineno, message)


def _shares(path: Path, module: ast.Module, cell: Cell) -> Iterator[Problem]:
    """Find weights that say another sum than the cell has: they would not be what a check earns."""
    weights: dict[str, float] = {}
    lines: list[int] = []
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test"):
            continue
        weights[function.name] = 1.0
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and _name(decorator.func) == "points":
                lines.append(decorator.lineno)
                try:
                    weights[function.name] = float(ast.literal_eval(decorator.args[0]))
                except (ValueError, TypeError, IndexError):
                    return  # not written out, or no number, which is said elsewhere
    total = sum(weights.values())
    if lines and not math.isclose(total, cell.points):
        parts = " + ".join(f"{weight:g}" for weight in weights.values())
        message = (
            f"@points add up to {total:g} ({parts}; a check without counts 1), and the cell has "
            f"{cell.points:g}; write what each check is worth, or no @points for equal shares"
        )
        yield Problem(path, lines[0], message)


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rsplit(".", 1)[-1]


def _weights(path: Path, function: ast.FunctionDef) -> Iterator[Problem]:
    for decorator in function.decorator_list:
        if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)):
            continue
        if decorator.func.id != "points" or not decorator.args:
            continue
        try:
            weight = ast.literal_eval(decorator.args[0])
        except ValueError:
            continue
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not weight > 0:
            message = f"weight {weight!r} of {function.name!r}; expected a positive number"
            yield Problem(path, decorator.lineno, message)
