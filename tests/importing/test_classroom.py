"""Repositories of GitHub Classroom become notebooks: modules are cells, pytest's tests checks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli._app import build_app
from autograder.course import Layout, Role, lint, load_manifest
from autograder.importing import ImportRefused, Translated, Way, find, place, read, translate

STARTER = '''\
"""Means."""

import math

LIMIT = 10


def mean(values):
    """Return the mean."""
    # write it here
    raise NotImplementedError


def root(x):
    """Return the square root."""
    pass


def helper(x):
    return min(x, LIMIT)


if __name__ == "__main__":
    print(mean([1, 2]))
'''
SOLVED = (
    STARTER.replace("    raise NotImplementedError", "    return sum(values) / len(values)")
    .replace("    pass", "    if x < 0:\n        raise ValueError(x)\n    return math.sqrt(x)")
    .replace("    # write it here\n", "")
)
TESTS = """\
import numpy as np
import pytest

import stats
from stats import mean as average

FEW = [1, 2, 6]


def expected(values):
    return sum(values) / len(values)


def test_mean():
    assert average(FEW) == expected(FEW), "Divide by how many there are."


@pytest.mark.parametrize("x, y", [(4, 2), (9.0, 3)])
def test_root(x, y):
    np.testing.assert_allclose(stats.root(x), y)


def test_root_refuses():
    with pytest.raises(ValueError):
        stats.root(-1)


def test_file(tmp_path):
    (tmp_path / "x").write_text(str(average([1])))


@pytest.mark.slow
def test_slow():
    assert average([3]) == 3
"""
ENTRIES = [
    {"name": "The mean", "run": "pytest tests/test_stats.py::test_mean", "points": 3},
    {"name": "Roots", "run": "python -m pytest -k root", "points": 4},
    {"name": "Files", "run": "pytest tests/test_stats.py::test_file", "points": 1},
    {"name": "Prints", "run": "python stats.py", "input": "", "output": "1.5", "points": 2},
]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def imported(repository: Path) -> Translated:
    [found] = find([repository])
    return translate(found, read(found.notebook))


def ways(made: Translated) -> dict[str, tuple[Way, float]]:
    return {one.grade_id: (one.way, one.points) for one in made.outcomes}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write(
        tmp_path / "Stats-HW",
        {
            "README.md": "# Statistics\n\nFill in `stats.py`; see data.csv.",
            "stats.py": STARTER,
            "solution/stats.py": SOLVED,
            "tests/test_stats.py": TESTS,
            "data.csv": "1,2\n",
            "requirements.txt": "numpy\n",
            ".github/classroom/autograding.json": json.dumps({"tests": ENTRIES}),
        },
    )


def test_entries_of_classroom_become_graded_cells(repository: Path, layout: Layout) -> None:
    """With their points; what is no plain test of pytest is named with the reason."""
    made = imported(repository)
    assert ways(made) == {
        "the_mean": (Way.CHECK, 3),
        "roots": (Way.CHECK, 4),
        "files": (Way.HAND, 1),
        "prints": (Way.HAND, 2),
    }
    reasons = {one.grade_id: one.reason for one in made.outcomes}
    assert "(test_file) asks for the fixture tmp_path" in reasons["files"]
    assert "is the command 'python stats.py'" in reasons["prints"]
    assert any("called as a program is left out" in note for note in made.notes)
    left = "tests/test_stats.py: test_slow is left out"
    assert any(note.startswith(left) for note in made.notes)
    assert "tmp_path" in made.files["by-hand/files.py"].decode()
    place(layout, made)
    manifest = load_manifest(layout, "stats-hw")
    assert lint(manifest) == []
    assert manifest.title == "Statistics"
    assert [*manifest.files] == ["data.csv"]
    shown = {cell.cell_id: cell.source for cell in manifest.cells}
    assert shown["mean"] == (
        'def mean(values):\n    """Return the mean."""\n    # YOUR CODE HERE\n'
        "    raise NotImplementedError()"
    )
    assert not any("sum(values) / len(values)\n    #" in text for text in shown.values())
    order = [cell.cell_id for cell in manifest.cells if cell.role is not Role.GIVEN]
    assert order.index("mean") < order.index("the_mean") < order.index("root")
    check = manifest.checks["roots"].read_text()
    assert "for x, y in [(4, 2), (9.0, 3)]:" in check
    assert "assert_raises(ValueError, student.root, -1)" in check
    assert "Divide by how many there are." in manifest.checks["the_mean"].read_text()


def test_an_imported_repository_is_proved(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solutions get full marks, the starter none; what waits makes exit status 1."""
    root = tmp_path / "course"
    (root / "solutions").mkdir(parents=True)
    monkeypatch.setenv("GRADLAB_COURSE", str(root))
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(build_app(), ["import", str(repository)])
    assert done.exit_code == 1, done.output
    assert "check: 2 with 7 points; by hand: 2 with 3 points" in done.output
    assert "2 of 2 as expected" in done.output


def test_without_settings_each_file_is_a_cell(tmp_path: Path, layout: Layout) -> None:
    """A point for each test; a module that is no stub is the solution, methods are its bodies."""
    shapes = '''\
class Square:
    """A square."""

    def __init__(self, side):
        self.side = side

    def area(self):
        """Return the area."""
        return self.side**2
'''
    tests = """\
from shapes import Square


class TestSquare:
    def test_area(self):
        assert Square(3).area() == 9

    def test_small(self):
        assert Square(0).area() == 0
"""
    repository = write(tmp_path / "shapes", {"shapes.py": shapes, "test_shapes.py": tests})
    made = imported(repository)
    assert ways(made) == {"test_shapes": (Way.CHECK, 2)}
    place(layout, made)
    manifest = load_manifest(layout, "shapes")
    assert lint(manifest) == []
    released = manifest.cell("square").source
    assert "self.side**2" not in released
    assert released.count("raise NotImplementedError()") == 2
    assert released.count("def ") == 2


def test_without_a_solution_the_tests_are_by_hand(tmp_path: Path, layout: Layout) -> None:
    """And the reason says where to put it; the assignment builds all the same."""
    files = {"stats.py": STARTER, "tests/test_stats.py": TESTS}
    made = imported(write(tmp_path / "open", files))
    [one] = made.outcomes
    assert (one.way, one.points) == (Way.HAND, 5)
    assert "put the solved stats.py into solution/ and import again" in one.reason
    place(layout, made)
    assert lint(load_manifest(layout, "open")) == []


@pytest.mark.parametrize(
    "files",
    [
        {"test_x.py": "def test_x():\n    assert 1\n"},
        {"tests/test_x.py": "from gone import f\n\ndef test_x():\n    assert f()\n"},
        {".github/classroom/autograding.json": "{}", "a.py": "", "test_a.py": "import a\n"},
        {"test_x.py": "def (:\n"},
    ],
)
def test_what_is_no_such_repository_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    """With what was looked for."""
    [found] = find([write(tmp_path / "r", files)])
    with pytest.raises(ImportRefused, match=r"name the repository's own folder|no list of tests"):
        read(found.notebook)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A module, a solution or a test that is a link is not there."""
    (tmp_path / "secret.py").write_text(STARTER)
    repository = write(tmp_path / "r", {"tests/test_stats.py": TESTS})
    (repository / "stats.py").symlink_to(tmp_path / "secret.py")
    [found] = find([repository])
    with pytest.raises(ImportRefused):
        read(found.notebook)


def test_tests_that_are_no_plain_functions_are_named(tmp_path: Path) -> None:
    """Asynchronous ones and unittest's; in folders of their own, too."""
    tests = """\
import unittest
from stats import mean


class Means(unittest.TestCase):
    def test_mean(self):
        self.assertEqual(mean([1]), 1)
"""
    other = "from stats import mean\n\n\nasync def test_later():\n    assert mean([1]) == 1\n"
    files = {"stats.py": SOLVED, "tests/test_a.py": tests, "tests/deep/test_b.py": other}
    made = imported(write(tmp_path / "r", files))
    reasons = {one.grade_id: one.reason for one in made.outcomes}
    assert "(test_mean) uses self" in reasons["test_a"]
    assert "(test_later) is asynchronous" in reasons["test_b"]
    assert "async def test_later" in made.files["by-hand/test_b.py"].decode()
