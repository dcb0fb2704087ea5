"""The one pool of warm server pairs, and the one place that tries again after a fault of ours.

A pair is a `grading.Grader`: the confined server of the students' side and the trusted one of the
checks, for one assignment of one course as it is on disk. What it guarantees:

- A pair is used by one submission at a time, and only for what it was made from: when a file of the
  assignment, the course's folders or the GPU are not the same, another pair is made.
- A pair that failed, was killed or belonged to a GPU is ended; others are kept for the next job, no
  more than `most` of them and none that was unused for `idle_seconds`.
- A pair that once gave way to others serves only what gives way.
- A fault of ours is tried `ATTEMPTS` times, each time with fresh servers (`grading.retries`).

What it does not do: choose which job runs, or keep reports.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.grading import GraderFault, Preparer, Report
from autograder.grading.grader import Grader, OnCell
from autograder.grading.prepare import Prepared
from autograder.grading.report import CellReport
from autograder.grading.retries import ATTEMPTS
from autograder.sandbox import Graphics, Nursery
from autograder.service import place

MakeGrader = Callable[[Preparer, str, Nursery, Graphics | None], Grader]


class Stopped(Exception):
    """The run was stopped from outside: it has neither a report nor a fault."""


@dataclass(eq=False)
class Run:
    """One submission on its way through a pair, from the outside.

    Args:
        on_begin: called when the pair is warm and the submission begins, in the job's thread.
        began: when that was, by the monotonic clock; `None` before.
        gives_way: whether its pair takes processor time only where others leave it.
    """

    on_begin: Callable[[], None] = lambda: None
    began: float | None = None
    gives_way: bool = False
    _grader: Grader | None = None
    _is_stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """End it at once: it raises `Stopped`. From any thread."""
        with self._lock:
            self._is_stopped = True
            grader = self._grader
        if grader is not None:
            grader.kill()

    def give_way(self) -> None:
        """Let its pair take processor time only where others leave it. From any thread."""
        with self._lock:
            self.gives_way = True
            grader = self._grader
        if grader is not None:
            grader.give_way()

    def check(self) -> None:
        """Raise `Stopped` when it was stopped."""
        if self._is_stopped:
            raise Stopped

    def use(self, grader: Grader | None) -> None:
        """Say which pair it uses."""
        with self._lock:
            self.check()
            self._grader = grader

    def begin(self) -> None:
        """Say that the submission begins."""
        self.began = time.monotonic()
        self.on_begin()


@dataclass(frozen=True)
class _Idle:
    name: object
    grader: Grader
    since: float


class Pool:
    """Warm pairs; usable from any thread.

    Args:
        most: so many idle pairs are kept.
        idle_seconds: unused pairs are ended after this time.
        make: makes an unstarted pair.
        nursery: forks the servers; it is closed with the pool.
    """

    def __init__(
        self,
        most: int,
        idle_seconds: float = 900.0,
        make: MakeGrader | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        if most < 0 or idle_seconds <= 0:
            raise ValueError(f"{most} pairs for {idle_seconds} s: neither may be negative")
        self._most = most
        self._idle_seconds = idle_seconds
        self._make = make or _grader
        self.nursery = nursery or Nursery()
        self._idle: list[_Idle] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._idle)

    def grade(
        self,
        preparer: Preparer,
        prepared: Prepared,
        known: Mapping[str, CellReport],
        run: Run,
        graphics: Graphics | None = None,
        on_cell: OnCell = lambda _cell: None,
    ) -> Report:
        """Grade one prepared submission.

        Args:
            preparer: the course.
            prepared: the submission.
            known: graded cells whose checks need not run again.
            run: stops it.
            graphics: the GPU that student code may use.
            on_cell: as `Grader.run`.

        Raises:
            Stopped: `run` was stopped.
            GraderFault: something of ours failed time and again.
        """
        fault = GraderFault("it was not tried")
        for _ in range(ATTEMPTS):
            name = name_of(preparer, prepared.assignment, graphics)
            warm = self._take((name, run.gives_way))
            grader = warm or self._make(preparer, prepared.assignment, self.nursery, graphics)
            try:
                run.use(grader)
                if warm is None:
                    grader.start()
                    if run.gives_way:
                        grader.give_way()
                run.begin()
                report = grader.run(prepared, known, on_cell)
                run.use(None)
            except BaseException as error:
                grader.kill()  # a server in doubt serves nobody again
                grader.close()
                run.check()
                if not isinstance(error, GraderFault) or error.lasting:
                    raise
                fault = error
            else:
                is_same = name == name_of(preparer, prepared.assignment, graphics)
                place = (name, run.gives_way)
                self._give_back(place if is_same and graphics is None else None, grader)
                return report
        raise fault

    def tidy(self) -> None:
        """End what was unused for too long."""
        before = time.monotonic() - self._idle_seconds
        self._end([one for one in self._idle if one.since < before])

    def close(self) -> None:
        """End all idle pairs and the nursery."""
        self._is_closed = True
        self._end([*self._idle])
        self.nursery.close()

    def _take(self, name: object) -> Grader | None:
        with self._lock:
            for one in reversed(self._idle):
                if one.name == name:
                    self._idle.remove(one)
                    return one.grader
        return None

    def _give_back(self, name: object | None, grader: Grader) -> None:
        if name is None or self._is_closed:
            grader.close()
            return
        with self._lock:
            self._idle.append(_Idle(name, grader, time.monotonic()))
            surplus = self._idle[: max(0, len(self._idle) - self._most)]
        self._end(surplus)

    def _end(self, idle: list[_Idle]) -> None:
        for one in idle:
            with self._lock:
                if one not in self._idle:
                    continue
                self._idle.remove(one)
            one.grader.close()


def name_of(preparer: Preparer, assignment: str, graphics: Graphics | None) -> object:
    """Return what tells apart pairs that read, see or may something else."""
    layout, limits = preparer.layout, preparer.manifest(assignment).limits
    folders = (layout.solutions / assignment, layout.assignments / assignment)
    files = [status for one in folders if one.exists() for status in place.statuses(str(one))]
    seen = [_identity(one) for one in (*folders, *layout.private)]
    return (
        str(layout.root),
        str(layout.home),
        assignment,
        limits,
        graphics,
        tuple(files),
        tuple(seen),
    )


def _identity(path: Any) -> tuple[int, int] | None:
    """Return which file or folder it is that student code sees, or does not see."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _grader(
    preparer: Preparer, assignment: str, nursery: Nursery, graphics: Graphics | None
) -> Grader:
    return Grader(preparer, [assignment], nursery, graphics)
