"""A tiny course, and graders with named faults, for the tests of batches."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest
from autograder.grading import GraderFault, Preparer
from autograder.grading.grader import OnCell
from autograder.grading.prepare import Prepared, blank_cells
from autograder.grading.report import CellReport, Report
from autograder.grading.store import ReportStore

NOTEBOOK = '''# %% nbgrader={"grade_id": "size_answer", "solution": true}
size = 0
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print(size)

# %% nbgrader={"grade_id": "twice_answer", "solution": true}
def twice(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade_id": "twice", "grade": true, "points": 1}
twice(1)
'''
CHECKS = {
    "size": '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import assert_number, points


@points(1)
def test_size(student):
    assert_number(student["size"], 3)
''',
    "twice": '''"""Twice (grade cell `twice`, 1 point)."""

from autograder.checking import assert_number, points


@points(1)
def test_twice(student, rng):
    x = int(rng.integers(10, 1000))
    assert_number(student.twice(x), 2 * x)
''',
}


def stored_reports(layout: Layout) -> dict[str, bytes | None]:
    """Return every stored report's own bytes by its key."""
    store = ReportStore(layout.graded)
    return {key: store.report_bytes(key) for key in store}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A course with one assignment `tiny`."""
    folder = tmp_path / "course" / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Tiny"\n')
    for name, text in CHECKS.items():
        (folder / "checks" / f"test_{name}.py").write_text(text)
    return Layout(tmp_path / "course", tmp_path / "home")


@pytest.fixture
def manifest(layout: Layout) -> Manifest:
    """The manifest of `tiny`."""
    return load_manifest(layout, "tiny")


@pytest.fixture
def preparer(layout: Layout) -> Preparer:
    """A preparer of the course, as with full isolation."""
    return Preparer(layout, "full")


def submission(manifest: Manifest, size: int, twice: str = "return 2 * x") -> bytes:
    """A submission that answers with these."""
    code = f"def twice(x):\n    {twice}"
    answers = {"size_answer": f"size = {size}", "twice_answer": code}
    return notebook_bytes(submission_notebook(manifest, answers))


class FakeGrader:
    """Grades without running anything: every checked cell is blank."""

    def __init__(self, preparer: Preparer) -> None:
        self.preparer = preparer
        self.known: list[Mapping[str, CellReport]] = []

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to end."""

    def kill(self) -> None:
        """Nothing to kill."""

    def give_way(self) -> None:
        """Nothing to lower."""

    def run(
        self,
        prepared: Prepared,
        known: Mapping[str, CellReport] | None = None,
        on_cell: OnCell = lambda _cell: None,
    ) -> Report:
        """Return a report in which nothing was checked."""
        self.known.append(known or {})
        cells = blank_cells(self.preparer.manifest(prepared.assignment))
        return Report(prepared.assignment, prepared.keys.report, prepared.keys.seed, "full", cells)


class GraderThatNeverStarts(FakeGrader):
    """A grader whose servers do not come up."""

    def start(self) -> None:
        """Fail."""
        raise GraderFault("the servers do not start")


class GraderThatFailsOnce(FakeGrader):
    """A grader of which the first one made loses its server in the middle of a submission."""

    failures = iter(())

    def run(
        self,
        prepared: Prepared,
        known: Mapping[str, CellReport] | None = None,
        on_cell: OnCell = lambda _cell: None,
    ) -> Report:
        """Fail the first time that any grader of this kind is asked."""
        if next(self.failures, None):
            raise GraderFault("the server died")
        return super().run(prepared, known, on_cell)


class GraderThatHangs(FakeGrader):
    """A grader that answers once, and from then on only when it is killed."""

    def __init__(self, preparer: Preparer) -> None:
        super().__init__(preparer)
        self.killed = threading.Event()
        self.asked = threading.Event()

    def kill(self) -> None:
        """End the hanging run."""
        self.killed.set()

    def run(
        self,
        prepared: Prepared,
        known: Mapping[str, CellReport] | None = None,
        on_cell: OnCell = lambda _cell: None,
    ) -> Report:
        """Answer the first time; later wait for the kill."""
        if not self.known:
            return super().run(prepared, known, on_cell)
        self.asked.set()
        self.killed.wait()
        raise GraderFault("killed")


def json_lines(path: Path) -> list[dict[str, object]]:
    """The lines of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]
