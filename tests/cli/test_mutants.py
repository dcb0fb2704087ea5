"""`gradlab mutants` with a service that grades nothing: what is kept, sampled and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from autograder.cli import build_app
from autograder.grading.report import CellReport, CheckReport, Report, Verdict
from autograder.service.course import summary
from autograder.service.prepared import job_from_bytes
from autograder.service.protocol import Event, Order, Origin

NOTEBOOK = """\
# %% nbgrader={"grade_id": "answer", "solution": true}
def area(a, b):
    ### BEGIN SOLUTION
    return a * b / 2
    ### END SOLUTION

# %% nbgrader={"grade_id": "triangle", "grade": true, "points": 1}
assert area(2, 1) == 1
"""
CHECK = '"""Area (grade cell `triangle`, 1 point)."""\n\ndef test_area(student): ...\n'

Run = Callable[..., Result]


class Backend:
    """A grading service that rejects what it is told to and breaks off after some jobs."""

    def __init__(self) -> None:
        self.graded: list[str] = []
        self.most = 1_000
        self.passes = "a * b / 3"

    def grade(self, order: Order, _place: object) -> Iterator[Event]:
        """Grade nothing."""
        for number, item in enumerate(order.items):
            if number == self.most:
                raise KeyboardInterrupt
            prepared, _known = job_from_bytes(item.body)
            source = next(c.source for c in prepared.notebook.cells if c.cell_id == "answer")
            self.graded.append(source)
            verdict = Verdict.PASSED if self.passes in source else Verdict.FAILED
            cell = CellReport("triangle", 1.0, (CheckReport("test_area", verdict),))
            report = Report("shapes", prepared.keys.report, prepared.keys.seed, "full", (cell,))
            yield Event("done", item.name, None, summary(report, Origin.GRADED), report.to_bytes())


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    made = Backend()
    monkeypatch.setattr("autograder.service.client.grade", made.grade)
    monkeypatch.setattr("autograder.service.client.Place.isolation", lambda _place: "full")
    return made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs the verb on a course with one answer."""
    folder = tmp_path / "solutions/shapes"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Shapes"\n')
    (folder / "checks/test_triangle.py").write_text(CHECK)
    monkeypatch.setenv("GRADLAB_COURSE", str(tmp_path))
    monkeypatch.delenv("GRADLAB_HOME", raising=False)
    return lambda *args: CliRunner().invoke(build_app(), ["mutants", "--quiet", *args])


def test_an_interrupted_run_goes_on(run: Run, backend: Backend) -> None:
    """What was graded before Ctrl-C is not graded again, and the figure is of all."""
    backend.most = 3
    assert run().exit_code == 130
    assert len(backend.graded) == 3
    backend.most = 1_000
    done = run()
    assert len(backend.graded) == len(set(backend.graded))
    total = len(backend.graded)
    assert f"shapes: {total - 1} of {total} mutants rejected" in done.stdout
    assert done.exit_code == 1
    assert done.stdout.count("+     return a * b / 3") == 1


def test_a_change_of_the_check_tries_again(run: Run, backend: Backend, tmp_path: Path) -> None:
    """Kept results are of this check file and this answer."""
    run()
    total = len(backend.graded)
    run()
    assert len(backend.graded) == total
    path = tmp_path / "solutions/shapes/checks/test_triangle.py"
    path.write_text(CHECK + "# another\n")
    run()
    assert len(backend.graded) == 2 * total


def test_a_sample_is_the_same_each_time_and_judged_as_a_whole(run: Run, backend: Backend) -> None:
    """So many, always the same ones."""
    backend.passes = "nothing"
    done = run("--sample", "4")
    assert done.exit_code == 0
    assert "of the sample: 4 of 4 mutants rejected (100.0 %)" in done.stdout
    assert len(backend.graded) == 4
    run("--sample", "4")
    assert len(backend.graded) == 4
