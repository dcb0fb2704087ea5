"""The default backend: graders in threads of this process, each with its own warm servers.

Student code and checks run in processes forked from those servers, so the threads only wait and
decode. What it guarantees is in `autograder.batch.backend`; besides:

- No server is started before there is a job for it.
- An interrupt ends the servers at once; nothing waits for a submission to finish.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from autograder.batch.backend import ATTEMPTS, Job, Outcome
from autograder.grading import GraderFault
from autograder.sandbox import Nursery

if TYPE_CHECKING:
    from autograder.grading.grader import Grader


class LocalBackend:
    """Runs jobs on this machine.

    Args:
        make_grader: makes an unstarted grader whose servers the given nursery forks; called once
            per worker and after each fault.
        workers: how many submissions run at once.
        nursery: forks the graders' servers; it is closed with the run.
    """

    def __init__(
        self,
        make_grader: Callable[[Nursery], Grader],
        workers: int,
        nursery: Nursery | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"{workers} workers; expected at least 1")
        self._make_grader = make_grader
        self._workers = workers
        self._nursery = nursery or Nursery()

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Run all jobs, yielding outcomes as they come."""
        pool = _Pool(self._make_grader, self._nursery)
        waiting = 0
        try:
            for job in jobs:
                pool.submit(job, self._workers)
                waiting += 1
                while waiting >= 2 * self._workers:
                    yield pool.next_outcome()
                    waiting -= 1
                for outcome in pool.ready_outcomes():
                    yield outcome
                    waiting -= 1
            while waiting:
                yield pool.next_outcome()
                waiting -= 1
        except BaseException:
            pool.stop()
            raise
        pool.close()


class _Pool:
    def __init__(self, make_grader: Callable[[Nursery], Grader], nursery: Nursery) -> None:
        self._make_grader = make_grader
        self._nursery = nursery
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._outcomes: queue.Queue[Outcome | BaseException] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._graders: set[Grader] = set()
        self._lock = threading.Lock()
        self._closing = False

    def submit(self, job: Job, workers: int) -> None:
        self._jobs.put(job)
        if len(self._threads) < workers:
            thread = threading.Thread(target=self._work, name="gradlab-grader", daemon=True)
            self._threads.append(thread)
            thread.start()

    def next_outcome(self) -> Outcome:
        outcome = self._outcomes.get()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def ready_outcomes(self) -> Iterator[Outcome]:
        while not self._outcomes.empty():
            yield self.next_outcome()

    def stop(self) -> None:
        """Close at once: running submissions lose their servers."""
        with self._lock:
            self._closing = True
            graders = list(self._graders)
        for grader in graders:
            grader.kill()
        self.close()

    def close(self) -> None:
        """End the threads and their graders when they have done what they were given."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._nursery.close()

    def _work(self) -> None:
        grader: Grader | None = None
        try:
            while (job := self._jobs.get()) is not None and not self._closing:
                grader, outcome = self._attempt(job, grader)
                self._outcomes.put(outcome)
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            self._outcomes.put(error)
            if grader is not None:
                grader.kill()
        finally:
            self._retire(grader)

    def _attempt(self, job: Job, grader: Grader | None) -> tuple[Grader | None, Outcome]:
        fault = ""
        for _ in range(ATTEMPTS):
            try:
                if grader is None:
                    grader = self._enlist()
                report = grader.run(job.prepared, job.known)
            except GraderFault as error:
                fault = str(error)
                if grader is not None:
                    grader.kill()  # a server in doubt serves nobody again
                self._retire(grader)
                grader = None
                if self._closing or error.lasting:
                    break
            else:
                return grader, Outcome(job, report)
        return grader, Outcome(job, None, fault)

    def _enlist(self) -> Grader:
        grader = self._make_grader(self._nursery)
        with self._lock:
            if self._closing:
                raise GraderFault("the batch is being stopped")
            self._graders.add(grader)
        grader.start()
        return grader

    def _retire(self, grader: Grader | None) -> None:
        if grader is not None:
            with self._lock:
                self._graders.discard(grader)
            grader.close()
