"""The grader: two warm servers, and one submission at a time from prepared cells to a report.

What it guarantees:

- Student code runs only in processes forked from the confined server; checks and the reference run
  only in processes forked from the trusted one; neither outlives its submission.
- Whatever the student's code does is in the report; what goes wrong on our side is `GraderFault`.
- A student's process that somebody else kills is not the student's fault: it runs again.
- The report follows from the prepared submission alone, not from what was graded before.

What it does not do: retry (a batch backend does), cache, or write anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from autograder.checking import CheckFault, CheckJob, CheckResult, read_results
from autograder.course.manifest import Manifest, Role
from autograder.grading.errors import GraderFault
from autograder.grading.prepare import Prepared, Preparer
from autograder.grading.report import (
    CellReport,
    CheckReport,
    ExecutedCell,
    Report,
    Verdict,
)
from autograder.sandbox import (
    Exit,
    ForkServer,
    Launch,
    Nursery,
    Process,
    SandboxError,
    student_launch,
)
from autograder.wire.channel import Channel
from autograder.wire.session import CellResult, CellSource, StudentSession

CHECK_ENTRY = "autograder.checking.process:run"
CHECK_WARM = "autograder.checking.process:warm"
CHECKS_SECONDS = 1800.0  # for all checks together; each has its own limit besides
EXIT_SECONDS = 10.0  # for a killed process tree to be gone
LAST_SECONDS = 1.0  # for a process that closed its channel to end by itself
KILLED_RUNS = 3  # a process killed from outside runs again; one that always is, does it to itself
_WRITTEN = (Role.ANSWER, None)  # cells whose text is the student's
_IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
_KILLED = {
    "memory": "The submission used more than {memory:.0f} MB of memory and was stopped.",
    "cpu": "The submission used more than {cpu:g} s of processor time and was stopped.",
}


@dataclass(frozen=True)
class _Run:
    """What running the cells and the checks brought."""

    executed: list[CellResult]
    checked: list[CheckResult]
    exit: Exit


class Grader:
    """Grades submissions of some assignments, one after another.

    Args:
        preparer: the course and the environment.
        assignments: whose checks the trusted server loads when it starts.
        nursery: forks the servers; graders that run side by side share one. By default its own.
    """

    def __init__(
        self, preparer: Preparer, assignments: Iterable[str], nursery: Nursery | None = None
    ) -> None:
        self._preparer = preparer
        self._nursery = nursery or Nursery()
        self._owns_nursery = nursery is None
        self._assignments = tuple(sorted(set(assignments)))
        self._students: ForkServer | None = None
        self._checks: ForkServer | None = None
        self._stopped = False

    def start(self) -> None:
        """Start both warm servers, side by side.

        Raises:
            GraderFault: one of them does not start; the message says why.
        """
        layout = self._preparer.layout
        manifests = [self._preparer.manifest(name) for name in self._assignments]
        public = {
            manifest.assignment: layout.assignments / manifest.assignment
            for manifest in manifests
            if manifest.files
        }
        files = {
            manifest.assignment: {
                grade_id: str(path) for grade_id, path in sorted(manifest.checks.items())
            }
            for manifest in manifests
        }
        checks = Launch(CHECK_ENTRY, CHECK_WARM, json.dumps({"assignments": files}), None)
        try:
            students = student_launch(
                public,
                json.dumps(_imported_libraries(manifests)),
                secret_folders=(layout.solutions, layout.home),
            )
            self._students = ForkServer(students, self._nursery)
            self._checks = ForkServer(checks, self._nursery)
            self._nursery.start()
            with ThreadPoolExecutor(1) as side:
                checks_started = side.submit(self._checks.start)
                self._students.start()
                checks_started.result()
        except SandboxError as error:
            self.close()
            raise GraderFault(f"the grader could not be started: {error}") from error
        level = self._students.level
        if level != self._preparer.isolation:
            self.close()
            raise GraderFault(f"isolation is {level}; expected {self._preparer.isolation}")

    def run(self, prepared: Prepared, known: Mapping[str, CellReport] | None = None) -> Report:
        """Grade one prepared submission.

        Args:
            prepared: a submission that was not refused.
            known: graded cells whose checks need not run again.

        Raises:
            GraderFault: something of ours failed; the submission has no grade yet.
        """
        if self._stopped:
            raise GraderFault("the grader was stopped")
        if self._students is None or self._checks is None:
            self.start()
        manifest = self._preparer.manifest(prepared.assignment)
        known = known or {}
        wanted = tuple(c.cell_id for c in manifest.graded if c.cell_id not in known)
        for _ in range(KILLED_RUNS):
            try:
                run = self._run(manifest, prepared, wanted)
            except (SandboxError, CheckFault, OSError) as error:
                raise GraderFault(f"{type(error).__name__}: {error}") from error
            if run.exit.kind in ("lost", "fault"):
                raise GraderFault(f"the student's process was lost: {run.exit.detail}")
            if run.exit.kind != "signalled" or run.exit.code != -signal.SIGKILL:
                break
        return self._report(manifest, prepared, known, run)

    def kill(self) -> None:
        """End both servers at once; a running `run` raises `GraderFault`. Safe from any thread."""
        self._stopped = True
        for server in (self._students, self._checks):
            if server is not None:
                server.close()

    def close(self) -> None:
        """End both servers and wait until nothing of them is left."""
        for server in (self._students, self._checks):
            if server is not None:
                server.close()
        self._students = self._checks = None
        if self._owns_nursery:
            self._nursery.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, manifest: Manifest, prepared: Prepared, wanted: tuple[str, ...]) -> _Run:
        assert self._students is not None
        public = manifest.assignment if manifest.files else None
        ours, theirs = socket.socketpair()
        # a copy: a session closes its channel when the process is lost, the checks still need one
        with ours, Channel(ours.dup()) as channel:
            with theirs:
                student = self._students.spawn(
                    b"", [theirs.fileno()], manifest.limits, assignment=public
                )
            try:
                session = StudentSession(channel)
                sources = [
                    CellSource(cell.cell_id, cell.source, cell.cell_type)
                    for cell in prepared.notebook.cells
                ]
                executed = session.run(sources, manifest.limits, prepared.keys.student_seed)
                lost = session.dead
                if lost:  # how it ended by itself counts, so it is not killed at once
                    with contextlib.suppress(TimeoutError):
                        student.wait(time.monotonic() + LAST_SECONDS)
                exit_ = self._end(student) if lost else None
                verdict = _lost_verdict(executed, exit_)
                checked = self._check(manifest, prepared, wanted, ours, lost, verdict)
            finally:
                exit_ = self._end(student)
            return _Run(executed, checked, exit_)

    @staticmethod
    def _end(student: Process) -> Exit:
        student.kill()
        return student.wait(time.monotonic() + EXIT_SECONDS)

    def _check(
        self,
        manifest: Manifest,
        prepared: Prepared,
        wanted: tuple[str, ...],
        student: socket.socket,
        lost: str,
        lost_verdict: Verdict,
    ) -> list[CheckResult]:
        if not wanted:
            return []
        assert self._checks is not None
        code = [cell for cell in prepared.notebook.cells if cell.cell_type == "code"]
        job = CheckJob(
            assignment=manifest.assignment,
            grade_ids=wanted,
            seed=prepared.keys.seed,
            limits=manifest.limits,
            sources={cell.cell_id: cell.source for cell in code if cell.role in _WRITTEN},
            given={cell.cell_id: cell.source for cell in code if cell.role not in _WRITTEN},
            lost=lost,
            lost_verdict=str(lost_verdict),
        )
        reader, writer = os.pipe()
        process: Process | None = None
        try:
            try:
                process = self._checks.spawn(job.to_bytes(), [student.fileno(), writer], None)
            finally:
                os.close(writer)
            return read_results(reader, time.monotonic() + CHECKS_SECONDS)
        finally:
            os.close(reader)
            if process is not None:
                self._end(process)

    def _report(
        self,
        manifest: Manifest,
        prepared: Prepared,
        known: Mapping[str, CellReport],
        run: _Run,
    ) -> Report:
        limits_hit = [result.note for result in run.executed if result.status == "limit"]
        killed = _KILLED.get(run.exit.kind)
        if killed:
            limits = manifest.limits
            memory = limits.memory_bytes / 1e6
            limits_hit.append(killed.format(memory=memory, cpu=limits.cpu_seconds))
        checks = _by_cell(run.checked)
        cells = []
        for cell in manifest.cells:
            if cell.role is Role.ESSAY:
                cells.append(CellReport(cell.cell_id, cell.points, manual=True))
            elif cell.cell_id in known:
                cells.append(known[cell.cell_id])
            elif cell.role is Role.GRADED:
                cells.append(CellReport(cell.cell_id, cell.points, checks[cell.cell_id]))
        results = {result.cell_id: result for result in run.executed}
        return Report(
            assignment=manifest.assignment,
            key=prepared.keys.report,
            seed=prepared.keys.seed,
            isolation=self._preparer.isolation,
            versions=self._preparer.environment.versions,
            cells=tuple(cells),
            repairs=prepared.notebook.repairs,
            limits_hit=tuple(limits_hit),
            notebook=tuple(
                ExecutedCell(
                    cell.cell_id,
                    cell.cell_type,
                    cell.source,
                    results[cell.cell_id].outputs,
                    results[cell.cell_id].execution_count,
                )
                for cell in prepared.notebook.cells
            ),
        )


def _imported_libraries(manifests: Iterable[Manifest]) -> list[str]:
    """Return the top-level modules that the notebooks import, to be imported beforehand."""
    cells = (cell for manifest in manifests for cell in manifest.cells if cell.cell_type == "code")
    return sorted({name for cell in cells for name in _IMPORT.findall(cell.solution)})


def _lost_verdict(executed: Iterable[CellResult], exit_: Exit | None) -> Verdict:
    """Return the verdict of checks that find no process any more: was it a limit, or a crash?"""
    limited = any(result.status == "limit" for result in executed)
    return Verdict.LIMIT if limited or (exit_ and exit_.kind in _KILLED) else Verdict.ERROR


def _by_cell(results: Iterable[CheckResult]) -> dict[str, tuple[CheckReport, ...]]:
    found: dict[str, list[CheckReport]] = {}
    for result in results:
        check = CheckReport(
            result.name,
            Verdict(result.verdict),
            result.weight,
            result.message,
            result.hint if result.verdict != Verdict.PASSED else "",
            result.detail,
        )
        found.setdefault(result.grade_id, []).append(check)
    return {grade_id: tuple(checks) for grade_id, checks in found.items()}
