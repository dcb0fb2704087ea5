"""Weights, hints and the listing of check files."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.checking import AuthorError, ListingError, check_names, hint, points
from autograder.checking.marks import hint_of, weight_of

FILE = '''
"""A cell."""
import pytest
from autograder.checking import points, hint

raise RuntimeError("listing must not run this")

@points(2.5)
@hint("Look  at\\nthe sign.")
def test_one(student):
    """The sign is right."""

@pytest.mark.parametrize("n", [1, 2])
@points(3)
def test_many(student, n): ...

def helper(): ...

class TestGroup:
    def test_inner(self, student): ...
'''


def test_marks_in_any_order() -> None:
    """Weight 1 and no hint by default."""

    @hint("a  hint")
    @points(2)
    def check() -> None: ...

    def bare() -> None: ...

    assert (weight_of(check), hint_of(check)) == (2.0, "a hint")
    assert (weight_of(bare), hint_of(bare)) == (1.0, "")


@pytest.mark.parametrize("weight", [0, -1, math.nan, math.inf, True, "2", None], ids=str)
def test_a_weight_is_a_positive_number(weight: Any) -> None:
    """Anything else is refused when the file is imported."""
    with pytest.raises(AuthorError):
        points(weight)


def test_a_hint_is_a_sentence() -> None:
    """An empty hint is refused."""
    with pytest.raises(AuthorError):
        hint("  ")


def test_checks_are_listed_without_running_them(tmp_path: Path) -> None:
    """Names, weights, hints and first lines, in order."""
    path = tmp_path / "test_my_cell.py"
    path.write_text(FILE)
    one, many, inner = check_names([path])
    assert (one.name, one.weight, one.hint, one.summary) == (
        "test_one", 2.5, "Look at the sign.", "The sign is right.",
    )  # fmt: skip
    assert (one.grade_id, one.line, one.parametrized) == ("my_cell", 10, False)
    assert (many.name, many.weight, many.parametrized) == ("test_many", 3.0, True)
    assert inner.name == "TestGroup::test_inner"


@pytest.mark.parametrize(
    "text",
    [
        "def test_(:",
        "@points(n)\ndef test_a(): ...",
        "@points(0)\ndef test_a(): ...",
        "@hint()\ndef test_a(): ...",
    ],
)
def test_what_cannot_be_listed_names_file_and_line(text: str, tmp_path: Path) -> None:
    """A broken file or a computed mark is refused."""
    path = tmp_path / "test_a.py"
    path.write_text(text)
    with pytest.raises(ListingError, match=str(path)):
        check_names([path])


def test_the_face_loads_nothing_heavy_for_the_grader() -> None:
    """`CheckJob`, `read_answer` and `check_names` come without torch."""
    code = (
        "from autograder.checking import CheckJob, read_answer, check_names; import sys; "
        "assert 'torch' not in sys.modules and 'pytest' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_name_of_the_face_exists() -> None:
    """What `__all__` promises can be imported."""
    import autograder.checking as face

    assert all(getattr(face, name) is not None for name in face.__all__)
    assert set(dir(face)) == set(face.__all__)
    with pytest.raises(AttributeError):
        _ = face.nothing
