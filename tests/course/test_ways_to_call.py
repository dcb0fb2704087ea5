"""What the course's checks do, the student was told."""

from __future__ import annotations

import json
import re

import pytest

from autograder.course import Layout, assignment_names

_BY_NAME = re.compile(r"\b(ways_to_call|assert_agrees)\(")


def _texts(layout: Layout, assignment: str) -> str:
    notebook = json.loads((layout.assignments / assignment / f"{assignment}.ipynb").read_bytes())
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
