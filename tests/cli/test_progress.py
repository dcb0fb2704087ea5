"""What a batch prints about single submissions while it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.batch import Origin, Result
from autograder.cli._progress import BatchProgress
from autograder.grading.report import CellReport, Report

REPORT = Report("tiny", "k" * 64, 1, "full", (CellReport("size", 2.0),))
LIMIT = "the cell was stopped: it took longer than 30 seconds"


def printed(capsys: pytest.CaptureFixture[str], result: Result, *, quiet: bool = False) -> str:
    """Return what is printed about one result."""
    with BatchProgress("tiny", 1, quiet=quiet) as progress:
        progress.advance(result)
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Result("ada", Origin.FAULT, None, "no servers"), "ada: fault of ours, not graded: no"),
        (Result("ada", Origin.GRADED, replace(REPORT, refusal="No JSON.")), "ada: No JSON."),
        (Result("ada", Origin.GRADED, replace(REPORT, limits_hit=(LIMIT,))), f"ada: {LIMIT}"),
    ],
)
def test_whatever_the_summary_counts_as_failed_is_named(
    capsys: pytest.CaptureFixture[str], result: Result, said: str
) -> None:
    """A TA sees whose submission it was, and why; a machine that reads JSON sees nothing."""
    assert said in printed(capsys, result)
    assert printed(capsys, result, quiet=True) == ""


def test_what_ran_as_usual_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A class of a thousand right answers is a bar and nothing else."""
    assert "ada" not in printed(capsys, Result("ada", Origin.GRADED, REPORT))
