"""Grades as files: of students, questions and checks, and in the shapes of learning platforms."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.course.manifest import Manifest
from autograder.gradebook import GradebookError, GradebookWriter
from autograder.gradebook.grades import read_grades
from autograder.grading.decisions import Counts, Void
from autograder.grading.report import Report, Verdict
from autograder.grading.store import ReportStore
from autograder.records import Event, Log

from .conftest import MadeReports

HANDED_IN = datetime(2026, 5, 4, 12)  # noqa: DTZ001  # nbgrader's is UTC without saying so
HALF = (Verdict.PASSED, Verdict.FAILED)


@pytest.fixture
def graded(
    layout: Layout,
    manifest: Manifest,
    writer: GradebookWriter,
    reports: MadeReports,
    gradebook: Gradebook,
) -> Layout:
    """A class of three: all right and an essay that waits, half right and no essay, nothing."""
    store = ReportStore(layout.graded)
    made: dict[str, Report] = {
        "ada": reports(key="a" * 64),
        "bob": reports(key="b" * 64, doubling=HALF, essay=None),
    }
    for student, report in made.items():
        store.files.put(report.key, b"", report.to_bytes(), "")
        writer.write(student, manifest, report, HANDED_IN)
    gradebook.update_or_create_student("ada", first_name="Ada", last_name="=1+1", email="a@x.org")
    gradebook.add_student("eve", last_name="Eve", lms_user_id="4711")
    return layout


def exported(layout: Layout, *options: str, code: int = 0) -> str:
    """Return what the command prints or, where it fails, says."""
    done = CliRunner(env=layout.to_environment()).invoke(build_app(), ["export", *options])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_one_line_for_each_student_says_what_waits(graded: Layout) -> None:
    """Points given so far, the penalty, the total; nothing handed in is an empty field, not 0."""
    rows = {row["student"]: row for row in csv.DictReader(exported(graded, "grades").splitlines())}
    assert sorted(rows) == ["ada", "bob", "eve"]
    ada, bob, eve = (rows[name] for name in ("ada", "bob", "eve"))
    assert (ada["points"], ada["total"], ada["of"]) == ("5.0", "5.0", "6.5")
    assert (ada["questions_that_wait"], bob["questions_that_wait"]) == ("1", "0")
    assert ada["handed_in"] == "2026-05-04 12:00:00Z"
    assert ada["last_name"] == "'=1+1"
    assert bob["total"] == "3.5"
    assert (eve["handed_in"], eve["points"], eve["total"]) == ("", "", "")


def test_questions_and_checks_have_lines_of_their_own(graded: Layout, tmp_path: Path) -> None:
    """A void check counts as it was decided; points by hand count at once."""
    void = Void("doubling", "test_1", Counts.FULL, "too strict")
    Log(graded.log).record(Event.VOID, course="", assignment="doubling", **void.to_json())
    to = tmp_path / "questions.csv"
    exported(graded, "grades", "doubling", "--by", "question", "--to", str(to))
    rows = list(csv.DictReader(to.read_text().splitlines()))
    points = {(row["student"], row["question"]): (row["points"], row["waits"]) for row in rows}
    assert points["ada", "why"] == ("", "yes")
    assert points["bob", "why"] == ("0.0", "no")
    assert points["bob", "doubling"] == ("1.5", "no")
    lines = exported(graded, "grades", "--by", "check").splitlines()
    checks = {
        (row["student"], row["question"], row["check"]): (row["verdict"], row["points"], row["of"])
        for row in csv.DictReader(lines)
    }
    assert checks["ada", "doubling", "test_0"] == ("passed", "1.5", "1.5")
    assert checks["bob", "doubling", "test_1"] == ("passed", "1.5", "1.5")
    assert ("ada", "why", "test_0") not in checks


def test_platforms_get_totals_and_never_a_number_that_is_not_final(
    graded: Layout, gradebook: Gradebook
) -> None:
    """An empty field is "not graded" to each; who handed in nothing is 0 only when asked for."""
    lines = list(csv.reader(exported(graded, "grades", "--shape", "canvas").splitlines()))
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "doubling"]
    assert lines[:2] == [head, ["    Points Possible", "", "", "", "", "6.5"]]
    assert lines[2:] == [
        ["'=1+1, Ada", "", "", "ada", "", ""],
        ["bob", "", "", "bob", "", "3.5"],
        ["Eve", "4711", "", "eve", "", ""],
    ]
    grade = gradebook.find_grade("why", "doubling", "doubling", "ada")
    grade.manual_score, grade.needs_manual_grade = 1.25, False
    gradebook.db.commit()
    text = exported(graded, "grades", "--shape", "moodle", "--missing-is-zero")
    lines = list(csv.reader(text.splitlines()))
    assert lines[0] == ["Username", "First name", "Last name", "Email address", "doubling"]
    assert [(line[0], line[-1]) for line in lines[1:]] == [
        ("ada", "6.25"), ("bob", "3.5"), ("eve", "0.0"),
    ]  # fmt: skip
    text = exported(graded, "grades", "--shape", "ilias")
    assert text.splitlines()[:2] == [
        "Login;Lastname;Firstname;Email;doubling",
        "ada;'=1+1;Ada;a@x.org;6.25",
    ]


def test_what_cannot_be_exported_is_said(layout: Layout, graded: Layout, tmp_path: Path) -> None:
    """An unknown assignment names those there are; no gradebook is made by asking for one."""
    said = exported(graded, "grades", "halves", code=1)
    assert "has no assignment halves; it has doubling" in said
    assert "--shape csv" in exported(graded, "grades", "--shape", "canvas", "--by", "check", code=2)
    assert "platform" in exported(graded, "grades", "--missing-is-zero", code=2)
    elsewhere = Layout(layout.root, tmp_path / "empty")
    with pytest.raises(GradebookError, match="nothing was graded"):
        read_grades(elsewhere)
    assert not elsewhere.home.exists()
