"""Which checks a file has, read without running it: for lint, the manifest and listings.

What it guarantees: nothing is imported or run; torch is not loaded; a file that cannot be read, or
a weight or hint that is not written out, is a `ListingError` with file and line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.checking.errors import CheckingError


class ListingError(CheckingError):
    """A check file cannot be listed."""


@dataclass(frozen=True)
class CheckInfo:
    """One check as its file says it.

    Args:
        path: the check file.
        line: 1-based line of its `def`.
        grade_id: the graded cell, with `_` where the id may have `-`.
        name: the function; the cases of a parametrised check have `[id]` behind it in results.
        weight: its share of the cell's points, all its cases together.
        hint: what the student reads when it does not pass.
        summary: first line of its docstring.
        parametrized: it has several cases.
    """

    path: Path
    line: int
    grade_id: str
    name: str
    weight: float
    hint: str
    summary: str
    parametrized: bool


def check_names(files: Iterable[Path]) -> list[CheckInfo]:
    """List the checks of check files, in order.

    Raises:
        ListingError: a file is no Python, or a mark in it is not a plain value.
    """
    return [check for path in files for check in _file_checks(Path(path))]


def _file_checks(path: Path) -> Iterator[CheckInfo]:
    try:
        tree = ast.parse(path.read_text("utf-8"), filename=str(path))
    except (OSError, SyntaxError, ValueError) as error:
        raise ListingError(f"{path}: cannot be read: {error}") from error
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for inner in node.body:
                if _is_check(inner):
                    yield _info(path, inner, f"{node.name}::")
        elif _is_check(node):
            yield _info(path, node, "")


def _is_check(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")


def _info(path: Path, node: ast.stmt, prefix: str) -> CheckInfo:
    assert isinstance(node, ast.FunctionDef)
    weight, hint, parametrized = 1.0, "", False
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        name = ast.unparse(decorator.func).rsplit(".", 1)[-1]
        if name == "parametrize":
            parametrized = True
        if name not in ("points", "hint"):
            continue
        try:
            value = ast.literal_eval(decorator.args[0])
        except (ValueError, IndexError) as error:
            raise ListingError(
                f"{path}:{decorator.lineno}: {name}(…) needs one plain value written out"
            ) from error
        if name == "points":
            weight = _weight(value, path, decorator.lineno)
        else:
            hint = " ".join(str(value).split())
    return CheckInfo(
        path,
        node.lineno,
        path.stem.removeprefix("test_"),
        prefix + node.name,
        weight,
        hint,
        (ast.get_docstring(node) or "").split("\n", 1)[0],
        parametrized,
    )


def _weight(value: object, path: Path, line: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ListingError(f"{path}:{line}: points({value!r}); expected a positive number")
    return float(value)
