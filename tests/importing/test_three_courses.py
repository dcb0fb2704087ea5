"""Three courses of different shape: imported, proved, released, and handed-in work graded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli._app import build_app
from autograder.course import (
    Layout,
    assignment_names,
    instructor_answers,
    load_manifest,
    notebook_bytes,
    submission_notebook,
)
from autograder.hub.serving import release_course

from ..foreign_notebooks import answer, essay, given, graded, shown, task, write_notebook

SQUARE = "def f(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"


def nbgrader_course(root: Path) -> Path:
    """Write a source tree: two assignments, hidden tests, an essay, a task, a data file."""
    write_notebook(
        root / "source" / "ps1" / "squares.ipynb",
        [
            given("# Squares", "markdown"),
            given("import numpy as np"),
            answer(SQUARE, "f"),
            graded(
                "assert f(2) == 4\n### BEGIN HIDDEN TESTS\n"
                "np.testing.assert_allclose(f(np.arange(3.0)), [0, 1, 4])\n### END HIDDEN TESTS",
                "squares",
                3,
            ),
            essay("Why?", "why", 2),
        ],
    )
    (root / "source" / "ps1" / "data.csv").write_text("1,2\n")
    write_notebook(
        root / "source" / "ps2" / "sizes.ipynb",
        [answer("size = 3", "a"), graded("assert size == 3", "size", 1), task("Draw.", "draw", 1)],
    )
    return root


def otter_course(root: Path) -> Path:
    """Write a master notebook of Otter's."""
    cells = [
        given("# BEGIN QUESTION\nname: q1\npoints: 2", "raw"),
        given("# BEGIN SOLUTION", "raw"),
        given("def g(x):\n    return x + 1  # SOLUTION"),
        given("# END SOLUTION", "raw"),
        given("# BEGIN TESTS", "raw"),
        shown("g(3)", "4"),
        given("# HIDDEN\nassert g(-1) == 0"),
        given("# END TESTS", "raw"),
        given("# END QUESTION", "raw"),
    ]
    return write_notebook(root / "lab.ipynb", cells)


def classroom_course(root: Path) -> Path:
    """Write a repository of GitHub Classroom."""
    files = {
        "words.py": "def count(text):\n    raise NotImplementedError\n",
        "solution/words.py": "def count(text):\n    return len(text.split())\n",
        "tests/test_words.py": "import words\n\n\ndef test_count():\n"
        "    assert words.count('a b') == 2\n\n\ndef test_nothing():\n"
        "    assert words.count('') == 0\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


COURSES = {
    "nbgrader": (nbgrader_course, {"ps1": (3, 5), "ps2": (1, 2)}),
    "otter": (otter_course, {"lab": (2, 2)}),
    "classroom": (classroom_course, {"brought": (2, 2)}),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", COURSES)
def test_a_course_is_imported_proved_released_and_graded(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solved notebook earns every point that checks give, the released one none."""
    write, expected = COURSES[shape]
    root = tmp_path / "course"
    (root / "solutions").mkdir(parents=True)
    layout = Layout(root, tmp_path / "home")
    layout.home.mkdir()
    for name, value in layout.to_environment().items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(build_app(), ["import", str(write(tmp_path / "brought"))])
    assert done.exit_code == 0, done.output
    assert f"{2 * len(expected)} of {2 * len(expected)} as expected" in done.output
    assert assignment_names(layout) == sorted(expected)
    said: list[str] = []
    release_course(layout, said.append)
    for name, (by_checks, points) in expected.items():
        assert f"released {name}" in said
        manifest = load_manifest(layout, name)
        assert manifest.max_points == points
        released = layout.exchange / layout.course_id / "outbound" / name / f"{name}.ipynb"
        solved = tmp_path / f"{name}.ipynb"
        notebook = submission_notebook(manifest, instructor_answers(manifest))
        solved.write_bytes(notebook_bytes(notebook))
        for file, earned in ((solved, by_checks), (released, 0)):
            words = ["score", str(file), "--assignment", name, "--json"]
            scored = CliRunner().invoke(build_app(), words)
            assert scored.exit_code == 0, scored.output
            assert json.loads(scored.stdout)["points"] == earned, (name, file)
