"""A small course in a temporary folder that is accepted, for tests that then break one thing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.course import Layout

NOTEBOOK = """\
# %% [markdown]
# # Doubling

# %%
# %matplotlib inline
import math

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return sum(x for _ in range(2))
    ### END SOLUTION

# %% nbgrader={"grade_id": "doubling", "grade": true, "points": 2}
assert double(2) == 4

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 1.5}
# ### BEGIN SOLUTION
# Because two times two is four, whoever counts.
# ### END SOLUTION
"""

CHECKS = '''\
"""Doubling (grade cell `doubling`, 2 points)."""

from autograder.checking import points


@points(1)
def test_two(student):
    assert student.double(2) == 4


def test_three(student):
    assert student.double(3) == 6
'''

SETTINGS = """\
title = "Doubling"
points = 3.5
files = ["data/words.txt"]

[limits]
cell_seconds = 5
"""

ANSWERS = """\
# %% grade_id="double"
def double(x):
    return 2 * x
"""

SQUARE = """\
# %% grade_id="double"
def double(x):
    return x * x
"""

EXPECT_SQUARE = """\
summary = "Squares instead of doubling."
kind = "wrong"

[cells.doubling]
points = 1

[cells.doubling.checks]
test_two = "passed"
test_three = "failed"
"""


@dataclass(frozen=True)
class Workshop:
    """The course of a test; `write` and `change` edit files of the assignment `doubling`."""

    layout: Layout

    @property
    def folder(self) -> Path:
        return self.layout.solutions / "doubling"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def change(self, name: str, old: str, new: str) -> Path:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        return self.write(name, text.replace(old, new))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Return a course with one accepted assignment."""
    made = Workshop(Layout(tmp_path, tmp_path / "var"))
    made.write("notebook.py", NOTEBOOK)
    made.write("checks/test_doubling.py", CHECKS)
    made.write("assignment.toml", SETTINGS)
    made.write("data/words.txt", "one two\n")
    made.write("submissions/multiply/answers.py", ANSWERS)
    made.write("submissions/multiply/expect.toml", 'summary = "Multiplies."\nkind = "right"\n')
    made.write("submissions/square/answers.py", SQUARE)
    made.write("submissions/square/expect.toml", EXPECT_SQUARE)
    return made
