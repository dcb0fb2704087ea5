"""A course of one assignment, small enough to read; its fixtures are for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import Layout

NOTEBOOK = """\
# %% [markdown]
# # Tiny

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "doubling", "grade": true, "points": 3}
assert double(2) == 4
"""
CHECK = '''\
"""Doubling (grade cell `doubling`, 3 points)."""


def test_doubles(student):
    assert student.double(3) == 6
'''
CONFIG = """\
from autograder.course.layout import Layout
from autograder.gradebook.nbgrader.configuration import configure

c = get_config()
configure(c, Layout.find())
"""


def write_tiny(root: Path) -> None:
    """Write a course with one assignment, `tiny`."""
    folder = root / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Tiny"\n')
    (folder / "checks" / "test_doubling.py").write_text(CHECK)
    wrong = folder / "submissions" / "triples"
    wrong.mkdir(parents=True)
    (wrong / "answers.py").write_text('# %% grade_id="double"\ndef double(x):\n    return 3 * x\n')
    (wrong / "expect.toml").write_text(
        'summary = "triples"\nkind = "wrong"\n\n[cells.doubling]\npoints = 0\n'
    )
    (root / "nbgrader_config.py").write_text(CONFIG)


@pytest.fixture(scope="session")
def tiny() -> Callable[[Path], None]:
    """Return what writes a course with one assignment."""
    return write_tiny


@pytest.fixture(scope="session")
def course_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the course, for servers that copy it."""
    root = tmp_path_factory.mktemp("tiny") / "course"
    write_tiny(root)
    return root


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a course with one assignment, `tiny`, and an empty data directory."""
    root = tmp_path / "course"
    write_tiny(root)
    monkeypatch.setenv("GRADLAB_COURSE", str(root))
    monkeypatch.setenv("GRADLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRADLAB_DB_URL", raising=False)
    return Layout.find()
