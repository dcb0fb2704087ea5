"""Which checks run in which process, told from what is asked of the processes."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.checking import CheckAnswer, CheckJob, CheckResult
from autograder.checking.running.overrun import CheckLimits
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
CODE = "def clip(gradient, threshold):\n    return gradient"
CLIP = CheckResult("clip", "test_it", "limit", 1.0)
CLIP_MORE = CheckResult("clip", "test_more", "passed", 1.0)
SIZE = CheckResult("size", "test_it", "passed", 1.0)
MISSING = CheckResult("clip", "test_it", "error", 1.0, "`clip` is not defined", missing="clip")


class RecordingProcesses:
    """Stands for real processes: notes each job and gives what it was told to."""

    def __init__(self, *runs: Run) -> None:
        self.runs = list(runs)
        self.jobs: list[CheckJob] = []
        self.until: list[str | None] = []
        self.without_process: list[CheckJob] = []

    def run(
        self,
        _manifest: Manifest,
        _prepared: Prepared,
        job: CheckJob,
        _limits: object,
        _on_cell: object,
    ) -> Run:
        """Note a job whose checks talk to branches."""
        return self._next(job, None)

    def again(
        self, _manifest: Manifest, _prepared: Prepared, job: CheckJob, _limits: object, until: str
    ) -> Run:
        """Note a job of a process in which the cells run up to one."""
        return self._next(job, until)

    def check_lost(self, job: CheckJob, _limits: object) -> CheckAnswer:
        """Note a job that has no process."""
        self.without_process.append(job)
        return CheckAnswer([CLIP_MORE])

    def _next(self, job: CheckJob, until: str | None) -> Run:
        self.jobs.append(job)
        self.until.append(until)
        return self.runs.pop(0)


def run_of(
    *results: CheckResult,
    left: tuple[str, ...] = (),
    exit_: Exit = ENDED,
    names: tuple[str, ...] = (),
    waited_seconds: float = 2.5,
) -> Run:
    """Return a run in which these checks were made."""
    answer = CheckAnswer(results, left, waited_seconds)
    return Run([CellResult("answer", "ok")], answer, exit_, names=frozenset(names))


@pytest.fixture
def prepared() -> Prepared:
    """A submission with one answer, and a cell of the student's own."""
    cells = (
        RunCell("clip_answer", "code", CODE, Role.ANSWER),
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


def test_one_run_is_enough_where_nothing_is_left(manifest: Manifest, prepared: Prepared) -> None:
    """One job; it has the student's texts and the course's."""
    processes = RecordingProcesses(run_of(CLIP, SIZE))
    run = attempted(processes, manifest, prepared, overrun=("size",), names=("test_it",))
    assert [*run.checked] == [CLIP, SIZE]
    (job,) = processes.jobs
    assert job.sources == {"clip_answer": CODE, "own": "size = 3"}
    assert job.above == {"clip": 2}
    assert set(job.given) == {"setup", "clip_answer", "clip", "size_answer", "size"}
    assert (job.seed, job.grade_ids) == (7, ("clip", "size"))
    assert (job.overrun, job.names) == (("size",), ("test_it",))
    assert job.check_seconds == LIMITS.check_seconds


def test_a_cell_of_which_checks_are_left_runs_again_alone(
    manifest: Manifest, prepared: Prepared
) -> None:
    """What has a result is not run again, results keep their order, the time waited counts on."""
    processes = RecordingProcesses(
        run_of(CLIP, SIZE, left=("clip",)), run_of(CLIP_MORE, waited_seconds=4.0)
    )
    run = attempted(processes, manifest, prepared)
    assert [*run.checked] == [CLIP, CLIP_MORE, SIZE]
    assert run.answer.waited_seconds == 4.0
    assert processes.until == [None, "clip"]
    rest = processes.jobs[1]
    assert rest.grade_ids == ("clip",)
    assert rest.answered == (("clip", "test_it"),)
    assert rest.waited_seconds == 2.5


def test_it_runs_again_until_nothing_is_left(manifest: Manifest, prepared: Prepared) -> None:
    """A process that is used itself and spoilt leaves checks, too."""
    processes = RecordingProcesses(
        run_of(SIZE, left=("clip",)), run_of(CLIP, left=("clip",)), run_of(CLIP_MORE)
    )
    assert [*attempted(processes, manifest, prepared).checked] == [CLIP, CLIP_MORE, SIZE]
    assert processes.until == [None, "clip", "clip"]


def test_further_runs_end(
    manifest: Manifest, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When their time is over, checks that are left are told so."""
    monkeypatch.setattr("autograder.grading.attempt._FURTHER_RUNS", 0)
    processes = RecordingProcesses(run_of(CLIP, SIZE, left=("clip",)))
    assert [*attempted(processes, manifest, prepared).checked] == [CLIP, CLIP_MORE, SIZE]
    (job,) = processes.without_process
    assert job.lost_verdict == "limit"
    assert "too long" in job.lost["clip"]
    assert job.answered == (("clip", "test_it"),)


def test_a_name_of_a_cell_below_is_asked_for_once(manifest: Manifest, prepared: Prepared) -> None:
    """All cells run, only that check is made, and its message says where the name was found."""
    found = CheckResult("clip", "test_it", "passed", 1.0)
    processes = RecordingProcesses(run_of(MISSING, CLIP_MORE, names=("clip",)), run_of(found))
    first, second = attempted(processes, manifest, prepared).checked
    assert first.verdict == "passed"
    assert "`clip` is defined only by a cell below" in first.message
    assert second == CLIP_MORE
    assert processes.until == [None, ""]
    assert processes.jobs[1].answered == (("clip", "test_more"),)


@pytest.mark.parametrize("names", [(), ("other",)])
def test_a_name_that_no_cell_defines_is_missing(
    manifest: Manifest, prepared: Prepared, names: tuple[str, ...]
) -> None:
    """There is nothing to look for."""
    processes = RecordingProcesses(run_of(MISSING, SIZE, names=names))
    assert [*attempted(processes, manifest, prepared).checked] == [MISSING, SIZE]


def test_what_is_missing_there_as_well_keeps_its_verdict(
    manifest: Manifest, prepared: Prepared
) -> None:
    """The process said that it had the name."""
    processes = RecordingProcesses(run_of(MISSING, SIZE, names=("clip",)), run_of(MISSING))
    assert [*attempted(processes, manifest, prepared).checked] == [MISSING, SIZE]


@pytest.mark.parametrize(("kind", "says"), [("lost", "lost"), ("memory", "limited")])
def test_how_any_of_the_processes_ended_is_not_forgotten(
    manifest: Manifest, prepared: Prepared, kind: Any, says: str
) -> None:
    """A fault of ours stays one, and a limit is said, however well the others ended."""
    processes = RecordingProcesses(
        run_of(SIZE, left=("clip",)), run_of(CLIP, CLIP_MORE, exit_=Exit(kind))
    )
    assert getattr(attempted(processes, manifest, prepared), says)
