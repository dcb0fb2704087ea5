"""A small real course, reports of it made by hand, and a gradebook that nbgrader made."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.course import Layout, load_manifest
from autograder.course.manifest import Manifest, Role
from autograder.gradebook import GradebookWriter
from autograder.grading.report import CellReport, CheckReport, ExecutedCell, Report, Verdict

NOTEBOOK = """\
# %% [markdown]
# # Doubling <b>and halving</b>

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "doubling", "grade": true, "points": 3}
assert double(2) == 4

# %% nbgrader={"grade_id": "halve", "solution": true}
def halve(x):
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION

# %% nbgrader={"grade_id": "halving", "grade": true, "points": 2}
assert halve(2) == 1

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 1.5}
# ### BEGIN SOLUTION
# Because two times two is four, whoever counts.
# ### END SOLUTION
"""
CHECKS = '''\
"""A hidden check (grade cell `{name}`, {points} points)."""


def test_it(student):
    assert student.double(2) == 4
'''
SETTINGS = 'title = "Doubling"\npoints = 6.5\nfiles = ["words.txt"]\n'
ESSAY = "Because doubling adds a number to itself."


@dataclass(frozen=True)
class MadeReports:
    """Makes reports of the small course."""

    manifest: Manifest

    def __call__(
        self,
        *,
        doubling: Sequence[Verdict] = (Verdict.PASSED, Verdict.PASSED),
        halving: Sequence[Verdict] = (Verdict.PASSED,),
        essay: str | None = ESSAY,
        key: str = "key",
        message: str = "",
        answers: dict[str, str] | None = None,
        outputs: tuple[dict, ...] = (),
        added: Sequence[ExecutedCell] = (),
        **changes: object,
    ) -> Report:
        sources = {"double": "def double(x):\n    return x + x", "halve": "halve = lambda x: x / 2"}
        sources |= answers or {}
        if essay is not None:
            sources["why"] = essay
        verdicts = {"doubling": doubling, "halving": halving}
        return replace(
            Report(
                assignment=self.manifest.assignment,
                key=key,
                seed=7,
                isolation="full",
                versions={"gradlab": "0.1.0"},
                cells=tuple(
                    CellReport(
                        cell.cell_id,
                        cell.points,
                        tuple(
                            CheckReport(f"test_{n}", verdict, 1.0, message, "Look again.", "secret")
                            for n, verdict in enumerate(verdicts.get(cell.cell_id, ()))
                        ),
                        manual=cell.role is Role.ESSAY,
                    )
                    for cell in self.manifest.cells
                    if cell.points
                ),
                notebook=(
                    *(
                        ExecutedCell(
                            cell.cell_id,
                            cell.cell_type,
                            sources.get(cell.cell_id, cell.source),
                            outputs if cell.cell_id == "double" else (),
                            number if cell.cell_type == "code" else None,
                        )
                        for number, cell in enumerate(self.manifest.cells)
                    ),
                    *added,
                ),
            ),
            **changes,
        )

    def refused(self, reason: str) -> Report:
        cells = tuple(
            CellReport(cell.cell_id, cell.points, manual=cell.role is Role.ESSAY)
            for cell in self.manifest.cells
            if cell.points
        )
        return self(key="refused", cells=cells, notebook=(), refusal=reason)


@pytest.fixture(scope="session", autouse=True)
def programs_of_the_environment() -> Iterator[None]:
    """Nbgrader's own tools, run beside ours in tests, call `alembic` by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.delenv("GRADLAB_DB_URL", raising=False)
        yield


@pytest.fixture(scope="session")
def empty_gradebook(
    tmp_path_factory: pytest.TempPathFactory, programs_of_the_environment: None
) -> Path:
    """A gradebook that nbgrader made; copied, because making one takes seconds."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    Gradebook(f"sqlite:///{path}", "deep-learning").close()
    return path


@pytest.fixture
def layout(tmp_path: Path, empty_gradebook: Path) -> Layout:
    root = tmp_path / "course"
    folder = root / "solutions" / "doubling"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text(SETTINGS)
    (folder / "words.txt").write_text("two\nfour\n")
    for name, points in (("doubling", 3), ("halving", 2)):
        checks = CHECKS.format(name=name, points=points)
        (folder / "checks" / f"test_{name}.py").write_text(checks)
    home = tmp_path / "home"
    home.mkdir()
    (home / "gradebook.db").write_bytes(empty_gradebook.read_bytes())
    return Layout(root, home)


@pytest.fixture
def manifest(layout: Layout) -> Manifest:
    return load_manifest(layout, "doubling")


@pytest.fixture
def reports(manifest: Manifest) -> MadeReports:
    return MadeReports(manifest)


@pytest.fixture
def writer(layout: Layout) -> Iterator[GradebookWriter]:
    with GradebookWriter(layout, Config()) as made:
        yield made


@pytest.fixture
def gradebook(layout: Layout, writer: GradebookWriter) -> Iterator[Gradebook]:
    """The same gradebook through nbgrader's own eyes."""
    with Gradebook(layout.database_url, layout.course_id) as made:
        yield made


@pytest.fixture
def autograded(layout: Layout) -> Callable[..., Path]:
    def path(student: str = "ada", name: str = "doubling.ipynb") -> Path:
        return layout.autograded / student / "doubling" / name

    return path
