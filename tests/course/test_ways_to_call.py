"""What the course's checks do, the student was told."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

import pytest

from autograder.course import Layout, assignment_names, load_manifest
from autograder.course.leaks import Line, haystack
from autograder.course.solution import solution_lines

_BY_NAME = re.compile(r"\b(ways_to_call|assert_agrees)\(")


def _notebook(layout: Layout, assignment: str) -> bytes:
    return (layout.assignments / assignment / f"{assignment}.ipynb").read_bytes()


def _texts(layout: Layout, assignment: str) -> str:
    notebook = json.loads(_notebook(layout, assignment))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return " ".join(" ".join("".join(cell["source"]) for cell in cells).split())


@pytest.mark.parametrize("assignment", assignment_names(Layout.find()))
def test_a_notebook_says_that_arguments_are_given_by_name(assignment: str) -> None:
    """Who renames an argument, since nothing says that it matters, would lose points."""
    layout = Layout.find()
    checks = (layout.solutions / assignment / "checks").glob("test_*.py")
    if any(_BY_NAME.search(check.read_text()) for check in checks):
        assert re.search(r"by position (and|or) by name", _texts(layout, assignment))


@pytest.mark.parametrize("assignment", assignment_names(Layout.find()))
def test_no_message_writes_a_name_with_a_capital(assignment: str) -> None:
    """A name of the student's stands in a message as it stands in their notebook."""
    for check in (Layout.find().solutions / assignment / "checks").glob("*.py"):
        found = re.findall(r'(?:WrongAnswer|hint)\(\s*f?"[A-Z][a-z0-9]*_\w+', check.read_text())
        assert not found, check.name


_ASKED = re.compile(r"^(?:def|class) (\w+)|^(\w+)(?:, \w+)* = ", re.MULTILINE)
_OF_ONE_WORD = {"Scalar", "bidirectional", "bptt", "convolve", "dropout", "sigmoid"}


@pytest.mark.parametrize("assignment", assignment_names(Layout.find()))
def test_names_that_are_asked_for_are_specific(assignment: str) -> None:
    """`values` or `train` is bound anew by the next scratch cell that needs such a name."""
    notebook = json.loads(_notebook(Layout.find(), assignment))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
            for function, variable in _ASKED.findall("".join(cell["source"])):
                name = function or variable
                assert "_" in name or name in _OF_ONE_WORD, name


def test_no_hint_has_a_line_of_a_solution() -> None:
    """A hint says where to look, by a question or an example, and not what to write."""
    layout, hints = Layout.find(), 0
    for assignment in assignment_names(layout):
        patterns = {
            Line.read(part, is_code=True).pattern
            for cell in load_manifest(layout, assignment).cells
            for line in solution_lines(cell.solution)
            for part in (line, line.partition(" = ")[2], line.removeprefix("return "))
            if len(part.replace(" ", "")) >= 8 and re.search(r"[-+*/@<>=(\[]", part)
        }
        assert patterns, assignment
        for text in _hints(layout, assignment):
            hints += 1
            assert not [pattern for pattern in patterns if pattern in haystack(text)], text
            assert not re.search(r"`|\*\*|==|[-+*/]=|[\w)\]] @ [\w(]|\w\.\w+\(", text), text
    assert hints > 200


def _hints(layout: Layout, assignment: str) -> Iterator[str]:
    for check in (layout.solutions / assignment / "checks").glob("test_*.py"):
        for node in ast.walk(ast.parse(check.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "hint":
                yield ast.literal_eval(node.args[0])
