"""The backend of threads."""

import threading
from collections.abc import Iterator

import pytest

from autograder.batch.backend import ATTEMPTS, Job
from autograder.batch.local import LocalBackend
from autograder.course.manifest import Manifest
from autograder.grading import Preparer

from .conftest import (
    FakeGrader,
    GraderThatFailsOnce,
    GraderThatHangs,
    GraderThatNeverStarts,
    submission,
)


def jobs(preparer: Preparer, manifest: Manifest, number: int) -> list[Job]:
    return [Job(f"s{n}", preparer.prepare("tiny", submission(manifest, n))) for n in range(number)]


@pytest.mark.parametrize("workers", [1, 3])
def test_every_job_comes_out_once(preparer: Preparer, manifest: Manifest, workers: int) -> None:
    """Whatever the number of workers, each student has exactly one report."""
    backend = LocalBackend(lambda _nursery: FakeGrader(preparer), workers)  # type: ignore[arg-type, return-value]
    outcomes = list(backend.run(jobs(preparer, manifest, 20)))
    assert sorted(o.job.student for o in outcomes) == sorted(f"s{n}" for n in range(20))
    assert all(o.report and o.report.key == o.job.prepared.keys.report for o in outcomes)


def test_a_fault_is_tried_again(preparer: Preparer, manifest: Manifest) -> None:
    """A server that dies once costs nothing but time."""
    GraderThatFailsOnce.failures = iter([True])
    backend = LocalBackend(lambda _nursery: GraderThatFailsOnce(preparer), 1)  # type: ignore[arg-type, return-value]
    outcomes = list(backend.run(jobs(preparer, manifest, 3)))
    assert [o.fault for o in outcomes] == ["", "", ""]


def test_a_lasting_fault_is_said_and_is_no_score(preparer: Preparer, manifest: Manifest) -> None:
    """After all attempts the outcome is a fault without a report."""
    made: list[int] = []

    def make(_nursery: object) -> GraderThatNeverStarts:
        made.append(1)
        return GraderThatNeverStarts(preparer)

    backend = LocalBackend(make, 1)  # type: ignore[arg-type]
    (outcome,) = backend.run(jobs(preparer, manifest, 1))
    assert (outcome.report, outcome.fault) == (None, "the servers do not start")
    assert len(made) == ATTEMPTS


def test_no_server_starts_without_a_job(preparer: Preparer) -> None:
    """Regrading what is stored starts nothing."""

    def make(_nursery: object) -> FakeGrader:
        raise AssertionError("a grader was made")

    assert list(LocalBackend(make, 2).run([])) == []  # type: ignore[arg-type]


def test_jobs_are_taken_as_fast_as_they_are_worked_off(
    preparer: Preparer, manifest: Manifest
) -> None:
    """Ten thousand submissions are not all read before the first is graded."""
    taken: list[int] = []

    def feed() -> Iterator[Job]:
        for number, job in enumerate(jobs(preparer, manifest, 40)):
            taken.append(number)
            yield job

    outcomes = LocalBackend(lambda _nursery: FakeGrader(preparer), 2).run(feed())  # type: ignore[arg-type, return-value]
    next(outcomes)
    assert len(taken) <= 5
    assert len(list(outcomes)) == 39


def test_stopping_early_kills_what_runs(preparer: Preparer, manifest: Manifest) -> None:
    """An interrupt ends hanging submissions and their threads."""
    hanging = GraderThatHangs(preparer)

    def feed() -> Iterator[Job]:
        for number, job in enumerate(jobs(preparer, manifest, 12)):
            if number == 3:  # the second job is being worked on
                hanging.asked.wait()
                raise KeyboardInterrupt
            yield job

    backend = LocalBackend(lambda _nursery: hanging, 2)  # type: ignore[arg-type, return-value]
    with pytest.raises(KeyboardInterrupt):
        list(backend.run(feed()))
    assert hanging.killed.is_set()
    assert not [t for t in threading.enumerate() if t.name == "gradlab-grader"]


def test_no_workers_is_an_error(preparer: Preparer) -> None:
    """Zero workers would wait for ever."""
    with pytest.raises(ValueError, match="0 workers; expected at least 1"):
        LocalBackend(lambda _nursery: FakeGrader(preparer), 0)  # type: ignore[arg-type, return-value]
