"""Beyond one machine: jobs go as dask tasks to workers that have a grading service of their own.

What it guarantees is in `autograder.batch.job`; besides:

- Workers need gradlab and a way to the scheduler, no gradebook and no shared file system: the part
  of the course that they need travels once to each, also to those that come later.
- A worker with another environment is refused: at the start the batch stops with the reasons,
  later its work goes to others.
- A submission whose worker is lost goes to another. One that loses more workers than the
  scheduler's `allowed-failures`, and all that is left when no worker or no scheduler is there for
  `patience_seconds`, come out as faults.
- Ending early cancels what waits and ends what runs on the workers.

What it does not do: start workers (`autograder.batch.clusters`), or protect the scheduler: who can
speak to it can run any code on the workers, hence TLS.
"""

from __future__ import annotations

import contextlib
import queue
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import metadata
from itertools import chain
from typing import Any

from distributed import Client

from autograder.batch import workshop
from autograder.batch.bundle import BundleError, pack
from autograder.batch.job import Job, Outcome
from autograder.batch.workshop import Expected, Workshop
from autograder.grading import GraderFault, Preparer
from autograder.grading.retries import ATTEMPTS
from autograder.service.prepared import MessageError, job_to_bytes, report_of

PATIENCE_SECONDS = 600.0
_WAIT_SECONDS = 1.0  # for a result, before looking at the workers again
_RETRY_SECONDS = 0.2  # after a failure to fetch results
_FETCH_SECONDS = 20.0  # then it is asked again: a client may wait for ever for a lost result
_GONE = "no worker is left, or the scheduler is out of reach, since {seconds:.0f} s"


class DaskBackend:
    """Runs jobs on the workers of a dask cluster.

    Args:
        preparer: the course and the environment; workers must have the same environment.
        assignments: whose jobs will come.
        connect: opens a client; entered with the first job, left at the end.
        patience_seconds: how long there may be no worker at all.
        on_wait: told one sentence when there is something to wait for.
    """

    def __init__(
        self,
        preparer: Preparer,
        assignments: Iterable[str],
        connect: Callable[[], AbstractContextManager[Client]],
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        on_wait: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self._preparer = preparer
        self._assignments = tuple(sorted(set(assignments)))
        self._connect = connect
        self._patience_seconds = patience_seconds
        self._on_wait = on_wait

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome]:
        """Run all jobs, yielding outcomes as they come.

        Raises:
            GraderFault: there is no worker, or one with another environment; nothing was graded.
        """
        rest = iter(jobs)
        first = next(rest, None)
        if first is None:
            return
        with contextlib.ExitStack() as stack:
            try:
                bundle = pack(self._preparer.layout, self._assignments)
                client = stack.enter_context(self._connect())
            except (OSError, BundleError) as error:
                raise GraderFault(f"the batch could not be started: {error}") from error
            expected = Expected.of(self._preparer, self._assignments)
            name = f"gradlab-{bundle.digest[:16]}-{uuid.uuid4().hex[:12]}"
            plugin = Workshop(name, bundle, expected)
            session = _Session(client, plugin, self._patience_seconds, self._on_wait)
            stack.callback(session.close)
            session.open()
            yield from session.run(chain([first], rest))


@dataclass
class _Flight:
    job: Job
    future: Any
    refused_by: set[str] = field(default_factory=set)


class _Session:
    def __init__(
        self,
        client: Client,
        plugin: Workshop,
        patience_seconds: float,
        on_wait: Callable[[str], None],
    ) -> None:
        self._client = client
        self._plugin = plugin
        self._patience_seconds = patience_seconds
        self._on_wait = on_wait
        self._flights: dict[str, _Flight] = {}
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._number = 0
        self._slots = 1
        self._looked = 0.0
        self._seen = time.monotonic()  # when a worker was there last
        self._lost = ""
        self._registered = False

    def open(self) -> None:
        """Bring the course to the workers and hear whether they may grade."""
        client = self._client
        if not client.nthreads():
            self._on_wait("waiting for the first worker")
        try:
            client.wait_for_workers(1, timeout=self._patience_seconds)
        except TimeoutError as error:
            raise GraderFault(f"no worker came within {self._patience_seconds:g} s") from error
        ours = metadata.version("gradlab")
        answers = self._ask(metadata.version, "gradlab")
        wrong = {
            worker: "gradlab is not installed there"
            if isinstance(version, Exception)
            else f"gradlab is {version} there, {ours} here"
            for worker, version in answers.items()
            if version != ours
        }
        self._refuse(wrong)
        self._registered = True
        try:
            client.register_plugin(self._plugin)
            ready = self._ask(workshop.readiness, self._plugin.name)
        except Exception as error:  # whatever a worker raises when it reads the plugin
            raise GraderFault(f"a worker cannot open the batch: {error!r}") from error
        self._refuse({worker: str(said) for worker, said in ready.items() if said})

    def _ask(self, function: Callable[..., Any], argument: str) -> dict[str, Any]:
        """Return each worker's answer, or what it raised; a worker that died meanwhile has none."""
        answers = self._client.run(function, argument, on_error="return")
        return {one: said for one, said in answers.items() if not isinstance(said, OSError)}

    @staticmethod
    def _refuse(wrong: Mapping[str, str]) -> None:
        if wrong:
            said = "; ".join(f"{worker}: {reason}" for worker, reason in sorted(wrong.items()))
            raise GraderFault(
                f"{len(wrong)} worker(s) would not give the grades that this machine gives "
                f"({said}). Install the same gradlab with the same constraints there, or take "
                "these workers away."
            )

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Keep the workers busy until all jobs have an outcome."""
        for job in jobs:
            if self._lost:
                yield Outcome(job, None, self._lost)
                continue
            self._submit(job)
            yield from self._collect(wait=False)
            while len(self._flights) >= self._room():
                yield from self._collect(wait=True)
        while self._flights:
            yield from self._collect(wait=True)

    def close(self) -> None:
        """Leave nothing of this batch with the scheduler or on a worker."""
        futures = [flight.future for flight in self._flights.values()]
        self._flights.clear()
        with contextlib.suppress(Exception):  # without a scheduler nothing is left to be told
            if futures:
                self._client.cancel(futures)
            if self._registered:
                self._client.unregister_worker_plugin(self._plugin.name)

    def _submit(self, job: Job, refused_by: set[str] | None = None) -> None:
        self._number += 1
        key = f"{self._plugin.name}-{self._number}"
        refused_by = refused_by or set()
        others = None
        if refused_by:
            others = [worker for worker in self._client.nthreads() if worker not in refused_by]
        future = self._client.submit(
            workshop.grade,
            self._plugin.name,
            job_to_bytes(job.prepared, job.known),
            key=key,
            pure=False,
            retries=ATTEMPTS - 1,
            workers=others or None,
        )
        self._flights[key] = _Flight(job, future, refused_by)
        self._await(key)

    def _room(self) -> int:
        """Return how many jobs may be on their way: enough that no worker waits for one."""
        self._look()
        return 2 * self._slots + 1

    def _look(self) -> None:
        """See now and then how many workers there are."""
        now = time.monotonic()
        if now - self._looked < _WAIT_SECONDS:
            return
        self._looked = now
        try:
            slots = sum(self._client.nthreads().values())
        except (OSError, RuntimeError, ValueError, TimeoutError):
            slots = 0
        if slots:
            self._slots, self._seen = slots, time.monotonic()
        elif now - self._seen > self._patience_seconds:
            self._lost = _GONE.format(seconds=self._patience_seconds)

    def _collect(self, *, wait: bool) -> Iterator[Outcome]:
        """Return the outcomes of what has ended; wait a little for the first when asked to."""
        keys = self._ended(wait=wait)
        if wait:
            self._look()
            if self._lost:
                flights, self._flights = self._flights, {}
                for flight in flights.values():
                    yield Outcome(flight.job, None, self._lost)
                return
        states = {key: self._flights[key].future.status for key in keys}
        answers = self._fetch({key for key in keys if states[key] == "finished"})
        for key in keys:
            if key not in answers and states[key] in ("finished", "pending"):
                self._await(key)  # its worker was lost with the result: it will run again
                continue
            outcome = self._outcome(self._flights.pop(key), answers.get(key))
            if outcome is not None:
                yield outcome

    def _await(self, key: str) -> None:
        self._flights[key].future.add_done_callback(lambda future: self._done.put(future.key))

    def _ended(self, *, wait: bool) -> list[str]:
        keys: list[str] = []
        with contextlib.suppress(queue.Empty):
            if wait:
                keys.append(self._done.get(timeout=_WAIT_SECONDS))
            while True:
                keys.append(self._done.get_nowait())
        return [key for key in dict.fromkeys(keys) if key in self._flights]

    def _fetch(self, keys: set[str]) -> dict[str, Any]:
        """Return the answers that can be had."""
        futures = {key: self._flights[key].future for key in keys}
        if not futures:
            return {}
        try:
            answers = self._client.sync(
                lambda: self._client.gather(futures, errors="skip", asynchronous=True),
                callback_timeout=min(_FETCH_SECONDS, self._patience_seconds),
            )
        except (OSError, TimeoutError, RuntimeError):
            time.sleep(_RETRY_SECONDS)
            return {}
        return {key: answer for key, answer in answers.items() if answer is not None}

    def _outcome(self, flight: _Flight, answer: Any) -> Outcome | None:
        """Return what became of a job; `None` when it was given to another worker."""
        job, future = flight.job, flight.future
        if answer is None:
            why = future.exception() if future.status == "error" else None
            text = f"{type(why).__name__}: {why}" if why else f"the task was {future.status}"
            return Outcome(job, None, f"the cluster could not run it: {text}")
        where = answer["worker"]
        if answer["kind"] == "report":
            try:
                return Outcome(job, report_of(answer, job.prepared))
            except MessageError as error:
                return Outcome(job, None, f"worker {where} answered with {error}")
        if answer["kind"] == "unfit" and len(flight.refused_by) + 1 < ATTEMPTS:
            self._on_wait(f"worker {where} is left out: {answer['text']}")
            self._submit(job, flight.refused_by | {where})
            return None
        return Outcome(job, None, f"on worker {where}: {answer['text']}")
