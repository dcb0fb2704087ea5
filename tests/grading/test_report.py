"""Reports: points from verdicts, and canonical bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.report import (
    CellReport,
    CheckReport,
    ExecutedCell,
    Repair,
    Report,
    ReportError,
    Verdict,
)

PASSED = CheckReport("test_a", Verdict.PASSED, weight=2)
FAILED = CheckReport("test_b", Verdict.FAILED, message="wrong", hint="look")
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "1\n"}


def report(**changes: object) -> Report:
    values: dict[str, object] = {
        "assignment": "tiny",
        "key": "k" * 64,
        "seed": 3,
        "isolation": "full",
        "cells": (CellReport("clip", 3, (PASSED, FAILED)), CellReport("why", 4, manual=True)),
        "versions": {"torch": "2"},
        "repairs": (Repair("code", "clip", "text"),),
        "limits_hit": ("too long",),
        "notebook": (ExecutedCell("clip", "code", "x", (OUTPUT,), 1),),
    }
    return Report(**(values | changes))  # type: ignore[arg-type]


def test_points_follow_the_weights_of_passed_checks() -> None:
    """Two of three weights passed: two thirds of the points."""
    assert report().cells[0].points == pytest.approx(2)
    assert (report().points, report().max_points) == (2, 7)


def test_points_are_those_of_the_cell_itself() -> None:
    """Cells that differ in points, weights or verdicts do not get each other's points."""
    other = CheckReport("test_b", Verdict.PASSED, weight=1)
    cells = [
        CellReport("clip", 3, (PASSED, FAILED)),
        CellReport("clip", 6, (PASSED, FAILED)),
        CellReport("clip", 3, (PASSED, other)),
        CellReport("clip", 3, (FAILED, PASSED)),
        CellReport("clip", 3, (FAILED, other)),
        CellReport("clip", 3, (PASSED, FAILED, FAILED)),
    ]
    assert [cell.points for cell in cells] == [2, 4, 3, 2, 1.5, 1.5]


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PASSED])
def test_only_passing_earns(verdict: Verdict) -> None:
    """Every verdict but a pass is worth nothing."""
    assert CellReport("clip", 3, (CheckReport("a", verdict),)).points == 0


def test_a_cell_without_checks_earns_nothing() -> None:
    """Unknown is never a pass."""
    assert CellReport("clip", 3).points == 0


def test_an_essay_has_no_points_yet() -> None:
    """A cell that a person grades has no number, not even zero."""
    assert report().cells[1].points is None


def test_bytes_round_trip() -> None:
    """A stored report is read back equal, and writes the same bytes again."""
    data = report().to_bytes()
    assert Report.from_bytes(data) == report()
    assert Report.from_bytes(data).to_bytes() == data


def test_derived_points_are_in_the_json() -> None:
    """Who reads the JSON need not know the rule of the points."""
    raw = json.loads(report().to_bytes())
    assert [cell["points"] for cell in raw["cells"]] == [2, None]


@given(cut=st.integers(0, len(report().to_bytes()) - 3))
def test_a_cut_report_is_an_error(cut: int) -> None:
    """A file cut off anywhere is never read as a result."""
    with pytest.raises(ReportError):
        Report.from_bytes(report().to_bytes()[:cut])


def test_another_format_is_an_error() -> None:
    """A report of a future format is not guessed at."""
    data = report().to_bytes().replace(b'"format":1', b'"format":2')
    with pytest.raises(ReportError, match="format 2; expected 1"):
        Report.from_bytes(data)
