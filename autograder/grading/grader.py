"""The grader: two warm servers, and one submission at a time from prepared cells to a report.

What it guarantees:

- Student code runs only in processes forked from the confined server; checks and the reference run
  only in processes forked from the trusted one; neither outlives its submission.
- Whatever the student's code does is in the report; what goes wrong on our side is `GraderFault`.
- A process that is killed is perhaps not the student's fault: the submission runs again, and what
  happens each time is the student's doing.
- A check that uses too much of our process is the student's doing when it does not with the
  instructor's answers, else a fault of ours.
- The report follows from the prepared submission alone, not from what was graded before.

What it does not do: try a fault again (the pool does), cache, or write anything. One run of
cells and checks is `autograder.grading.attempt`'s, its processes are `grading.processes`'.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from autograder.checking import CheckOverrun, CheckResult
from autograder.checking.running.overrun import CheckLimits
from autograder.course import instructor_answers, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest
from autograder.grading.attempt import attempt
from autograder.grading.errors import GraderFault
from autograder.grading.prepare import Prepared, Preparer, Refusal
from autograder.grading.processes import Processes, Run
from autograder.grading.report import CellReport, Report
from autograder.grading.retries import KILLED_RUNS
from autograder.grading.scoring import report_of_run, told_cell
from autograder.sandbox import (
    ForkServer,
    Graphics,
    Launch,
    Nursery,
    SandboxError,
    student_launch,
)

CHECK_ENTRY = "autograder.checking.running.process:run"
CHECK_WARM = "autograder.checking.running.process:warm"
CHECK_LIMITS = CheckLimits()
OnCell = Callable[[CellReport], None]
_IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
_COMPILES = re.compile(r"torch\.compile|torch\._dynamo|torch\.func|functorch")


class Grader:
    """Grades submissions of some assignments, one after another.

    Args:
        preparer: the course and the environment.
        assignments: whose checks the trusted server loads when it starts.
        nursery: forks the servers; graders that run side by side share one. By default its own.
        graphics: the GPU that student code may use; `None`: none.
    """

    def __init__(
        self,
        preparer: Preparer,
        assignments: Iterable[str],
        nursery: Nursery | None = None,
        graphics: Graphics | None = None,
    ) -> None:
        self._graphics = graphics
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
        checks = Launch(
            CHECK_ENTRY,
            CHECK_WARM,
            json.dumps({"assignments": files}),
        )
        try:
            students = student_launch(
                public,
                json.dumps(_imported_libraries(manifests)),
                secret_folders=layout.private,
                graphics=self._graphics,
            )
            self._nursery.start()
            self._students = ForkServer(students, self._nursery)
            self._checks = ForkServer(checks, self._nursery)
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

    def run(
        self,
        prepared: Prepared,
        known: Mapping[str, CellReport] | None = None,
        on_cell: OnCell = lambda _cell: None,
    ) -> Report:
        """Grade one prepared submission.

        Args:
            prepared: a submission that was not refused.
            known: graded cells whose checks need not run again.
            on_cell: told of each graded cell as soon as its checks are done, in no certain order
                and perhaps again, when something runs again; its checks have no messages yet. The
                report alone counts.

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
        overrun: tuple[str, ...] = ()

        def tell(grade_id: str, results: Sequence[CheckResult]) -> None:
            on_cell(told_cell(manifest.cell(grade_id), results))

        try:
            for cell in known.values():
                on_cell(cell)
            while True:
                try:
                    run = self._run_until_believed(manifest, prepared, wanted, overrun, tell)
                    break
                except CheckOverrun as error:
                    if error.grade_id in (*overrun, ""):
                        raise
                    self._try_with_right_answers(manifest, prepared, wanted, error)
                    overrun = (*overrun, error.grade_id) if error.name else wanted
            return report_of_run(
                manifest,
                prepared,
                known,
                run,
                overrun,
                isolation=self._preparer.isolation,
                versions=self._preparer.versions(prepared.assignment),
            )
        except GraderFault:
            raise
        except Exception as error:  # whatever it is, it must not stop other submissions
            raise GraderFault(f"{type(error).__name__}: {error}") from error

    def kill(self) -> None:
        """End both servers at once; a running `run` raises `GraderFault`. Safe from any thread."""
        self._stopped = True
        for server in (self._students, self._checks):
            if server is not None:
                server.close()

    def give_way(self) -> None:
        """Let both servers take processor time only where others leave it. From any thread."""
        for server in (self._students, self._checks):
            if server is not None:
                server.give_way()

    def close(self) -> None:
        """End both servers."""
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
        if kind is not None:
            self.kill()  # a server in doubt serves nobody again
        self.close()

    def _run_until_believed(
        self,
        manifest: Manifest,
        prepared: Prepared,
        wanted: tuple[str, ...],
        overrun: tuple[str, ...],
        tell: Callable[[str, Sequence[CheckResult]], None],
    ) -> Run:
        """Run once; when a process broke off, until a run does not, but three times at most.

        Whoever breaks off each time gets the run with the fewest checks passed.
        """
        runs: list[Run] = []
        while len(runs) < KILLED_RUNS:
            run = self._attempt(manifest, prepared, wanted, overrun=overrun, tell=tell)
            if run.lost:
                raise GraderFault(f"the student's process was lost: {run.exit.detail}")
            if not run.broke_off:
                return run
            runs.append(run)
        return min(runs, key=lambda run: sum(r.verdict == "passed" for r in run.checked))

    def _try_with_right_answers(
        self,
        manifest: Manifest,
        prepared: Prepared,
        wanted: tuple[str, ...],
        error: CheckOverrun,
    ) -> None:
        """Run what used too much again, with the instructor's answers and the same inputs.

        Raises:
            GraderFault: it needs more than half of what it may: the check is at fault.
        """
        answers = submission_notebook(manifest, instructor_answers(manifest))
        right = self._preparer.prepare(manifest.assignment, notebook_bytes(answers))
        if isinstance(right, Refusal):
            raise GraderFault(f"the instructor's answers are refused: {right.reason}", lasting=True)
        right = replace(right, keys=replace(right.keys, seed=prepared.keys.seed))
        which, names = ((error.grade_id,), (error.name,)) if error.name else (wanted, ())
        try:
            self._attempt(manifest, right, which, names=names, limits=CHECK_LIMITS.half())
        except CheckOverrun as again:
            raise GraderFault(
                f"{error.message}; with the instructor's answers it needs more than half of what "
                f"it may ({again.message}). Make the check lighter.",
                lasting=True,
            ) from error

    def _attempt(
        self,
        manifest: Manifest,
        prepared: Prepared,
        wanted: Sequence[str],
        *,
        overrun: Sequence[str] = (),
        names: Sequence[str] = (),
        limits: CheckLimits = CHECK_LIMITS,
        tell: Callable[[str, Sequence[CheckResult]], None] = lambda _grade_id, _results: None,
    ) -> Run:
        assert self._students is not None
        assert self._checks is not None
        processes = Processes(self._students, self._checks)
        return attempt(
            processes,
            manifest,
            prepared,
            wanted,
            limits,
            overrun=overrun,
            names=names,
            on_cell=tell,
        )


def _imported_libraries(manifests: Iterable[Manifest]) -> list[str]:
    """Return what the notebooks import, to be imported beforehand."""
    cells = (cell for manifest in manifests for cell in manifest.cells if cell.cell_type == "code")
    sources = [cell.solution for cell in cells]
    names = {name for source in sources for name in _IMPORT.findall(source)}
    if any(_COMPILES.search(source) for source in sources):
        names.add("torch.compile")
    return sorted(names)
