"""One job of a submission: its cells in a student's process, then its checks in a check process.

What it guarantees:

- Both processes are forked for the job, from the confined and from the trusted server, and neither
  outlives it.
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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from autograder.checking import (
    CheckAnswer,
    CheckFault,
    CheckJob,
    CheckOverrun,
    CheckResult,
    read_answer,
)
from autograder.checking.overrun import CheckLimits, Place
from autograder.course.manifest import Manifest
from autograder.grading.prepare import Prepared
from autograder.grading.report import Verdict
from autograder.sandbox import Exit, ForkServer, Process
from autograder.wire.channel import Channel
from autograder.wire.session import CellResult, CellSource, StudentSession

EXIT_SECONDS = 10.0  # for a killed process tree to be gone
LAST_SECONDS = 1.0  # for a process that closed its channel to end by itself
_LIMITS = {
    "memory": "The submission used more than {memory:.0f} MB of memory and was stopped.",
    "cpu": "The submission used more than {cpu:g} s of processor time and was stopped.",
}


@dataclass(frozen=True)
class Run:
    """What running the cells and the checks brought."""

    executed: list[CellResult]
    answer: CheckAnswer
    exit: Exit

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
        return self.exit.kind in _LIMITS

    @property
    def broke_off(self) -> bool:
        """Whether a process ended that perhaps somebody else killed."""
        if self.limited:
            return False
        return self.exit.kind == "signalled" or any(result.lost for result in self.checked)


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
        self, manifest: Manifest, prepared: Prepared, job: CheckJob, limits: CheckLimits
    ) -> Run:
        """Run the cells, and the job's checks of what they left.

        Raises:
            CheckOverrun: a check used more than it may.
            CheckFault: a check failed through no doing of the student.
            SandboxError: a process could not be had.
        """
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
                exit_ = _ended(student) if lost else None  # how it ended by itself counts
                verdict = _lost_verdict(executed, exit_)
                job = replace(job, lost=lost, lost_verdict=str(verdict))
                answer = self._check(job, ours, limits) if job.grade_ids else CheckAnswer([])
            finally:
                exit_ = _end(student)
            return Run(executed, _limited(answer, exit_, manifest), exit_)

    def check_lost(self, job: CheckJob, limits: CheckLimits) -> CheckAnswer:
        """Give each check of a job its `lost_verdict`; there is no student's process to ask."""
        nobody, somebody = socket.socketpair()
        with nobody, somebody:
            return self._check(job, nobody, limits)

    def _check(self, job: CheckJob, student: socket.socket, limits: CheckLimits) -> CheckAnswer:
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
                overrun = _overrun(fault, _ended(process), place, limits)
                raise overrun or fault from fault
        finally:
            os.close(reader)
            if process is not None:
                _end(process)
            place.close()


def limit_sentence(exit_: Exit, manifest: Manifest) -> str:
    """Return what the student reads of the limit that ended the process; empty when none did."""
    memory = manifest.limits.memory_bytes / 1e6
    cpu = manifest.limits.cpu_seconds
    return _LIMITS.get(exit_.kind, "").format(memory=memory, cpu=cpu)


def _end(process: Process) -> Exit:
    process.kill()
    return process.wait(time.monotonic() + EXIT_SECONDS)


def _ended(process: Process) -> Exit:
    """Return how a process ended that should have ended by now."""
    with contextlib.suppress(TimeoutError):
        process.wait(time.monotonic() + LAST_SECONDS)
    return _end(process)


def _lost_verdict(executed: Iterable[CellResult], exit_: Exit | None) -> Verdict:
    """Return the verdict of checks that find no process any more: was it a limit, or a crash?"""
    limited = any(result.status == "limit" for result in executed)
    return Verdict.LIMIT if limited or (exit_ and exit_.kind in _LIMITS) else Verdict.ERROR


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
