"""How the dask backend deals with a scheduler: on one that is simulated, with named faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib import metadata
from typing import Any

import pytest

from autograder.batch import Job, workshop
from autograder.batch.dask import DaskBackend
from autograder.course.manifest import Manifest
from autograder.grading import GraderFault, Preparer
from autograder.service.prepared import fault_answer, job_from_bytes, report_answer, unfit_answer

from .conftest import FakeGrader, submission


class FinishedTask:
    """A future whose task has ended."""

    def __init__(self, key: str, answer: Any, error: Exception | None = None) -> None:
        self.key = key
        self.answer = answer
        self.status = "error" if error else "finished"
        self._error = error

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call back at once."""
        callback(self)

    def exception(self) -> Exception | None:
        """Return what the task raised."""
        return self._error


class FakeClient:
    """A scheduler with one worker that answers at once with blank reports."""

    def __init__(self, preparer: Preparer) -> None:
        self.grader = FakeGrader(preparer)
        self.asked: list[list[str] | None] = []
        self.plugins: list[str] = []
        self.cancelled = 0
        self.version: Any = metadata.version("gradlab")

    def nthreads(self) -> dict[str, int]:
        """One worker of one thread, and one more that is refused in some tests."""
        return {"one": 1, "two": 1}

    def wait_for_workers(self, number: int, timeout: float) -> None:
        """Both are there."""

    def run(self, function: Any, *_: Any, on_error: str) -> dict[str, Any]:
        """Answer for each worker."""
        return {"one": "" if function is workshop.readiness else self.version}

    def register_plugin(self, plugin: Any) -> None:
        """Note it."""
        self.plugins.append(plugin.name)

    def unregister_worker_plugin(self, name: str) -> None:
        """Forget it."""
        self.plugins.remove(name)

    def cancel(self, futures: list[Any]) -> None:
        """Count them."""
        self.cancelled += len(futures)

    def submit(self, function: Any, name: str, data: bytes, **options: Any) -> FinishedTask:
        """Run the task now."""
        assert name in self.plugins
        self.asked.append(options["workers"])
        return self.task(options["key"], data)

    def task(self, key: str, data: bytes) -> FinishedTask:
        """Return the ended task."""
        report = self.grader.run(job_from_bytes(data)[0])
        return FinishedTask(key, report_answer(report.to_bytes(), "one"))

    def sync(self, function: Any, callback_timeout: float) -> Any:
        """Run a coroutine."""
        return asyncio.run(function())

    async def gather(self, futures: dict[str, FinishedTask], **_: Any) -> dict[str, Any]:
        """Return the answers."""
        return {key: future.answer for key, future in futures.items()}


class ClientWithUnfitWorker(FakeClient):
    """A worker that came late and may not grade takes whatever it is allowed to."""

    def task(self, key: str, data: bytes) -> FinishedTask:
        """Refuse unless the task was kept from it."""
        if self.asked[-1] == ["one"]:
            return super().task(key, data)
        return FinishedTask(key, unfit_answer("torch is 0.1, the client's 2", "two"))


class ClientThatRaises(FakeClient):
    """Every task ends with an exception, as when its worker could not even read it."""

    def task(self, key: str, data: bytes) -> FinishedTask:
        """End badly."""
        return FinishedTask(key, None, RuntimeError("broken"))


class ClientWithFaults(FakeClient):
    """Every worker says that its servers do not start."""

    def task(self, key: str, data: bytes) -> FinishedTask:
        """Say so."""
        return FinishedTask(key, fault_answer("no servers", "one"))


class ClientThatMixesUp(FakeClient):
    """Every task returns the report of the first one."""

    first: Any = None

    def task(self, key: str, data: bytes) -> FinishedTask:
        """Answer with the first answer."""
        self.first = self.first or super().task(key, data).answer
        return FinishedTask(key, self.first)


def jobs(preparer: Preparer, manifest: Manifest, number: int) -> list[Job]:
    return [Job(f"s{n}", preparer.prepare("tiny", submission(manifest, n))) for n in range(number)]


def backend(client: FakeClient, preparer: Preparer, **options: Any) -> DaskBackend:
    return DaskBackend(preparer, ["tiny"], lambda: nullcontext(client), **options)


def test_nothing_is_connected_without_a_job(preparer: Preparer) -> None:
    """A batch in which nothing is to be graded starts no cluster."""

    def connect() -> Any:
        raise AssertionError("connected")

    assert list(DaskBackend(preparer, ["tiny"], connect).run([])) == []


def test_every_job_comes_out_once_and_the_plugin_goes(
    preparer: Preparer, manifest: Manifest
) -> None:
    """All have a report, and nothing stays with the scheduler."""
    client = FakeClient(preparer)
    outcomes = list(backend(client, preparer).run(jobs(preparer, manifest, 30)))
    assert sorted(o.job.student for o in outcomes) == sorted(f"s{n}" for n in range(30))
    assert all(outcome.report for outcome in outcomes)
    assert (client.plugins, client.cancelled) == ([], 0)


def test_jobs_are_taken_as_fast_as_they_are_worked_off(
    preparer: Preparer, manifest: Manifest
) -> None:
    """Twice as many as there are threads may be on their way, and one; closing cancels them."""
    taken: list[int] = []

    class ClientThatHangs(FakeClient):
        def task(self, key: str, data: bytes) -> FinishedTask:
            """End the first task only."""
            task = super().task(key, data)
            if len(self.asked) > 1:
                task.status = "pending"
                task.add_done_callback = lambda callback: None  # type: ignore[method-assign]
            return task

    def feed() -> Iterator[Job]:
        for number, job in enumerate(jobs(preparer, manifest, 40)):
            taken.append(number)
            yield job

    client = ClientThatHangs(preparer)
    outcomes = backend(client, preparer, patience_seconds=1).run(feed())
    next(outcomes)
    assert len(taken) == 1
    client.nthreads = dict  # type: ignore[method-assign, assignment]  # all workers go
    rest = list(outcomes)
    assert len(client.asked) <= 2 * 2 + 1 + 1
    assert len(rest) == 39
    assert all("no worker is left" in outcome.fault for outcome in rest)


def test_work_goes_around_a_worker_that_may_not_grade(
    preparer: Preparer, manifest: Manifest
) -> None:
    """A late worker with another environment costs a message, no grade."""
    said: list[str] = []
    client = ClientWithUnfitWorker(preparer)
    outcomes = list(backend(client, preparer, on_wait=said.append).run(jobs(preparer, manifest, 3)))
    assert all(outcome.report for outcome in outcomes)
    assert said[0] == "worker two is left out: torch is 0.1, the client's 2"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (ClientThatRaises, "the cluster could not run it: RuntimeError: broken"),
        (ClientWithFaults, "on worker one: no servers"),
    ],
)
def test_what_fails_is_a_fault_and_the_batch_goes_on(
    preparer: Preparer, manifest: Manifest, kind: type[FakeClient], fault: str
) -> None:
    """No exception of a task or a worker stops the others, none becomes a score."""
    outcomes = list(backend(kind(preparer), preparer).run(jobs(preparer, manifest, 4)))
    assert [(outcome.report, outcome.fault) for outcome in outcomes] == [(None, fault)] * 4


def test_a_report_of_somebody_else_is_a_fault(preparer: Preparer, manifest: Manifest) -> None:
    """Answers that are mixed up on the way give no grade to the wrong student."""
    outcomes = list(backend(ClientThatMixesUp(preparer), preparer).run(jobs(preparer, manifest, 3)))
    assert [outcome.job.student for outcome in outcomes if outcome.report] == ["s0"]
    assert all("a report of" in outcome.fault for outcome in outcomes if not outcome.report)


@pytest.mark.parametrize(
    ("version", "said"),
    [("0.0.1", "gradlab is 0.0.1 there"), (ImportError("no gradlab"), "not installed there")],
)
def test_a_worker_without_this_gradlab_is_refused(
    preparer: Preparer, manifest: Manifest, version: Any, said: str
) -> None:
    """It is found before anything of ours is sent, and named."""
    client = FakeClient(preparer)
    client.version = version
    with pytest.raises(GraderFault, match=said):
        list(backend(client, preparer).run(jobs(preparer, manifest, 1)))
    assert client.asked == []
