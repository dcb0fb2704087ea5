"""A course taken away: nbgrader's own programs grade it, without gradlab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import Layout, build
from autograder.exporting import ExportRefused, export_nbgrader

NOTEBOOK = """\
# %% [markdown]
# # Small

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "doubling", "grade": true, "points": 3}
assert double(2) == 4

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# Because it is twice as much.
# ### END SOLUTION
"""
CHECK = '''\
"""Doubling (grade cell `doubling`, 3 points)."""

import torch

from autograder.checking import assert_agrees, assert_not_used, hint, points
from reference.recurrent import clip_gradient


@points(2)
def test_a_tensor_is_doubled(student, generator):
    """Entries of both signs."""
    x = torch.randn(3, generator=generator)
    assert_agrees(student.double, lambda x: 2 * x, {"x": x})


@points(1)
@hint("Is zero doubled, too?")
def test_zero(student):
    """Zero is a number; what the reference clips is small enough."""
    assert_not_used(student, "double", ["torch.mul"])
    assert student.double(float(clip_gradient(torch.zeros(1), 1.0))) == 0
'''
ANSWERS = {
    "solved": "def double(x):\n    return 2 * x",
    "ends": "import os\ndef double(x):\n    return os._exit(1) if type(x) is float else 2 * x",
    "wrong": "def double(x):\n    return x + 2",
    "endless": "def double(x):\n    while type(x) is not int:\n        pass\n    return 2 * x",
    "cheap": "import torch\ndef double(x):\n    return torch.mul(torch.as_tensor(x), 2)",
}
POINTS = {"solved": 3, "ends": 2, "wrong": 0, "endless": 0, "cheap": 2}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return a course of one assignment, with an essay, a file and a check of every kind."""
    folder = tmp_path / "course" / "solutions" / "small"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text(
        'title = "Small"\nfiles = ["numbers.csv"]\n\n[limits]\ncall_seconds = 1\n'
    )
    (folder / "numbers.csv").write_text("1,2\n")
    (folder / "checks" / "test_doubling.py").write_text(CHECK)
    return Layout(tmp_path / "course", tmp_path / "home", "small-course")


def _run(folder: Path, *words: str) -> None:
    variables = {key: value for key, value in os.environ.items() if "GRADLAB" not in key}
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=folder, env=variables, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_nbgrader_grades_an_exported_course(layout: Layout, tmp_path: Path) -> None:
    """The instructor's answers have full marks, others as many points as checks pass."""
    build(layout)
    course = tmp_path / "taken"
    [made] = export_nbgrader(layout, course)
    assert (made.checked, made.by_hand) == (3, 2)
    _run(course, "generate_assignment", "small")
    release = course / "release" / "small"
    assert (release / "numbers.csv").read_text() == "1,2\n"
    assert {path.name for path in release.iterdir()} == {"small.ipynb", "numbers.csv"}
    text = (release / "small.ipynb").read_text()
    assert "NotImplementedError" in text
    for secret in ("HIDDEN", "run_hidden", "return 2 * x", "twice as much"):
        assert secret not in text
    for student, answer in ANSWERS.items():
        notebook = json.loads(text)
        [cell] = [one for one in notebook["cells"] if one["id"] == "double"]
        cell["source"] = answer
        folder = course / "submitted" / student / "small"
        folder.mkdir(parents=True)
        (folder / "small.ipynb").write_text(json.dumps(notebook))
    _run(course, "autograde", "small")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        earned = {}
        for student in ANSWERS:
            [part] = gradebook.find_submission("small", student).notebooks
            grades = {grade.name: grade for grade in part.grades}
            earned[student] = grades["doubling"].auto_score
    assert earned == POINTS
    graded = (course / "autograded" / "endless" / "small" / "small.ipynb").read_text()
    assert "took longer than 1 s" in graded
    assert "No check of this cell passes" in graded


@pytest.mark.slow
def test_what_is_exported_needs_no_part_of_gradlab(layout: Layout, tmp_path: Path) -> None:
    """What hidden tests import lies beside the course, whole."""
    export_nbgrader(layout, tmp_path / "taken")
    code = (
        "import sys, autograder.checking as c, autograder.exporting.hidden\n"
        "for name in c.__all__: getattr(c, name)\n"
        "import autograder.student.torch_calls, reference.recurrent\n"
        "print({m.__file__ for n, m in sys.modules.items() if n.split('.')[0] in "
        "('autograder', 'reference') and m.__file__})"
    )
    grading = tmp_path / "taken" / "grading"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "PYTHONPATH": str(grading)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = done.stdout.count("'/")
    assert found > 30
    assert done.stdout.count(f"'{grading}/") == found


def test_what_cannot_be_exported_leaves_nothing(layout: Layout, tmp_path: Path) -> None:
    """A folder that is not empty, and a check whose text nbgrader would cut."""
    with pytest.raises(ExportRefused, match="no empty folder"):
        export_nbgrader(layout, layout.solutions)
    check = layout.solutions / "small" / "checks" / "test_doubling.py"
    check.write_text(CHECK + "\n# END HIDDEN TESTS\n")
    with pytest.raises(ExportRefused, match=r"test_doubling\.py: 'END HIDDEN TESTS'"):
        export_nbgrader(layout, tmp_path / "taken")
    assert not (tmp_path / "taken").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".gradlab")]


def test_the_notebook_says_what_is_lost(layout: Layout, tmp_path: Path) -> None:
    """Checks are hidden tests in the cell; the README names the boundary."""
    export_nbgrader(layout, tmp_path / "taken", ["small"])
    notebook = json.loads((tmp_path / "taken/source/small/small.ipynb").read_text())
    [cell] = [one for one in notebook["cells"] if one["id"] == "doubling"]
    text = "".join(cell["source"])
    assert text.startswith("assert double(2) == 4\n\n### BEGIN HIDDEN TESTS\n")
    assert "def test_zero(student):" in text
    assert "can read and forge it" in text
    assert "What is lost: the boundary" in (tmp_path / "taken/README.md").read_text()
