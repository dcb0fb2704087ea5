"""Decisions about checks and points: rows of the log, applied to reports and never inside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.grading.decisions import Counts, Decisions, Void, answer_digest
from autograder.grading.report import CellReport, CheckReport, ExecutedCell, Report, Verdict
from autograder.records import Event, Log

CHECKS = (
    CheckReport("test_size", Verdict.PASSED, 1.0, "right"),
    CheckReport("test_shape", Verdict.FAILED, 3.0, "wrong", "Look again."),
)
NOTEBOOK = tuple(
    ExecutedCell(name, "code", f"text of {name}")
    for name in ("given", "answer", "own", "clip", "essay_own", "why", "after")
)
REPORT = Report(
    "rnn", "k" * 64, 1, "full",
    (CellReport("clip", 4.0, CHECKS), CellReport("why", 2.0, manual=True)), notebook=NOTEBOOK,
)  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "events.jsonl")


@pytest.fixture
def decisions(log: Log) -> Decisions:
    return Decisions(log)


def void(log: Log, check: str, counts: Counts, assignment: str = "rnn") -> None:
    details = Void("clip", check, counts, "it asked for too much").to_json()
    log.record(Event.VOID, course="dl", assignment=assignment, **details)


def give(log: Log, cell: str, score: float | None, report: Report = REPORT) -> None:
    """Write down points by hand, as formgrader's button does."""
    log.record(
        Event.MANUAL, course="dl", assignment="rnn", student="ada", cell=cell,
        answer=answer_digest(report, cell), before={}, manual_score=score, extra_credit=None,
    )  # fmt: skip


def changed(name: str) -> Report:
    """Return the report of a notebook in which one cell has another text."""
    cells = (replace(c, source="other") if c.cell_id == name else c for c in NOTEBOOK)
    return replace(REPORT, notebook=tuple(cells))


@pytest.mark.parametrize(
    ("check", "counts", "points"),
    [
        ("test_shape", Counts.FULL, 4.0),
        ("test_shape", Counts.NONE, 1.0),
        ("test_size", Counts.NONE, 0.0),
        ("test_size", Counts.FULL, 1.0),
        ("test_gone", Counts.FULL, 1.0),
    ],
)
def test_a_void_check_counts_for_everybody_or_nobody(
    log: Log, decisions: Decisions, check: str, counts: Counts, points: float
) -> None:
    """The report's own bytes stay; whom it concerns reads why."""
    before = REPORT.to_bytes()
    void(log, check, counts)
    counted = decisions.applied(REPORT)
    assert (counted.points, REPORT.points) == (points, 1.0)
    assert REPORT.to_bytes() == before
    told = [one.message for one in counted.cells[0].checks if "voided" in one.message]
    assert bool(told) == (points != REPORT.points)
    assert all("it asked for too much" in message for message in told)
    assert counted.cells[1] == REPORT.cells[1]


def test_the_newest_row_counts_and_a_void_can_be_taken_back(log: Log, decisions: Decisions) -> None:
    """A decision is seen as soon as its row is there; another assignment's says nothing."""
    void(log, "test_shape", Counts.FULL, "cnn")
    assert decisions.applied(REPORT) is REPORT
    for counts, points in ((Counts.FULL, 4.0), (Counts.NONE, 1.0), (Counts.FULL, 4.0)):
        void(log, "test_shape", counts)
        assert decisions.applied(REPORT).points == points
        assert Decisions(log).applied(REPORT).points == points
    void(log, "test_shape", Counts.AS_GRADED)
    assert decisions.applied(REPORT) is REPORT


def test_a_refused_submission_stays_without_points(log: Log, decisions: Decisions) -> None:
    """There is no answer that could count."""
    void(log, "test_shape", Counts.FULL)
    refused = replace(REPORT, refusal="no notebook", cells=(CellReport("clip", 4.0),))
    assert decisions.applied(refused).points == 0


def test_rows_of_another_version_are_passed_over(log: Log, decisions: Decisions) -> None:
    """Unknown ways to count and missing fields decide nothing."""
    log.record(Event.VOID, course="dl", assignment="rnn", cell="clip", check="test_shape")
    log.record(
        Event.VOID, course="dl", assignment="rnn", cell="clip", check="test_shape",
        counts="double", reason="",
    )  # fmt: skip
    log.record(Event.MANUAL, course="dl", assignment="rnn", student="ada", manual_score=1)
    assert decisions.applied(REPORT) is REPORT
    assert decisions.outdated("ada", changed("why")) == []


@pytest.mark.parametrize(
    ("cell", "belongs"),
    [
        ("given", "clip"), ("answer", "clip"), ("own", "clip"),
        ("essay_own", "why"), ("why", "why"), ("after", ""),
    ],
)  # fmt: skip
def test_points_by_hand_belong_to_their_answer(
    log: Log, decisions: Decisions, cell: str, belongs: str
) -> None:
    """An answer is all text up to its cell; what stands behind or before is another's."""
    give(log, "clip", 3.0)
    give(log, "why", 1.0)
    assert decisions.outdated("ada", REPORT) == []
    assert decisions.outdated("ada", changed(cell)) == ([belongs] if belongs else [])
    assert decisions.outdated("bob", changed(cell)) == []


def test_points_are_given_anew_or_taken_back(log: Log, decisions: Decisions) -> None:
    """The newest row decides to which answer they belong."""
    give(log, "why", 1.0)
    give(log, "why", 2.0, changed("why"))
    assert decisions.outdated("ada", changed("why")) == []
    assert decisions.outdated("ada", REPORT) == ["why"]
    give(log, "why", None)
    assert decisions.outdated("ada", REPORT) == []


def test_points_whose_answer_nobody_knows_stay(log: Log, decisions: Decisions) -> None:
    """A row of a version before has no hash; a comment is no points."""
    log.record(
        Event.MANUAL, course="dl", assignment="rnn", student="ada", cell="why", manual_score=1.0,
    )  # fmt: skip
    log.record(
        Event.MANUAL, course="dl", assignment="rnn", student="ada", cell="clip",
        answer="other", manual_comment="Nice.",
    )  # fmt: skip
    assert decisions.outdated("ada", REPORT) == []


def test_a_log_that_was_put_in_place_of_another_is_read_anew(
    log: Log, decisions: Decisions
) -> None:
    """A backup was restored while a server runs."""
    void(log, "test_shape", Counts.FULL)
    assert decisions.applied(REPORT).points == 4.0
    other = Log(log.path.with_name("other.jsonl"))
    void(other, "test_size", Counts.NONE)
    other.path.replace(log.path)
    assert decisions.applied(REPORT).points == 0.0
