"""The real course with a data directory of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.grading import Preparer
from autograder.grading.isolation import isolation_level

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The real course; nothing is written into its folders."""
    return Layout(ROOT, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def preparer(course: Layout) -> Preparer:
    """Reads submissions as the grader does."""
    return Preparer(course, isolation_level())
