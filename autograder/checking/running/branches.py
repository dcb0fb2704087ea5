"""Which copy of the student's process the checks of a graded cell talk to.

A graded cell has a *branch*: a process that stands where that cell left it. Its checks talk to the
branch itself, one after another. A branch in which a call was interrupted, or that ended, is fit
for nothing: checks that are left then have no process here, and the grader runs the cells again up
to the graded one. Such a process is a *reserve*: the checks talk to forks of it, and a spoilt fork
is replaced by the next.

What it guarantees:

- No check talks to a process in which something was interrupted.
- A branch that answered nothing (never made, killed from a cell below, stopped) gives no verdict:
  `BranchGone`. A reserve that gives no fork of itself is used once, itself.
"""

from __future__ import annotations

import select
from collections.abc import Mapping
from typing import Final, Protocol

from autograder.checking.errors import CheckingError
from autograder.wire.namespace import Namespace, RemoteFailure

_SETTLING_SECONDS: Final = 0.3


class BranchGone(CheckingError):
    """No process stands where a check needs one; raised before the check's own lines run."""


class Process(Protocol):
    """A student's process as `autograder.wire.session.StudentSession` shows it."""

    @property
    def dead(self) -> str:
        """Return why it cannot be used any more; empty while it can."""

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the process is gone."""

    def namespace(self, seconds: float = ...) -> Namespace:
        """Return the namespace of the process itself."""

    def fork(self, seed: int, seconds: float = ...) -> Namespace | None:
        """Return the namespace of a fork, `None` when there can be none."""


class Branches:
    """The processes that one job's checks use.

    Args:
        processes: grade id -> the process that stands where the cell left it.
        call_seconds: limit of a call for which none is named.
        reserve: whether the checks talk to forks of it.
    """

    def __init__(
        self, processes: Mapping[str, Process], call_seconds: float, *, reserve: bool
    ) -> None:
        self._processes = processes
        self._call_seconds = call_seconds
        self._reserve = reserve

    def of_cell(self, grade_id: str, seed: int) -> CellBranch:
        """Return what one graded cell's checks use.

        Args:
            grade_id: the graded cell.
            seed: of the generators that the student's code finds seeded.
        """
        process = self._processes.get(grade_id)
        return CellBranch(process, seed, self._call_seconds, reserve=self._reserve)


class CellBranch:
    """The namespace that the checks of one graded cell talk to; opened when the first one asks."""

    def __init__(
        self, process: Process | None, seed: int, call_seconds: float, *, reserve: bool
    ) -> None:
        self._process = process
        self._seed = seed
        self._call_seconds = call_seconds
        self._reserve = reserve
        self._namespace: Namespace | None = None
        self._ended_by_itself = False
        self._served = False

    def open(self) -> Namespace:
        """Return the namespace; a new one when there is none.

        Raises:
            BranchGone: no process is left.
            RemoteFailure: the reserve does not answer.
        """
        if self._namespace is None:
            self._namespace = self._make()
        return self._namespace

    @property
    def was_gone(self) -> bool:
        """Return whether the branch cannot be used and did not answer anything either."""
        namespace = self._namespace
        return (
            not self._reserve
            and namespace is not None
            and bool(namespace.dead)
            and not namespace.answered
        )

    def drop(self) -> None:
        """Give the namespace up; the next check needs another."""
        if self._namespace is not None:
            self._ended_by_itself = self._namespace.ended
            self._namespace.close()
        self._namespace = None

    def _make(self) -> Namespace:
        process = self._process
        if process is None:
            raise BranchGone
        if self._reserve:
            if self._ended_by_itself and not process.dead:
                # what killed the last fork may be a limit, which the sandbox is about to notice
                # and to end the whole process for
                select.select([process], [], [], _SETTLING_SECONDS)
            try:
                fork = process.fork(self._seed, self._call_seconds)
            except RemoteFailure as failure:
                if self._served:  # the last check ended it: no doing of the next
                    raise BranchGone from failure
                raise
            self._served = True
            if fork is not None:
                return fork
        self._process = None  # used itself, and so only once
        namespace = process.namespace(self._call_seconds)
        namespace.renew(self._seed)
        return namespace
