"""Which checks run in which process, told from what is asked of the processes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autograder.checking import CheckAnswer, CheckJob, CheckResult
from autograder.checking.overrun import CheckLimits
from autograder.course.manifest import Manifest, Role
from autograder.grading.attempt import attempt
from autograder.grading.keys import Keys
from autograder.grading.prepare import Prepared
from autograder.grading.processes import Run
from autograder.grading.repair import RepairedNotebook, RunCell
from autograder.sandbox import Exit
from autograder.wire.session import CellResult

LIMITS = CheckLimits()
ENDED = Exit("killed")
PURE = "def clip(gradient, threshold):\n    return gradient"
FIRST = CheckResult("clip", "test_it", "limit", 1.0)
SECOND = CheckResult("size", "test_it", "passed", 1.0)


class RecordingProcesses:
    """Stands for real processes: notes each job and gives what it was told to."""

    def __init__(self, *runs: Run) -> None:
        self.runs = list(runs)
        self.jobs: list[CheckJob] = []
        self.without_process: list[CheckJob] = []

    def run(self, _manifest: Manifest, _prepared: Prepared, job: CheckJob, _limits: object) -> Run:
        """Note a job that has a student's process."""
        self.jobs.append(job)
        return self.runs.pop(0)

    def check_lost(self, job: CheckJob, _limits: object) -> CheckAnswer:
        """Note a job that has none."""
        self.without_process.append(job)
        return CheckAnswer([SECOND])


def run_of(*results: CheckResult, spent: bool = False, exit_: Exit = ENDED) -> Run:
    """Return a run in which these checks were made."""
    return Run([CellResult("answer", "ok")], CheckAnswer(results, spent, 2.5), exit_)


@pytest.fixture
def prepared() -> Prepared:
    """A submission with one answer that leaves nothing behind, and a cell of the student's own."""
    cells = (
        RunCell("clip_answer", "code", PURE, Role.ANSWER),
        RunCell("own", "code", "size = 3", None),
        RunCell("clip", "code", "clip(1, 2)", Role.GRADED),
    )
    return Prepared("tiny", RepairedNotebook(cells, ()), Keys("key", {}, 7))


def attempted(
    processes: RecordingProcesses, manifest: Manifest, prepared: Prepared, **options: Any
) -> Run:
    """Attempt both graded cells."""
    wanted = ("clip", "size")
    return attempt(processes, manifest, prepared, wanted, LIMITS, **options)  # type: ignore[arg-type]


def test_names_that_leave_nothing_behind_are_shared_in_one_run(
    manifest: Manifest, prepared: Prepared
) -> None:
    """One job; it has the student's texts, the course's, and the names that may be shared."""
    processes = RecordingProcesses(run_of(FIRST, SECOND))
    run = attempted(processes, manifest, prepared, overrun=("size",), names=("test_it",))
    assert run.checked == (FIRST, SECOND)
    (job,) = processes.jobs
    assert job.stateless == ("clip",)
    assert job.sources == {"clip_answer": PURE, "own": "size = 3"}
    assert set(job.given) == {"setup", "clip_answer", "clip", "size_answer", "size"}
    assert (job.seed, job.grade_ids) == (7, ("clip", "size"))
    assert (job.overrun, job.names) == (("size",), ("test_it",))
    assert job.check_seconds == LIMITS.check_seconds


def test_after_a_spent_process_the_rest_runs_in_another_that_shares_nothing(
    manifest: Manifest, prepared: Prepared
) -> None:
    """What has a result is not run again, and the time that was waited counts on."""
    processes = RecordingProcesses(run_of(FIRST, spent=True), run_of(SECOND))
    run = attempted(processes, manifest, prepared)
    assert list(run.checked) == [FIRST, SECOND]
    first, rest = processes.jobs
    assert rest == replace(first, stateless=(), answered=(("clip", "test_it"),), waited_seconds=2.5)


def test_after_a_limit_of_the_submission_there_is_no_second_process(
    manifest: Manifest, prepared: Prepared
) -> None:
    """The checks that are left hear of the limit."""
    limit = Exit("memory")
    processes = RecordingProcesses(run_of(FIRST, spent=True, exit_=limit))
    run = attempted(processes, manifest, prepared)
    assert list(run.checked) == [FIRST, SECOND]
    assert run.exit is limit
    assert len(processes.jobs) == 1
    (job,) = processes.without_process
    assert job.lost_verdict == "limit"
    assert "MB of memory" in job.lost
    assert job.answered == (("clip", "test_it"),)


def test_a_first_process_that_we_lost_is_not_forgotten(
    manifest: Manifest, prepared: Prepared
) -> None:
    """A fault of ours in the first stays one, however well the second ended."""
    processes = RecordingProcesses(run_of(FIRST, spent=True, exit_=Exit("lost")), run_of(SECOND))
    assert attempted(processes, manifest, prepared).lost
