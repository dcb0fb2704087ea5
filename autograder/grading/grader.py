"""The grader: two warm servers, and one submission at a time from prepared cells to a report.

What it guarantees:

- Student code runs only in processes forked from the confined server; checks and the reference run
  only in processes forked from the trusted one; neither outlives its submission.
- Whatever the student's code does is in the report; what goes wrong on our side is `GraderFault`.
- A process that is killed is perhaps not the student's fault: the submission runs again, and what
  happens each time is the student's doing.
- Checks for which the student's process is spent, after an endless loop in it, go on in another
  process in which the same cells ran.
- A check that uses too much of our process is the student's doing when it does not with the
  instructor's answers, else a fault of ours.
- The report follows from the prepared submission alone, not from what was graded before.

What it does not do: retry (a batch backend does), cache, or write anything.

It is longer than other modules: running, running again after a kill and trying with the
instructor's answers share one lifetime of processes, and nothing else may touch it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from autograder.checking import (
    CheckAnswer,
    CheckFault,
    CheckJob,
    CheckOverrun,
    CheckResult,
    read_answer,
)
from autograder.checking.overrun import CheckLimits, Place
from autograder.course import instructor_answers, notebook_bytes, submission_notebook
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
from autograder.grading.stateless import stateless_names
from autograder.sandbox import (
    Exit,
    ForkServer,
    Graphics,
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
CHECK_LIMITS = CheckLimits()
EXIT_SECONDS = 10.0  # for a killed process tree to be gone
LAST_SECONDS = 1.0  # for a process that closed its channel to end by itself
KILLED_RUNS = 3  # a process killed from outside runs again; one that always is, does it to itself
_WRITTEN = (Role.ANSWER, None)  # cells whose text is the student's
_IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
_COMPILES = re.compile(r"torch\.compile|torch\._dynamo|torch\.func|functorch")
_KILLED = {
    "memory": "The submission used more than {memory:.0f} MB of memory and was stopped.",
    "cpu": "The submission used more than {cpu:g} s of processor time and was stopped.",
}
_LOST = ("lost", "fault")  # ways to end that are a fault of ours
_OVERRUN = "Checking the answer of {cell} took more time or memory than any answer may need."


@dataclass(frozen=True)
class _Run:
    """What running the cells and the checks brought."""

    executed: list[CellResult]
    answer: CheckAnswer
    exit: Exit

    @property
    def checked(self) -> Sequence[CheckResult]:
        """The results of the checks."""
        return self.answer.results

    def went_on(self, rest: _Run) -> _Run:
        """Return the whole of a run whose process was spent and of the one that went on."""
        answer = replace(rest.answer, results=[*self.checked, *rest.checked])
        exit_ = self.exit if self.exit.kind in (*_KILLED, *_LOST) else rest.exit
        return _Run(self.executed, answer, exit_)

    @property
    def broke_off(self) -> bool:
        """Whether a process ended that perhaps somebody else killed."""
        if self.exit.kind in _KILLED:
            return False
        return self.exit.kind == "signalled" or any(result.lost for result in self.checked)


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
            reads=tuple(str(manifest.folder) for manifest in manifests),
        )
        try:
            students = student_launch(
                public,
                json.dumps(_imported_libraries(manifests)),
                secret_folders=(layout.solutions, layout.home),
                graphics=self._graphics,
            )
            self._nursery.start()
            self._students = self._nursery.server(students)
            self._checks = self._nursery.server(checks)
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
        overrun: tuple[str, ...] = ()
        try:
            while True:
                try:
                    run = self._run_until_believed(manifest, prepared, wanted, overrun)
                    break
                except CheckOverrun as error:
                    if error.grade_id in (*overrun, ""):
                        raise
                    self._try_with_right_answers(manifest, prepared, wanted, error)
                    overrun = (*overrun, error.grade_id) if error.name else wanted
        except (SandboxError, CheckFault, OSError) as error:
            raise GraderFault(f"{type(error).__name__}: {error}") from error
        return self._report(manifest, prepared, known, run, overrun)

    def kill(self) -> None:
        """End both servers at once; a running `run` raises `GraderFault`. Safe from any thread."""
        self._stopped = True
        for server in (self._students, self._checks):
            if server is not None:
                server.close()

    def close(self) -> None:
        """Give both servers back to the nursery, which ends them unless it has another use."""
        for server in (self._students, self._checks):
            if server is not None:
                self._nursery.take_back(server)
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
    ) -> _Run:
        """Run once; when a process broke off, until a run does not, but three times at most.

        Whoever breaks off each time gets the run with the fewest checks passed.
        """
        runs: list[_Run] = []
        while len(runs) < KILLED_RUNS:
            run = self._run(manifest, prepared, wanted, overrun)
            if run.exit.kind in _LOST:
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
        right = replace(right, keys=replace(right.keys, seed=prepared.keys.seed))
        which, names = ((error.grade_id,), (error.name,)) if error.name else (wanted, ())
        try:
            self._run(manifest, right, which, (), names, limits=CHECK_LIMITS.half())
        except CheckOverrun as again:
            raise GraderFault(
                f"{error.message}; with the instructor's answers it needs more than half of what "
                f"it may ({again.message}). Make the check lighter.",
                lasting=True,
            ) from error

    def _run(
        self,
        manifest: Manifest,
        prepared: Prepared,
        wanted: tuple[str, ...],
        overrun: tuple[str, ...],
        names: tuple[str, ...] = (),
        *,
        limits: CheckLimits | None = None,
    ) -> _Run:
        """Run the cells and the checks; the checks in two processes, if the first gets spent."""
        limits = limits or CHECK_LIMITS
        code = [cell for cell in prepared.notebook.cells if cell.cell_type == "code"]
        job = CheckJob(
            assignment=manifest.assignment,
            grade_ids=wanted,
            seed=prepared.keys.seed,
            limits=manifest.limits,
            sources={c.cell_id: c.source for c in code if c.role in _WRITTEN},
            given=_given(manifest),
            names=names,
            check_seconds=limits.check_seconds,
            overrun=overrun,
            stateless=tuple(sorted(stateless_names(cell.source for cell in code))),
        )
        run = self._run_job(manifest, prepared, job, limits)
        if not run.answer.spent:
            return run
        answered = tuple((result.grade_id, result.name) for result in run.checked)
        waited = run.answer.waited_seconds
        job = replace(job, stateless=(), answered=answered, waited_seconds=waited)
        if run.exit.kind not in _KILLED:
            return run.went_on(self._run_job(manifest, prepared, job, limits))
        job = replace(job, lost=_killed(run.exit, manifest), lost_verdict=str(Verdict.LIMIT))
        nobody, somebody = socket.socketpair()
        with nobody, somebody:
            return run.went_on(_Run([], self._check(job, nobody, limits), run.exit))

    def _run_job(
        self, manifest: Manifest, prepared: Prepared, job: CheckJob, limits: CheckLimits
    ) -> _Run:
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
                exit_ = self._ended(student) if lost else None  # how it ended by itself counts
                verdict = _lost_verdict(executed, exit_)
                job = replace(job, lost=lost, lost_verdict=str(verdict))
                answer = self._check(job, ours, limits) if job.grade_ids else CheckAnswer([])
            finally:
                exit_ = self._end(student)
            return _Run(executed, _limited(answer, exit_, manifest), exit_)

    @staticmethod
    def _end(student: Process) -> Exit:
        student.kill()
        return student.wait(time.monotonic() + EXIT_SECONDS)

    def _check(self, job: CheckJob, student: socket.socket, limits: CheckLimits) -> CheckAnswer:
        assert self._checks is not None
        reader, writer = os.pipe()
        place = Place.make()
        process: Process | None = None
        try:
            try:
                process = self._checks.spawn(
                    job.to_bytes(),
                    [student.fileno(), writer, place.descriptor],
                    limits.of_process(),
                )
            finally:
                os.close(writer)
            try:
                return read_answer(reader, time.monotonic() + limits.wall_seconds)
            except CheckFault as fault:
                if fault.grade_id:
                    raise
                overrun = _overrun(fault, self._ended(process), place, limits)
                raise overrun or fault from fault
        finally:
            os.close(reader)
            if process is not None:
                self._end(process)
            place.close()

    def _ended(self, process: Process) -> Exit:
        """Return how a process ended that should have ended by now."""
        with contextlib.suppress(TimeoutError):
            process.wait(time.monotonic() + LAST_SECONDS)
        return self._end(process)

    def _report(
        self,
        manifest: Manifest,
        prepared: Prepared,
        known: Mapping[str, CellReport],
        run: _Run,
        overrun: tuple[str, ...],
    ) -> Report:
        limits_hit = [result.note for result in run.executed if result.status == "limit"]
        if run.exit.kind in _KILLED:
            limits_hit.append(_killed(run.exit, manifest))
        limits_hit += [_OVERRUN.format(cell=grade_id) for grade_id in overrun]
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


def _given(manifest: Manifest) -> dict[str, str]:
    """Return what students receive: the locked code cells, and the answers' beginnings."""
    return {cell.cell_id: cell.source for cell in manifest.cells if cell.cell_type == "code"}


def _imported_libraries(manifests: Iterable[Manifest]) -> list[str]:
    """Return what the notebooks import, to be imported beforehand."""
    cells = (cell for manifest in manifests for cell in manifest.cells if cell.cell_type == "code")
    sources = [cell.solution for cell in cells]
    names = {name for source in sources for name in _IMPORT.findall(source)}
    if any(_COMPILES.search(source) for source in sources):
        names.add("torch.compile")
    return sorted(names)


def _lost_verdict(executed: Iterable[CellResult], exit_: Exit | None) -> Verdict:
    """Return the verdict of checks that find no process any more: was it a limit, or a crash?"""
    limited = any(result.status == "limit" for result in executed)
    return Verdict.LIMIT if limited or (exit_ and exit_.kind in _KILLED) else Verdict.ERROR


def _killed(exit_: Exit, manifest: Manifest) -> str:
    """Return the sentence about the limit for which the submission was stopped."""
    memory = manifest.limits.memory_bytes / 1e6
    return _KILLED[exit_.kind].format(memory=memory, cpu=manifest.limits.cpu_seconds)


def _limited(answer: CheckAnswer, exit_: Exit, manifest: Manifest) -> CheckAnswer:
    """Return the answer, checks that lost the process to a limit saying so."""
    if exit_.kind not in _KILLED:
        return answer
    message = _killed(exit_, manifest)
    results = [
        replace(result, verdict=str(Verdict.LIMIT), message=message) if result.lost else result
        for result in answer.results
    ]
    return replace(answer, results=results)


def _overrun(
    fault: CheckFault, exit_: Exit, place: Place, limits: CheckLimits
) -> CheckOverrun | None:
    """Return the error for a check process that a limit ended, none when it was something else."""
    together = False
    if isinstance(fault, CheckOverrun):
        together = True
        used = f"gave no answer within {limits.wall_seconds:g} s"
    elif exit_.kind == "memory":
        used = f"used more than {limits.memory_bytes / 1e6:.0f} MB of memory"
    elif exit_.kind == "cpu":
        used = f"used more than {limits.cpu_seconds:g} s of processor time, all checks together"
        together = True
    elif exit_.kind == "signalled" and exit_.code == -signal.SIGVTALRM:
        used = f"used more than {limits.check_seconds:g} s of processor time and did not let go"
    else:
        return None
    grade_id, name = place.read()
    return CheckOverrun(
        f"check {name} of {grade_id} {used}", "", grade_id, "" if together else name
    )


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
