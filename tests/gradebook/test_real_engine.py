"""The whole engine behind nbgrader's Autograde: real processes, real checks, no fakes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import Layout, build, build_source, notebook_bytes
from autograder.course.notebooks import submission_notebook
from autograder.gradebook import GradebookWriter
from autograder.gradebook.nbgrader.configuration import configure
from autograder.grading import Preparer
from autograder.grading.grader import Grader
from autograder.grading.isolation import isolation_level

# nbgrader adds a row twice
pytestmark = pytest.mark.filterwarnings("ignore:Object of type .* not in session")
MOMENT = datetime(2026, 5, 4, 12, 30, 15, 250, tzinfo=UTC)
ANSWERS = {
    "right": {"double": "def double(x):\n    return x + x", "why": "Addition."},
    "wrong": {"double": "def double(x):\n    print('<b>hello</b>')\n    return x"},
    "ended": {"double": "import os\nos._exit(0)"},
    "empty": {},
}


def scores(url: str) -> dict[tuple[str, str], float | None]:
    with Gradebook(url, "deep-learning") as gradebook:
        return {
            (student, cell): gradebook.find_grade(cell, "doubling", "doubling", student).auto_score
            for student in ANSWERS
            for cell in ("doubling", "halving", "why")
        }


def notebooks(layout: Layout) -> dict[str, bytes]:
    return {
        path.parts[-3]: path.read_bytes()
        for path in layout.autograded.glob("*/doubling/doubling.ipynb")
    }


@pytest.mark.slow
def test_autograde_gives_what_the_grader_and_writer_give(layout, manifest, monkeypatch, tmp_path):
    """Scores and notebooks of `nbgrader autograde` equal those of our own path, byte for byte."""
    monkeypatch.chdir(tmp_path)
    build(layout)
    build_source(layout)
    for student, answers in ANSWERS.items():
        folder = layout.submitted / student / "doubling"
        folder.mkdir(parents=True)
        (folder / "doubling.ipynb").write_bytes(
            notebook_bytes(submission_notebook(manifest, answers))
        )
        (folder / "timestamp.txt").write_text("2026-05-04 12:30:15.000250 UTC")
    config = Config()
    configure(config, layout)
    with GradebookWriter(layout, Config()) as writer:
        writer.register(manifest)
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    for student in ANSWERS:
        answer = api.autograde("doubling", student)
        assert answer["success"], answer["log"]

    other = Layout(layout.root, tmp_path / "ours")
    preparer = Preparer(layout, isolation_level())
    with GradebookWriter(other, Config()) as writer, Grader(preparer, ["doubling"]) as grader:
        for student in ANSWERS:
            data = Path(layout.submitted / student / "doubling" / "doubling.ipynb").read_bytes()
            report = grader.run(preparer.prepare("doubling", data))
            writer.write(student, manifest, report, MOMENT)
    found = scores(layout.database_url)
    assert found == scores(other.database_url)
    assert notebooks(layout) == notebooks(other)
    assert found["right", "doubling"] == 3.0
    assert found["right", "why"] is None
    assert [found[student, "doubling"] for student in ("wrong", "ended", "empty")] == [0, 0, 0]
    assert found["empty", "why"] == 0.0
