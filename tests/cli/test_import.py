"""`gradlab import` as an instructor calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli._app import build_app

from ..foreign_notebooks import answer, given, graded, write_notebook

CELLS = [
    given("import numpy as np"),
    answer("def f(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION", "f"),
    graded(
        "assert f(2) == 4, 'Square it.'\n"
        "### BEGIN HIDDEN TESTS\n"
        "np.testing.assert_allclose(f(np.arange(3.0)), [0, 1, 4])\n"
        "### END HIDDEN TESTS",
        "squares",
        3,
    ),
    answer(
        "def root(x):\n    ### BEGIN SOLUTION\n    if x < 0:\n        raise ValueError(x)\n"
        "    return x**0.5\n    ### END SOLUTION",
        "root",
    ),
    graded(
        "assert abs(root(4) - 2) < 1e-9\ntry:\n    root(-1)\nexcept ValueError:\n    pass\n"
        "else:\n    raise AssertionError('Refuse it.')",
        "roots",
        2,
    ),
]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "course"
    (root / "solutions").mkdir(parents=True)
    monkeypatch.setenv("GRADLAB_COURSE", str(root))
    monkeypatch.setenv("COLUMNS", "200")
    return root


def test_imported_notebook_is_proved(course: Path, tmp_path: Path) -> None:
    """The instructor's notebook gets full marks, the untouched one none, in one command."""
    path = write_notebook(tmp_path / "ps.ipynb", [*CELLS, given("open('data.csv').close()")])
    (tmp_path / "data.csv").write_text("1,2\n")
    done = CliRunner().invoke(build_app(), ["import", str(path)])
    assert done.exit_code == 0, done.output
    assert "2 of 2 as expected" in done.output
    assert (course / "solutions" / "ps" / "checks" / "test_squares.py").is_file()
    assert (course / "assignments" / "ps" / "data.csv").is_file()


def test_what_waits_for_a_person_is_said(course: Path, tmp_path: Path) -> None:
    """By hand, refused, or there already: exit status 1 with the names; all refused: 2."""
    hand = [*CELLS, graded("import os\nassert os.getcwd()", "where", 1)]
    write_notebook(tmp_path / "in" / "ps.ipynb", hand)
    (tmp_path / "in" / "broken.ipynb").write_text("{}")
    run = ["import", str(tmp_path / "in"), "--no-verify"]
    done = CliRunner().invoke(build_app(), run)
    assert done.exit_code == 1
    assert "6, line 1" in done.output
    assert "uses os" in done.output
    assert "check: 2 with 5 points; by hand: 1 with 1 points" in done.output
    assert "broken.ipynb" in done.output
    (course / "solutions" / "ps" / "notebook.py").write_text("# mine\n")
    assert "see --replace" in CliRunner().invoke(build_app(), run).output
    broken = CliRunner().invoke(build_app(), ["import", str(tmp_path / "in" / "broken.ipynb")])
    assert broken.exit_code == 2


def test_looking_first_writes_nothing(course: Path, tmp_path: Path) -> None:
    """`--check` shows the table alone."""
    path = write_notebook(tmp_path / "ps.ipynb", CELLS)
    done = CliRunner().invoke(build_app(), ["import", "--check", str(path)])
    assert done.exit_code == 0, done.output
    assert "not written" in done.output
    assert list((course / "solutions").iterdir()) == []


def test_a_library_that_is_lacking_is_said_before_anything_is_graded(
    course: Path, tmp_path: Path
) -> None:
    """With the command; the assignment is written and waits."""
    cells = [given("import no_such_library_of_ours"), *CELLS]
    done = CliRunner().invoke(
        build_app(), ["import", str(write_notebook(tmp_path / "p.ipynb", cells))]
    )
    assert done.exit_code == 1, done.output
    assert "pip install no_such_library_of_ours" in done.output
    assert (course / "solutions" / "p" / "assignment.toml").is_file()


def test_a_check_that_fails_with_the_instructor_s_answers_is_by_hand(
    course: Path, tmp_path: Path
) -> None:
    """A wrong answer and a fault of the check; said per cell, and the same when done again."""
    cells = [
        *CELLS,
        answer("def draw():\n    return np.random.rand()", "draw"),
        graded(
            "np.random.seed(1)\ndrawn = draw()\nnp.random.seed(1)\n"
            "assert drawn == np.random.rand()",
            "seeded",
            2,
        ),
        graded("assert f(np.array([1, 2], dtype='O')).sum() == 5", "objects", 4),
    ]
    path = write_notebook(tmp_path / "ps.ipynb", cells)
    done = CliRunner().invoke(build_app(), ["import", str(path)])
    assert done.exit_code == 1, done.output
    assert "check: 2 with 5 points; by hand: 2 with 6 points" in done.output
    assert "does not pass with the instructor's answers" in done.output
    kept = course / "solutions" / "ps" / "by-hand" / "seeded.py"
    first, *rest = kept.read_text().splitlines()
    assert "does not pass with the instructor's answers (failed: drawn == " in first
    assert "assert drawn == np.random.rand()" in rest
    assert "(fault: " in (kept.parent / "objects.py").read_text()
    before = {path: path.read_bytes() for path in (course / "solutions").rglob("*.*")}
    again = CliRunner().invoke(build_app(), ["import", str(path)])
    assert "ps (current)" in again.output
    assert "by hand: 2 with 6 points" in again.output
    assert {path: path.read_bytes() for path in (course / "solutions").rglob("*.*")} == before
