"""One job of a submission: its cells in a student's process, then its checks in a check process.

What it guarantees:

- Both processes are forked for the job, from the confined and from the trusted server, and neither
  outlives it.
- The student's process branches after each graded cell whose checks are wanted; the checks talk to
  those branches. `again` runs the cells up to a graded one in a process that is not branched.
- How each of them ended is known: by itself, by a limit of ours, or by somebody else.
- Checks that lost the student's process to a limit say so.
- A check process that a limit ended is `CheckOverrun`, which names the check that ran then.

What it does not do: decide what a job is, or whether to try it again (`autograder.grading.attempt`
and the grader do).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from autograder.checking import (
    CheckAnswer,
    CheckFault,
    CheckJob,
    CheckOverrun,
    CheckResult,
    read_answer,
)
from autograder.checking.running.job import OnCell
from autograder.checking.running.overrun import CheckLimits, Place
from autograder.course.manifest import Manifest
from autograder.grading.prepare import Prepared
from autograder.grading.report import Verdict
from autograder.sandbox import Exit, ForkServer, Process
from autograder.wire.channel import Channel
from autograder.wire.session import CellResult, CellSource, StudentSession

EXIT_SECONDS = 10.0  # for a killed process tree to be gone
LAST_SECONDS = 1.0  # for a process that has ended to be reported
SETTLING_SECONDS = 0.3  # for the sandbox to notice that a limit ended a process
_LIMIT_SENTENCES = {
    "memory": "The submission used more than {memory:.0f} MB of memory and was stopped.",
    "cpu": "The submission used more than {cpu:g} s of processor time and was stopped.",
}
LIMIT_KINDS = tuple(_LIMIT_SENTENCES)


@dataclass(frozen=True)
class Run:
    """What running the cells and the checks brought.

    Args:
        executed: each cell of the notebook.
        answer: of the checks.
        exit: how the student's process ended.
        died_in: id of the cell in which the process was lost; empty when it ran them all.
        names: what the notebook's last cell left, by its process's word.
    """

    executed: Sequence[CellResult]
    answer: CheckAnswer
    exit: Exit
    died_in: str = ""
    names: frozenset[str] = frozenset()

    @property
    def checked(self) -> Sequence[CheckResult]:
        """The results of the checks."""
        return self.answer.results

    @property
    def lost(self) -> bool:
        """Whether the student's process ended by a fault of ours."""
        return self.exit.kind in ("lost", "fault")

    @property
    def limited(self) -> bool:
        """Whether a limit ended the student's process."""
        return self.exit.kind in LIMIT_KINDS

    @property
    def broke_off(self) -> bool:
        """Whether a process ended that perhaps somebody else killed."""
        if self.limited:
            return False
        died = bool(self.died_in) and not any(each.status == "limit" for each in self.executed)
        return died or self.exit.kind == "signalled" or any(each.lost for each in self.checked)


class Processes:
    """Runs jobs in processes of two warm servers.

    Args:
        students: the confined server, for the notebooks' cells.
        checks: the trusted one, for the checks.
    """

    def __init__(self, students: ForkServer, checks: ForkServer) -> None:
        self._students = students
        self._checks = checks

    def run(
        self,
        manifest: Manifest,
        prepared: Prepared,
        job: CheckJob,
        limits: CheckLimits,
        on_cell: OnCell,
    ) -> Run:
        """Run all cells, and the job's checks in the branches after their graded cells.

        Args:
            manifest: of the assignment.
            prepared: the submission.
            job: the checks.
            limits: of the checks.
            on_cell: told of each graded cell whose checks are done.

        Raises:
            CheckOverrun: a check used more than it may.
            CheckFault: a check failed through no doing of the student.
            SandboxError: a process could not be had.
        """
        sources = _sources(prepared)
        for branching in (job.grade_ids, ()):
            with self._student(manifest, prepared, sources, branching) as student:
                if branching and student.exit is not None and student.exit.kind == "memory":
                    continue  # the branches' memory counts, too: all once more without them
                sockets = student.session.branches
                job = replace(
                    job,
                    branches=tuple(sockets),
                    lost=_lost(sources, student, manifest),
                    lost_verdict=str(student.verdict),
                )
                answer = self._check(job, [*sockets.values()], limits, on_cell)
            break
        assert student.exit is not None
        exit_ = student.exit
        if exit_.kind in LIMIT_KINDS and not student.died_in:
            # branches share a limit: what ended them all is found out when each runs by itself
            answer, exit_ = _leave_lost(answer, job), replace(exit_, kind="killed")
        return Run(student.executed, answer, exit_, student.died_in, student.session.names)

    def again(
        self,
        manifest: Manifest,
        prepared: Prepared,
        job: CheckJob,
        limits: CheckLimits,
        until: str = "",
    ) -> Run:
        """Run the cells up to one, and the job's checks in forks of the process that they leave.

        Args:
            manifest: of the assignment.
            prepared: the submission.
            job: the checks; of one graded cell.
            limits: of the checks.
            until: id of the last cell to run; all run when it is empty.

        Raises:
            as `run`.
        """
        sources = _sources(prepared)
        places = [place for place, cell in enumerate(sources) if cell.cell_id == until]
        if places:
            sources = sources[: places[0] + 1]
        with self._student(manifest, prepared, sources, ()) as student:
            if student.died_in:
                lost = _lost(sources, student, manifest)
                job = replace(job, lost=lost, lost_verdict=str(student.verdict))
                answer = self._check(job, [], limits)
            else:
                job = replace(job, branches=job.grade_ids, reserve=True)
                answer = self._check(job, [student.socket], limits)
        assert student.exit is not None
        answer = _limited(answer, student.exit, manifest)
        return Run(student.executed, answer, student.exit, student.died_in, student.session.names)

    def check_lost(self, job: CheckJob, limits: CheckLimits) -> CheckAnswer:
        """Give each check of a job its `lost_verdict`; there is no student's process to ask."""
        return self._check(job, [], limits)

    @contextmanager
    def _student(
        self,
        manifest: Manifest,
        prepared: Prepared,
        sources: Sequence[CellSource],
        branching: Sequence[str],
    ) -> Iterator[_Student]:
        """Give a student's process in which cells ran; it is killed in the end."""
        public = manifest.assignment if manifest.files else None
        limits = manifest.limits
        spawned = replace(limits, processes=limits.processes + len(branching))
        ours, theirs = socket.socketpair()
        # a copy: a session closes its channel when the process is lost, the checks still need one
        with ours, Channel(ours.dup()) as channel:
            with theirs:
                process = self._students.spawn(b"", [theirs.fileno()], spawned, assignment=public)
            student = _Student(StudentSession(channel), ours)
            try:
                seed = prepared.keys.student_seed
                student.executed = student.session.run(
                    sources, limits, seed, branching, figures=prepared.figures
                )
                if student.session.dead:
                    student.died_in = _died_in(student.executed)
                    # the branches live on, unless a limit ended it all or there are none yet
                    with contextlib.suppress(TimeoutError):
                        student.exit = process.wait(time.monotonic() + SETTLING_SECONDS)
                yield student
            finally:
                student.exit = _end(process)
                student.session.close()

    def _check(
        self,
        job: CheckJob,
        branches: Sequence[socket.socket],
        limits: CheckLimits,
        on_cell: OnCell = lambda _grade_id, _results: None,
    ) -> CheckAnswer:
        if not job.grade_ids:
            return CheckAnswer([], (), job.waited_seconds)
        reader, writer = os.pipe()
        place = Place.make()
        process: Process | None = None
        try:
            try:
                channels = [branch.fileno() for branch in branches]
                process = self._checks.spawn(
                    job.to_bytes(), [writer, place.descriptor, *channels], limits.of_process()
                )
            finally:
                os.close(writer)
            try:
                return read_answer(reader, time.monotonic() + limits.wall_seconds, on_cell)
            except CheckFault as fault:
                if fault.grade_id:
                    raise
                overrun = _overrun(fault, _ended(process), place, limits)
                raise overrun or fault from fault
        finally:
            os.close(reader)
            if process is not None:
                _end(process)
            place.close()


@dataclass
class _Student:
    """A student's process in which cells ran."""

    session: StudentSession
    socket: socket.socket
    executed: Sequence[CellResult] = ()
    died_in: str = ""
    exit: Exit | None = None

    @property
    def verdict(self) -> Verdict:
        """Return the verdict of checks that find no process any more: a limit, or a crash?"""
        limited = any(result.status == "limit" for result in self.executed)
        limited |= self.exit is not None and self.exit.kind in LIMIT_KINDS
        return Verdict.LIMIT if limited else Verdict.ERROR


def _sources(prepared: Prepared) -> list[CellSource]:
    return [
        CellSource(cell.cell_id, cell.source, cell.cell_type) for cell in prepared.notebook.cells
    ]


def limit_sentence(exit_: Exit, manifest: Manifest) -> str:
    """Return what the student reads of the limit that ended the process; empty when none did."""
    memory = manifest.limits.memory_bytes / 1e6
    cpu = manifest.limits.cpu_seconds
    return _LIMIT_SENTENCES.get(exit_.kind, "").format(memory=memory, cpu=cpu)


def _end(process: Process) -> Exit:
    process.kill()
    return process.wait(time.monotonic() + EXIT_SECONDS)


def _ended(process: Process) -> Exit:
    """Return how a process ended that should have ended by now."""
    with contextlib.suppress(TimeoutError):
        process.wait(time.monotonic() + LAST_SECONDS)
    return _end(process)


def _died_in(executed: Sequence[CellResult]) -> str:
    """Return the cell in which the process was lost: the last that began, else the first."""
    code = [result for result in executed if result.note]
    begun = [result.cell_id for result in code if result.status != "not-run"]
    return (begun or [result.cell_id for result in code])[-1 if begun else 0]


def _lost(sources: Sequence[CellSource], student: _Student, manifest: Manifest) -> dict[str, str]:
    """Return what is said of the graded cells that the process did not get to, or died in."""
    if not student.died_in:
        return {}
    code = [cell for cell in sources if cell.cell_type == "code"]
    number = next(i for i, cell in enumerate(code) if cell.cell_id == student.died_in)
    note = next(each.note for each in student.executed if each.cell_id == student.died_in)
    lines = [line.strip() for line in code[number].source.splitlines() if line.strip()]
    place = f"its code cell {number + 1}, which begins `{lines[0][:60] if lines else ''}`"
    limit = limit_sentence(student.exit, manifest) if student.exit is not None else ""
    if limit:
        sentence = f"{limit} It had got to {place}. Nothing from there on could be checked."
    else:
        sentence = (
            f"The process that runs your notebook was lost in {place} ({note}). Nothing from there "
            "on could be checked. Nothing in a notebook may end Python (`exit`, `os._exit`, "
            "signals) or use up its memory."
        )
    graded = {cell.cell_id for cell in manifest.graded}
    return {cell.cell_id: sentence for cell in code[number:] if cell.cell_id in graded}


def _leave_lost(answer: CheckAnswer, job: CheckJob) -> CheckAnswer:
    """Return the answer with checks that lost their process left for another."""
    results = [result for result in answer.results if not result.lost]
    left = {*answer.left, *(result.grade_id for result in answer.results if result.lost)}
    ordered = tuple(grade_id for grade_id in job.grade_ids if grade_id in left)
    return replace(answer, results=results, left=ordered)


def _limited(answer: CheckAnswer, exit_: Exit, manifest: Manifest) -> CheckAnswer:
    """Return the answer, checks that lost the process to a limit saying so."""
    message = limit_sentence(exit_, manifest)
    if not message:
        return answer
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
