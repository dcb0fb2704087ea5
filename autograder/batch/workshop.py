"""What runs on a dask worker: the course unpacked, graders kept warm, one task per submission.

A workshop is a plugin of the worker that lives as long as one batch. What it guarantees:

- The worker may grade only when its gradlab, its libraries, its isolation and the unpacked course
  give the same keys as the client's; otherwise it says why and never grades.
- What it unpacks lies in a private folder under the worker's own; at the end of the batch or of
  the worker the folder, the warm servers and running submissions are gone.
- Warm servers that nothing has used for a while are ended, also when the client was lost.
- A fault of ours is tried again with fresh servers; what fails still is an answer, no exception.

What it does not do: know students, the gradebook, or which other workers there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from distributed import Worker, WorkerPlugin, get_worker

from autograder.batch.backend import ATTEMPTS
from autograder.batch.bundle import Bundle, unpack
from autograder.batch.messages import (
    PROTOCOL,
    MessageError,
    fault_answer,
    job_from_bytes,
    report_answer,
    unfit_answer,
)
from autograder.course import Layout
from autograder.grading import GraderFault, Preparer, isolation_level
from autograder.grading.grader import Grader
from autograder.grading.prepare import Prepared
from autograder.grading.report import CellReport, Report
from autograder.sandbox import Nursery

IDLE_SECONDS = 600.0
_CLOSE_SECONDS = 30.0  # for killed submissions to be gone
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class Expected:
    """What the client computes keys with; a worker must have the same.

    Args:
        protocol: of the messages.
        versions: of what computes a report.
        environment: digest of the grading code, the reference, the versions and the isolation.
        isolation: the isolation level.
        assignments: name -> digests of its manifest and checks.
    """

    protocol: int
    versions: Mapping[str, str]
    environment: str
    isolation: str
    assignments: Mapping[str, tuple[str, str, Mapping[str, str]]]

    @classmethod
    def of(cls, preparer: Preparer, assignments: tuple[str, ...]) -> Expected:
        """Return what a preparer computes keys with."""
        digests = {}
        for name in assignments:
            digest = preparer.digest(name)
            digests[name] = digest.common, digest.secret, dict(digest.checks)
        environment = preparer.environment
        versions = dict(environment.versions)
        return cls(PROTOCOL, versions, environment.digest, preparer.isolation, digests)

    def differences(self, here: Expected) -> list[str]:
        """Return in words what is not the same on this worker; empty when all is."""
        if self.protocol != here.protocol:
            return [f"gradlab speaks protocol {here.protocol}, the client {self.protocol}"]
        found = [
            f"{name} is {here.versions.get(name, 'missing')}, the client's {version}"
            for name, version in sorted(self.versions.items())
            if here.versions.get(name) != version
        ]
        if self.isolation != here.isolation:
            found.append(f"isolation is {here.isolation}, the client's {self.isolation}")
        if not found and self.environment != here.environment:
            found.append(
                "the code of gradlab or of the reference, or the platform, is not the same"
            )
        if not found and self.assignments != here.assignments:
            found.append("the course is read differently")
        return found


class Workshop(WorkerPlugin):  # type: ignore[misc]  # distributed ships no types
    """The graders of one batch on one worker. Made by the client, opened on each worker.

    Args:
        name: of the plugin, different for every batch.
        bundle: the part of the course that is needed.
        expected: what the client has.
        idle_seconds: unused servers are ended after this time.
    """

    def __init__(
        self, name: str, bundle: Bundle, expected: Expected, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self.name = name
        self.unfit = ""
        self._bundle = bundle
        self._expected = expected
        self._idle_seconds = idle_seconds

    async def setup(self, worker: Worker) -> None:
        """Open: unpack, compare, start the first grader. Failing is said in `unfit`."""
        self._address = str(worker.address)
        self._changed = threading.Condition()
        self._idle: list[Grader] = []
        self._busy: set[Grader] = set()
        self._used = time.monotonic()
        self._closing = False
        self._nursery = Nursery()
        self._folder = Path(tempfile.mkdtemp(prefix="gradlab-", dir=worker.local_directory))
        try:
            await asyncio.to_thread(self._open)
        except Exception as error:  # noqa: BLE001  # whatever it is, this worker cannot grade
            self.unfit = f"{type(error).__name__}: {error}"
        self._resting = asyncio.create_task(self._rest())

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002  # dask's signature
        """Close: running submissions lose their servers, nothing is left."""
        self._resting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._resting
        await asyncio.to_thread(self._close)

    def grade(self, data: bytes) -> dict[str, Any]:
        """Grade one job; called in the worker's threads."""
        if self.unfit:
            return unfit_answer(self.unfit, self._address)
        try:
            prepared, known = job_from_bytes(data)
            return report_answer(self._grade(prepared, known), self._address)
        except (GraderFault, MessageError, OSError) as error:
            return fault_answer(str(error), self._address)

    def _open(self) -> None:
        root = self._folder / "course"
        root.mkdir(0o700)
        unpack(self._bundle, root)
        layout = Layout(root, self._folder / "home")
        self._preparer = Preparer(layout, isolation_level())
        self._assignments = tuple(self._expected.assignments)
        self.unfit = "; ".join(
            self._expected.differences(Expected.of(self._preparer, self._assignments))
        )
        if not self.unfit:
            self._put_back(self._with_attempts(lambda grader: grader)[1])

    def _grade(self, prepared: Prepared, known: Mapping[str, CellReport]) -> Report:
        report, grader = self._with_attempts(lambda grader: grader.run(prepared, known))
        self._put_back(grader)
        return report

    def _with_attempts(self, do: Callable[[Grader], _Done]) -> tuple[_Done, Grader]:
        """Do something with a started grader, with a fresh one after each fault."""
        for attempt in range(1, ATTEMPTS + 1):
            grader = self._take()
            try:
                if grader is None:
                    grader = self._enlist()
                return do(grader), grader
            except BaseException as error:
                self._retire(grader)
                if not isinstance(error, GraderFault) or self._closing or error.lasting:
                    raise
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _take(self) -> Grader | None:
        with self._changed:
            if self._closing:
                raise GraderFault("the batch is being stopped")
            grader = self._idle.pop() if self._idle else None
            if grader is not None:
                self._busy.add(grader)
            return grader

    def _enlist(self) -> Grader:
        grader = Grader(self._preparer, self._assignments, self._nursery)
        with self._changed:
            if self._closing:
                raise GraderFault("the batch is being stopped")
            self._busy.add(grader)
        try:
            grader.start()
        except BaseException:
            self._retire(grader)
            raise
        return grader

    def _put_back(self, grader: Grader) -> None:
        with self._changed:
            self._used = time.monotonic()
            if not self._closing:
                self._busy.discard(grader)
                self._idle.append(grader)
                return
        self._retire(grader)

    def _retire(self, grader: Grader | None) -> None:
        if grader is not None:
            grader.close()
            with self._changed:
                self._busy.discard(grader)
                self._changed.notify_all()

    async def _rest(self) -> None:
        """End warm servers that nothing uses."""
        while True:
            await asyncio.sleep(self._idle_seconds / 4)
            with self._changed:
                unused = not self._busy and time.monotonic() - self._used > self._idle_seconds
                graders = self._idle if unused else []
                if unused:
                    self._idle = []
            if graders:
                await asyncio.to_thread(self._end, graders)

    def _end(self, graders: list[Grader]) -> None:
        for grader in graders:
            grader.close()
        self._nursery.close()

    def _close(self) -> None:
        with self._changed:
            self._closing = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for grader in busy:
            grader.kill()
        for grader in idle:
            grader.close()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, _CLOSE_SECONDS)
        self._nursery.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def grade(name: str, data: bytes) -> dict[str, Any]:
    """Grade one job in the workshop of that name: the task that the client submits."""
    worker = get_worker()
    workshop = worker.plugins.get(name)
    if workshop is None:
        return unfit_answer("this batch was never opened here, or is closed", str(worker.address))
    answer: dict[str, Any] = workshop.grade(data)
    return answer


def readiness(name: str, dask_worker: Worker) -> str:
    """Return why the worker may not grade; empty when it may."""
    workshop = dask_worker.plugins.get(name)
    return "the batch was not opened here" if workshop is None else str(workshop.unfit)
