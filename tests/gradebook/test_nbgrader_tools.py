"""nbgrader's own programs with the course's configuration: same scores, notebooks and pages."""

from __future__ import annotations

import csv
import re
import shutil
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import Layout, build, build_source, notebook_bytes, release_notebook
from autograder.course.notebooks import submission_notebook
from autograder.gradebook import GradebookWriter
from autograder.gradebook.nbgrader.configuration import configure
from autograder.gradebook.nbgrader.preprocessors import GradeSubmission
from autograder.grading import Preparer, Refusal
from autograder.grading.replay import graded_lines
from autograder.grading.report import ExecutedCell, Verdict
from autograder.grading.store import ReportStore
from autograder.grading.submission import NO_NOTEBOOK
from autograder.records import Log
from autograder.service.course import layout_of
from autograder.service.protocol import Tenant

from ..service.inside import run_order

UNCLOSED = "pytest.PytestUnraisableExceptionWarning"
pytestmark = [  # of nbgrader's own code: a misspelt argument, a row added twice, a file left open
    pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Object of type .* not in session"),
    pytest.mark.filterwarnings(f"ignore:Exception ignored in. <_io.FileIO .*/feedback/:{UNCLOSED}"),
]
MOMENT = datetime(2026, 5, 4, 12, 30, 15, 250, tzinfo=UTC)
TIMESTAMP = "2026-05-04 12:30:15.000250 UTC"
TABLES = {
    "student": "id, first_name, last_name, email",
    "submitted_assignment": "student_id, timestamp, extension",
    "submitted_notebook": "flagged, late_submission_penalty",
}


@pytest.fixture
def config(layout: Layout) -> Config:
    made = Config()
    configure(made, layout)
    return made


@pytest.fixture
def api(layout, config, monkeypatch, writer, manifest):
    """Nbgrader's programs, as formgrader's buttons call them."""
    monkeypatch.chdir(layout.home)
    build(layout)
    build_source(layout)
    for folder in ("inbound", "outbound", "feedback"):
        (layout.exchange / layout.course_id / folder).mkdir(parents=True)
    layout.exchange.chmod(0o777)
    coursedir = CourseDirectory(config=config)
    return NbGraderAPI(coursedir=coursedir, config=config)


@pytest.mark.parametrize(
    ("exchange", "database"), [(None, ""), (Path("/srv/exchange"), "postgresql:///grades")]
)
def test_formgrader_s_button_is_about_the_same_course_as_a_command(layout, exchange, database):
    """One tenant of the grading service: nothing is warmed twice, and the same is hidden."""
    whole = replace(layout, exchange_root=exchange, database=database)
    made = Config()
    configure(made, whole)
    assert Tenant.of(GradeSubmission(config=made).layout) == Tenant.of(whole)


@pytest.fixture
def submit(layout, manifest):
    def place(student: str, answers: dict[str, str] | bytes, timestamp: str = TIMESTAMP) -> Path:
        folder = layout.submitted / student / "doubling"
        folder.mkdir(parents=True)
        data = (
            answers
            if isinstance(answers, bytes)
            else notebook_bytes(submission_notebook(manifest, answers))
        )
        (folder / "doubling.ipynb").write_bytes(data)
        (folder / "timestamp.txt").write_text(timestamp)
        (folder / "submission_secret.txt").write_text(f"secret of {student}")
        return folder

    return place


def done(answer: dict) -> str:
    """The log of a step that must have worked."""
    assert answer["success"], answer.get("error", "") + answer.get("log", "")
    return answer.get("log", "")


class FakeGrader:
    """Gives reports made by hand, in place of the warm processes of the grading service."""

    def __init__(self, reports, verdicts):
        self.reports, self.verdicts = reports, verdicts

    def run(self, prepared):
        sources = {cell.cell_id: cell.source for cell in prepared.notebook.cells}
        report = self.reports(
            essay=sources.pop("why"), answers=sources, key=prepared.keys.report,
            doubling=self.verdicts(sources["double"]),
        )  # fmt: skip
        cells = tuple(
            ExecutedCell(cell.cell_id, cell.cell_type, cell.source)
            for cell in prepared.notebook.cells
        )
        return replace(report, notebook=cells, repairs=prepared.notebook.repairs)

    def result_of(self, order):
        """Do an order as the service does."""
        ran = run_order(
            order, lambda _preparer, prepared, _known: self.run(prepared), layout_of(order.tenant)
        )
        (answer,) = ran.answers.values()
        return answer.result, answer.body


@pytest.fixture
def fake_grader(reports, monkeypatch):
    """The service's grader replaced; reading, repair, refusal and writing are the real ones."""

    def verdicts(source: str):
        return (Verdict.PASSED,) if "2" in source else (Verdict.PASSED, Verdict.FAILED)

    grader = FakeGrader(reports, verdicts)
    monkeypatch.setattr("autograder.gradebook.nbgrader.preprocessors.result_of", grader.result_of)
    return grader


def dump(url: str) -> dict[str, list]:
    """All rows of all students, without keys."""
    with Gradebook(url, "deep-learning") as gradebook:
        execute = gradebook.db.connection().exec_driver_sql
        found = {
            table: sorted(map(tuple, execute(f"SELECT {columns} FROM {table}").all()), key=repr)
            for table, columns in TABLES.items()
        }
        found["cells"] = sorted(
            (submission.student.id, row.name, *values)
            for submission in gradebook.assignment_submissions("doubling")
            for notebook in submission.notebooks
            for rows, columns in (
                (notebook.grades, ("auto_score", "manual_score", "needs_manual_grade")),
                (notebook.comments, ("auto_comment", "manual_comment")),
            )
            for row in rows
            for values in [tuple(str(getattr(row, column)) for column in columns)]
        )
    return found


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_generate_releases_what_build_built(api, layout, manifest):
    """Formgrader's Generate button leaves the built release byte for byte, and registers it."""
    before = tree(layout.assignments)
    shutil.rmtree(layout.assignments / "doubling")
    done(api.generate_assignment("doubling"))
    assert {name: data for name, (data, _) in tree(layout.assignments).items()} == {
        name: data for name, (data, _) in before.items()
    }
    with api.gradebook as gradebook:
        assert gradebook.find_assignment("doubling").max_score == 6.5
    done(api.release_assignment("doubling"))
    released = layout.exchange / "deep-learning" / "outbound" / "doubling" / "doubling.ipynb"
    assert released.read_bytes() == notebook_bytes(release_notebook(manifest))


SUBMISSIONS = {
    "ada": {"double": "def double(x):\n    return 2 * x", "why": "It is so."},
    "bob": {"double": "def double(x):\n    return x + x", "why": "<script>alert(1)</script>"},
    "cleo": {},
    "dora": b'{"cells": [',
    "emil": b"",
    "finn": NO_NOTEBOOK,
}


def test_autograde_equals_the_writer(api, layout, manifest, submit, fake_grader, writer, tmp_path):
    """Rows, notebooks, timestamps, secrets, modes: `nbgrader autograde` leaves what we write."""
    for student, answers in SUBMISSIONS.items():
        folder = submit(student, answers)
        (folder / "page.html").write_text("<script>alert(1)</script>")
    writer.register(manifest)
    for student in SUBMISSIONS:
        done(api.autograde("doubling", student))
    theirs, their_files = dump(layout.database_url), tree(layout.autograded)

    other = Layout(layout.root, tmp_path / "ours")
    shutil.copytree(layout.submitted, other.submitted)
    preparer = Preparer(other, "full")
    with GradebookWriter(other, Config()) as ours:
        for student in SUBMISSIONS:
            data = (other.submitted / student / "doubling" / "doubling.ipynb").read_bytes()
            prepared = preparer.prepare("doubling", data)
            report = (
                preparer.refusal_report(prepared)
                if isinstance(prepared, Refusal)
                else fake_grader.run(prepared)
            )
            ours.write(student, manifest, report, MOMENT)
    assert dump(other.database_url) == theirs
    assert tree(other.autograded) == their_files
    assert len(theirs["cells"]) == len(SUBMISSIONS) * 6
    scores = {row[:2]: row[2] for row in theirs["cells"] if len(row) == 5}
    assert scores["ada", "doubling"] == "3.0"
    assert scores["bob", "doubling"] == "1.5"
    assert scores["dora", "doubling"] == "0.0"
    assert scores["cleo", "why"] == "0.0"
    assert scores["finn", "doubling"] == "0.0"
    lines = list(graded_lines(Log(layout.log)))
    assert {line["student"] for line in lines} == set(SUBMISSIONS)
    assert all(ReportStore(layout.graded).find_kept(line["key"]) for line in lines)


def test_autograde_again_keeps_manual_scores(api, layout, manifest, submit, fake_grader, writer):
    """Formgrader's button a second time keeps what a person entered."""
    submit("ada", SUBMISSIONS["ada"])
    writer.register(manifest)
    done(api.autograde("doubling", "ada"))
    with api.gradebook as gradebook:
        grade = gradebook.find_grade("why", "doubling", "doubling", "ada")
        grade.manual_score, grade.needs_manual_grade = 1.25, False
        gradebook.db.commit()
    done(api.autograde("doubling", "ada"))
    with api.gradebook as gradebook:
        assert gradebook.find_submission("doubling", "ada").score == 6.25


def test_our_fault_is_no_score(api, layout, manifest, submit, fake_grader, writer, monkeypatch):
    """When our engine fails, nbgrader reports an error for the student and nothing is recorded."""

    def fails(prepared):
        raise RuntimeError("the check process died")

    monkeypatch.setattr(fake_grader, "run", fails)
    submit("ada", SUBMISSIONS["ada"])
    writer.register(manifest)
    answer = api.autograde("doubling", "ada")
    assert not answer["success"]
    assert "the check process died" in answer["log"]
    assert not (layout.autograded / "ada" / "doubling").exists()
    with api.gradebook as gradebook:
        assert gradebook.find_grade("doubling", "doubling", "doubling", "ada").auto_score is None


def feedback(api, layout, student: str) -> BeautifulSoup:
    done(api.generate_feedback("doubling", student))
    page = layout.feedback / student / "doubling" / "doubling.html"
    return BeautifulSoup(page.read_text(), "html.parser")


def test_feedback_shows_verdicts_and_hints(api, layout, manifest, writer, reports):
    """The feedback page shows points, each check's verdict, message and hint, and comments."""
    report = reports(doubling=(Verdict.PASSED, Verdict.FAILED), message="expected <tensor>, got 4")
    writer.write("ada", manifest, report, MOMENT)
    page = feedback(api, layout, "ada")
    boxes = page.select("div.alert")
    assert len(boxes) == 2
    assert "Checks: 1.5 of 3 points" in boxes[0].get_text()
    passed, failed = (item.get_text() for item in boxes[0].select("li"))
    assert passed.startswith("✔ passed: 0 (1.5)")
    assert failed == "✘ failed: 1 (1.5)expected <tensor>, got 4Hint: Look again."
    assert "Score: 3.5 / 6.5" in page.get_text()
    assert "secret" not in page.get_text()


def test_feedback_made_again_shows_the_grade_as_it_is_now(
    api, layout, config, manifest, writer, reports, submit
):
    """`nbgrader generate_feedback`, without a flag, after regrading and after points by hand."""
    submit("ada", SUBMISSIONS["ada"])
    writer.write("ada", manifest, reports(doubling=(Verdict.FAILED, Verdict.FAILED)), MOMENT)

    def page() -> str:
        config.CourseDirectory.assignment_id = "doubling"
        coursedir = CourseDirectory(config=config)
        GenerateFeedback(coursedir=coursedir, config=config).start()
        return (layout.feedback / "ada" / "doubling" / "doubling.html").read_text()

    assert "Checks: 0 of 3 points" in page()
    writer.write("ada", manifest, reports(), MOMENT)
    assert "Checks: 3 of 3 points" in page()
    with api.gradebook as gradebook:
        grade = next(
            one for one in gradebook.find_submission("doubling", "ada").notebooks[0].grades
            if one.needs_manual_grade
        )  # fmt: skip
        grade.manual_score = 1.25
        gradebook.db.commit()
    assert "Score: 6.25 / 6.5" in page()
    done(api.release_feedback("doubling"))
    (released,) = (layout.exchange / "deep-learning" / "feedback").glob("*.html")
    assert "Score: 6.25 / 6.5" in released.read_text()
    writer.write("ada", manifest, reports(doubling=(Verdict.PASSED, Verdict.FAILED)), MOMENT)
    page()
    done(api.release_feedback("doubling"))
    assert "Checks: 1.5 of 3 points" in released.read_text()


def test_feedback_can_be_released_for_the_whole_class(
    api, layout, manifest, submit, writer, reports
):
    """Nbgrader's release finds timestamp and secret of everybody, those without an exchange too."""
    submit("ada", SUBMISSIONS["ada"])
    writer.write("ada", manifest, reports(), MOMENT)
    writer.write("bob", manifest, reports(), None)
    done(api.generate_feedback("doubling"))
    done(api.release_feedback("doubling"))
    released = list((layout.exchange / "deep-learning" / "feedback").glob("*.html"))
    assert len(released) == 2


FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "x;=1+1", "x\t=1", "x,=1", "x|=1",
    "x\n=1",
    'x;"=1', "x; ＝1", "x；＝1", "\u200b=1", "\ufeff=1", "⁼1", "﹢1", "−1", "(=1", "x;;@A1",
    "x\r=1", "x;\u3164=1", "\uffa0=1", "x|\u115f\u1160+1", "\u2800=1",
]  # fmt: skip


def test_export_cannot_run_formulas(
    api, layout, config, manifest, writer, reports, monkeypatch, caplog
):
    """`nbgrader export` quotes what a spreadsheet would run, and says which scores wait."""
    from nbgrader.apps import ExportApp

    writer.write("ada", manifest, reports(), MOMENT)
    with api.gradebook as gradebook:
        for number, formula in enumerate(FORMULAS):
            names = {"first_name": formula, "last_name": 'O"Neil, Jr.\nx', "email": "a@b.org"}
            gradebook.add_student(f"s{number}", **names)
    app = ExportApp(config=config)
    app.coursedir = CourseDirectory(config=config, parent=app)
    monkeypatch.setattr(type(app).__mro__[1], "start", lambda self: None)
    app.log.propagate = True
    app.start()
    with (layout.home / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["ada"]["score"] == "5.0"
    assert rows["ada"]["max_score"] == "6.5"
    assert rows["ada"]["cells_to_grade_by_hand"] == "1"  # the essay
    assert rows["s0"]["cells_to_grade_by_hand"] == "0"
    assert "1 of these scores are not complete" in caplog.text
    for number, formula in enumerate(FORMULAS):
        cells = re.split("[;,|\t；]", rows[f"s{number}"]["first_name"])
        for cell in cells:
            bare = unicodedata.normalize("NFKC", cell).lstrip(' "(\u200b\ufffd\u115f\u1160\u2800')
            assert not bare.startswith(("=", "+", "-", "@", "\u2212")), formula
        assert rows[f"s{number}"]["last_name"] == 'O"Neil, Jr. x'
        assert rows[f"s{number}"]["score"] == "0.0"
    assert not re.search(r"(^|,)[=+@]", (layout.home / "grades.csv").read_text(), re.M)
