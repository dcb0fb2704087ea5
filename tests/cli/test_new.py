"""`gradlab new exercise`: what it writes is proven as it is, and it says what is to be filled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Kind, Layout
from autograder.course.starting import start_exercise

GRADLAB = str(Path(sys.executable).parent / "gradlab")


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GRADLAB, *words], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a course without assignments."""
    (tmp_path / "solutions").mkdir()
    for variable in ("GRADLAB_COURSE", "GRADLAB_HOME", "GRADLAB_SETTINGS"):
        monkeypatch.delenv(variable, raising=False)
    return Layout(tmp_path, tmp_path / "var")


def test_an_exercise_of_each_kind_is_proven_as_it_is_written(empty: Layout) -> None:
    """The instructor's notebook and two right answers have all points, two wrong ones have not."""
    for kind in Kind:
        start_exercise(empty, "first", f"my_{kind}", kind)
    proven = _run(empty.root, "verify", "--seeds", "1")
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert "26 of 26 as expected" in proven.stdout


def test_the_assignment_is_that_of_the_folder_and_holes_are_told(empty: Layout) -> None:
    """The first exercise starts an assignment by its name, the next one is added from inside."""
    first = _run(empty.root, "new", "exercise", "one", "--kind", "choice", "--assignment", "first")
    assert first.returncode == 0, first.stderr
    assert "wrote solutions/first/checks/test_one.py" in first.stdout
    second = _run(empty.solutions / "first" / "checks", "new", "exercise", "two", "--kind", "essay")
    assert second.returncode == 0, second.stderr
    assert "solutions/first/notebook.py:" in second.stdout
    built = _run(empty.root, "build")
    assert "2 graded" not in built.stdout
    assert "1 graded, 3 points" in built.stdout


def test_a_wrong_kind_and_no_folder_are_told(empty: Layout) -> None:
    """Both say what is expected, with status 2."""
    wrong = _run(empty.root, "new", "exercise", "one", "--kind", "poem", "--assignment", "first")
    assert wrong.returncode == 2
    assert "code, number, symbolic" in wrong.stderr
    nowhere = _run(empty.root, "new", "exercise", "one", "--kind", "code")
    assert nowhere.returncode == 2
    assert "--assignment" in nowhere.stderr
