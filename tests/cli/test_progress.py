"""What a batch prints about single submissions while it runs."""

from __future__ import annotations

import pytest
from rich.progress import Progress

from autograder.cli._progress import BatchProgress
from autograder.cli._rate import RateColumn
from autograder.service.protocol import Origin, Result

GRADED = Result(Origin.GRADED, "k" * 64, 1.0, 2.0)
LIMIT = "the cell was stopped: it took longer than 30 seconds"


def printed(capsys: pytest.CaptureFixture[str], result: Result, *, quiet: bool = False) -> str:
    """Return what is printed about one result."""
    with BatchProgress("tiny", quiet=quiet) as progress:
        progress.begin(1)
        progress.say("waiting for a GPU")
        progress.advance("ada", result)
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Result(Origin.FAULT, fault="no servers"), "ada: fault of ours, not graded: no servers"),
        (Result(Origin.GRADED, "k", 0.0, 2.0, refusal="No JSON."), "ada: No JSON."),
        (Result(Origin.GRADED, "k", 0.0, 2.0, limits_hit=(LIMIT,)), f"ada: {LIMIT}"),
    ],
)
def test_whatever_the_summary_counts_as_failed_is_named(
    capsys: pytest.CaptureFixture[str], result: Result, said: str
) -> None:
    """A TA sees whose submission it was, and why; a machine reads it from the JSON."""
    assert said in printed(capsys, result)
    assert "waiting for a GPU" in printed(capsys, result)
    assert printed(capsys, result, quiet=True) == "waiting for a GPU"


def test_what_ran_as_usual_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A class of a thousand right answers is a bar and nothing else."""
    assert "ada" not in printed(capsys, GRADED)


def test_the_rate_at_the_end_is_that_of_the_whole_batch() -> None:
    """A last submission that used up its limit does not make it nought."""
    clock = iter(range(0, 10_000, 10))
    bar = Progress(RateColumn(), get_time=lambda: float(next(clock)), auto_refresh=False)
    task = bar.add_task("grading", total=90)
    bar.advance(task, 89)
    for _ in range(20):
        bar.advance(task, 0)
    bar.advance(task, 1)
    (ended,) = bar.tasks
    assert ended.finished_time
    assert RateColumn().render(ended).plain == f"{90 / ended.finished_time:.1f}/s"
    assert not RateColumn().render(ended).plain.startswith("0.0")
