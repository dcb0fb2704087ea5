"""Who talks to a branch itself, who to forks of a process that is kept, and who to nobody."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autograder.checking.running.branches import Branches, BranchGone, CellBranch
from autograder.wire.namespace import Namespace, RemoteGone


class Space:
    """A namespace that notes its seed."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed
        self.dead = ""
        self.ended = False
        self.answered = True

    def renew(self, seed: int) -> None:
        self.seed = seed
        self.answered = False

    def close(self) -> None:
        self.dead = "closed"


class FakeProcess:
    """A process that gives namespaces; it stands in for a real one."""

    def __init__(self, *, forks: bool = True) -> None:
        self.dead = ""
        self.itself: list[Space] = []
        self.forks: list[Space] = []
        self._can_fork = forks

    def fileno(self) -> int:
        return -1

    def namespace(self, _seconds: float = 0.0) -> Namespace:
        self.itself.append(Space())
        return cast(Namespace, self.itself[-1])

    def fork(self, seed: int, _seconds: float = 0.0) -> Namespace | None:
        if self.dead:
            raise RemoteGone(self.dead)
        if not self._can_fork:
            return None
        self.forks.append(Space(seed))
        return cast(Namespace, self.forks[-1])


def cell_of(process: FakeProcess | None, *, reserve: bool) -> CellBranch:
    """Return what the checks of a cell use, seeded with 7."""
    processes: dict[str, Any] = {} if process is None else {"cell": process}
    return Branches(processes, 1.0, reserve=reserve).of_cell("cell", 7)


def test_checks_share_the_branch_itself_which_is_seeded_once() -> None:
    """It costs no fork."""
    process = FakeProcess()
    cell = cell_of(process, reserve=False)
    assert cell.open() is cell.open()
    assert [space.seed for space in process.itself] == [7]
    assert not process.forks


def test_a_spoilt_branch_is_used_by_nobody() -> None:
    """After an interrupted call the checks that are left need another process."""
    cell = cell_of(FakeProcess(), reserve=False)
    cell.open()
    cell.drop()
    with pytest.raises(BranchGone):
        cell.open()


def test_where_there_was_no_branch_there_is_no_namespace() -> None:
    """The cell's checks are left."""
    with pytest.raises(BranchGone):
        cell_of(None, reserve=False).open()


@pytest.mark.parametrize(("dead", "answered"), [(True, True), (False, False), (False, True)])
def test_what_answered_or_lives_was_there(*, dead: bool, answered: bool) -> None:
    """How it ended is its own doing."""
    process = FakeProcess()
    cell = cell_of(process, reserve=False)
    cell.open()
    (space,) = process.itself
    space.dead, space.answered = "killed" * dead, answered
    assert not cell.was_gone


def test_what_answered_nothing_and_is_dead_was_not_there() -> None:
    """It was never made, or killed from below: no check may fail for it."""
    process = FakeProcess()
    cell = cell_of(process, reserve=False)
    cell.open()
    process.itself[0].dead = "killed"
    assert cell.was_gone


def test_a_reserve_gives_a_fork_and_after_a_spoilt_one_another() -> None:
    """The process itself stays as it is."""
    process = FakeProcess()
    cell = cell_of(process, reserve=True)
    cell.open()
    cell.drop()
    cell.open()
    assert [(fork.seed, fork.dead) for fork in process.forks] == [(7, "closed"), (7, "")]
    assert not process.itself


def test_a_reserve_that_cannot_fork_is_used_once_itself() -> None:
    """As one with live threads."""
    process = FakeProcess(forks=False)
    cell = cell_of(process, reserve=True)
    cell.open()
    cell.drop()
    with pytest.raises(BranchGone):
        cell.open()
    assert [space.seed for space in process.itself] == [7]


def test_a_reserve_that_a_check_ended_owes_the_next_check_a_process() -> None:
    """The check that ended it has its verdict; the next did nothing."""
    process = FakeProcess()
    cell = cell_of(process, reserve=True)
    cell.open()
    cell.drop()
    process.dead = "a limit ended it"
    with pytest.raises(BranchGone):
        cell.open()
