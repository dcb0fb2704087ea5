"""What assignments and exercises are called on pages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

import pytest

from autograder.course import Layout, assignment_names, load_manifest
from autograder.course.headings import exercise_titles, plain_heading, words_of


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("Exercise 10 · leaky *integrate*-and-fire (4 points)", "10 · Leaky integrate-and-fire"),
        ("Exercise 1 ★ · by hand (2 points)", "1 · By hand"),
        ("2. Why gradients explode", "2 · Why gradients explode"),
        ("The chain rule", "The chain rule"),
        ("Exercise 3", "Exercise 3"),
        ("$x_1$ and `y`", "X1 and y"),
        ("****", "****"),
    ],
)
def test_a_heading_becomes_a_plain_title(heading: str, title: str) -> None:
    """Number in front, no points, no marks; never empty."""
    assert plain_heading(heading) == title


def test_names_become_words() -> None:
    """A name without words stays."""
    assert words_of("test_impossible_settings_are_refused") == "Impossible settings are refused"
    assert words_of("___") == "___"


def test_every_cell_with_points_of_the_course_has_a_title() -> None:
    """The repository's own assignments."""
    layout = Layout.find()
    for name in assignment_names(layout):
        manifest = load_manifest(layout, name)
        titles = exercise_titles(manifest)
        assert list(titles) == [cell.cell_id for cell in manifest.worth_points]
        assert all(
            title and "points" not in title and "$" not in title for title in titles.values()
        )


def _exercises(layout: Layout, name: str) -> Iterator[tuple[str, str, str]]:
    """Give of each exercise its text, the id of its answer and that of its graded cell."""
    text, answer = "", ""  # the text of an exercise: from the answer before it to its own
    for cell in json.loads((layout.assignments / name / f"{name}.ipynb").read_text())["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "markdown":
            text += "".join(cell["source"])
        elif marks.get("grade"):
            yield text, answer, marks["grade_id"]
            text = ""
        elif marks.get("solution"):
            answer = marks["grade_id"]


def test_what_a_check_forbids_stands_in_the_exercise_s_text() -> None:
    """Nobody learns only from a verdict that a way was not allowed."""
    layout = Layout.find()
    forbids = re.compile(r"assert_not_used\(\s*student,\s*\"(\w+)\"")
    looked_at = 0
    for name in assignment_names(layout):
        checks = (layout.solutions / name / "checks").glob("*.py")
        answers = {cell_id for check in checks for cell_id in forbids.findall(check.read_text())}
        for text, answer, _ in _exercises(layout, name):
            if answer in answers:
                looked_at += 1
                assert "not allowed" in text, (name, answer)
    assert looked_at >= 2


_DERIVATIVES = {
    "bptt_fill_in",
    "memory_gradients_code",
    "jacobian_of_many_steps",
}  # autograd counts


def test_ways_to_a_derivative_stand_in_the_exercise_s_text() -> None:
    """Whether automatic differentiation, complex steps and small differences count."""
    layout = Layout.find()
    looked_at = 0
    for name in assignment_names(layout):
        for text, _, grade_id in _exercises(layout, name):
            check = layout.solutions / name / "checks" / f"test_{grade_id.replace('-', '_')}.py"
            if grade_id in _DERIVATIVES or (check.exists() and "AUTOGRAD" in check.read_text()):
                looked_at += 1
                said = " ".join(text.split())
                assert re.search(
                    "complex steps and small differences|everything else is|Everything is allowed",
                    said,
                ), (name, grade_id)
                if grade_id not in _DERIVATIVES:
                    assert re.search("[Aa]utomatic differentiation .{0,160}not allowed", said)
    assert looked_at >= 7


def test_a_dtype_that_a_check_asks_for_stands_in_the_exercise_s_text() -> None:
    """The message says "as the exercise says", and it does."""
    layout = Layout.find()
    looked_at = 0
    for name in assignment_names(layout):
        for text, _, grade_id in _exercises(layout, name):
            check = layout.solutions / name / "checks" / f"test_{grade_id.replace('-', '_')}.py"
            if check.exists() and _asks_for_a_dtype(check.read_text()):
                looked_at += 1
                assert "dtype" in text, (name, grade_id)
    assert looked_at >= 2


def _asks_for_a_dtype(check: str) -> bool:
    """Tell whether a comparison of a check file has the argument `dtype`, or asks `dtype_of`."""
    calls = [node for node in ast.walk(ast.parse(check)) if isinstance(node, ast.Call)]
    named = [(call, call.func.id) for call in calls if isinstance(call.func, ast.Name)]
    return any(
        name == "dtype_of"
        or (name.startswith("assert_") and any(word.arg == "dtype" for word in call.keywords))
        for call, name in named
    )
