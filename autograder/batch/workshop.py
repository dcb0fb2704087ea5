"""What runs on a dask worker: the course unpacked, a grading service, one task per submission.

A workshop is a plugin of the worker that lives as long as one batch. What it guarantees:

- The worker may grade only when its gradlab, its libraries, its isolation and the unpacked course
  give the same keys as the client's; otherwise it says why and never grades.
- What it unpacks lies in a private folder under the worker's own, and so does the service; at the
  end of the batch or of the worker the folder, the service and running submissions are gone.
- What fails of ours is an answer, no exception.

What it does not do: know students, the gradebook, or which other workers there are.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from autograder.batch.bundle import Bundle, unpack
from autograder.course import Layout
from autograder.grading import Preparer
from autograder.grading.isolation import isolation_level
from autograder.service.client import Place, ServiceError, result_of
from autograder.service.prepared import (
    PROTOCOL,
    assignment_of,
    fault_answer,
    report_answer,
    unfit_answer,
)
from autograder.service.protocol import Item, Order, Source, Tenant


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
        environment = preparer.environment
        versions = dict(environment.versions)
        digests = {}
        for name in assignments:
            digest = preparer.digest(name)
            versions |= digest.libraries
            digests[name] = digest.common, digest.secret, dict(digest.checks)
        return cls(PROTOCOL, versions, environment.exact, preparer.isolation, digests)

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
    """The course of one batch on one worker. Made by the client, opened on each worker.

    Args:
        name: of the plugin, different for every batch.
        bundle: the part of the course that is needed.
        expected: what the client has.
    """

    def __init__(self, name: str, bundle: Bundle, expected: Expected) -> None:
        self.name = name
        self.unfit = ""
        self._bundle = bundle
        self._expected = expected

    async def setup(self, worker: Worker) -> None:
        """Open: unpack, compare, start the service. Failing is said in `unfit`."""
        self._address = str(worker.address)
        self._folder = Path(tempfile.mkdtemp(prefix="gradlab-", dir=worker.local_directory))
        self._place = Place(self._folder / "service", private=True)
        try:
            await asyncio.to_thread(self._open)
        except Exception as error:  # noqa: BLE001  # whatever it is, this worker cannot grade
            self.unfit = f"{type(error).__name__}: {error}"

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002  # dask's signature
        """Close: running submissions lose their servers, nothing is left."""
        await asyncio.to_thread(self._place.close)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def grade(self, data: bytes) -> dict[str, Any]:
        """Grade one job; called in the worker's threads."""
        if self.unfit:
            return unfit_answer(self.unfit, self._address)
        order = Order(
            self._tenant,
            assignment_of(data),
            "dask",
            [Item("", Source.PREPARED, data)],
            with_reports=True,
        )
        try:
            result, body = result_of(order, self._place)
        except (ServiceError, OSError) as error:
            return fault_answer(str(error), self._address)
        if not result.is_graded:
            return fault_answer(result.fault or "it was cancelled", self._address)
        return report_answer(body, self._address)

    def _open(self) -> None:
        root = self._folder / "course"
        root.mkdir(0o700)
        unpack(self._bundle, root)
        layout = Layout(root, self._folder / "home")
        self._tenant = Tenant.of(layout)
        preparer = Preparer(layout, isolation_level())
        assignments = tuple(self._expected.assignments)
        self.unfit = "; ".join(self._expected.differences(Expected.of(preparer, assignments)))
        if not self.unfit:
            self._place.connect().close()


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
