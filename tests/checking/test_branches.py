"""Who gets the student's process itself, where nothing is left behind, and who a fork of it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autograder.checking.branches import Branches, OwnBranchNeeded, ProcessSpent
from autograder.wire.codec import Handle
from autograder.wire.namespace import Namespace

HANDLE = Handle(0, "Module", True)


class Fork:
    """A process that notes what is asked; it stands in for a real one."""

    def __init__(self, *seed: int) -> None:
        self.dead = ""
        self.answered = True
        self.asked: list[object] = [*seed]
        self.answer: Any = 1.0

    def renew(self, seed: int) -> None:
        self.asked.append(seed)
        self.answered = False

    def call(self, target: object, *_: object, **__: object) -> Any:
        self.asked.append(target)
        self.answered = not self.dead
        return self.answer

    get = attribute = text = set_attribute = gradients = call

    def close(self) -> None:
        self.dead = "closed"


@pytest.fixture
def forks() -> list[Fork]:
    """Every fork that was made."""
    return []


@pytest.fixture
def process() -> Fork:
    """The process in which the cells ran."""
    return Fork()


def made(forks: list[Fork], process: Fork, stateless: frozenset[str]) -> Branches:
    """Return branches that fork into a list."""

    def fork(seed: int) -> Namespace:
        forks.append(Fork(seed))
        return cast(Namespace, forks[-1])

    return Branches(fork, lambda: cast(Namespace, process), stateless)


@pytest.fixture
def branches(forks: list[Fork], process: Fork) -> Branches:
    """Branches of a notebook with two stateless names."""
    return made(forks, process, frozenset({"f", "Net"}))


def test_cells_share_the_process_that_is_seeded_for_each(
    branches: Branches, process: Fork, forks: list[Fork]
) -> None:
    """Two cells that use stateless names, and objects made by them, cost no fork."""
    for seed in (1, 2):
        cell = branches.of_cell(seed, own=False)
        cell.open().call("f")
        cell.open().call(HANDLE)
        cell.open().gradients("Net.forward")
        cell.finish()
    assert process.asked == [1, "f", HANDLE, "Net.forward", 2, "f", HANDLE, "Net.forward"]
    assert not forks
    assert not process.dead


@pytest.mark.parametrize(
    "question",
    [
        lambda space: space.call("other"),
        lambda space: space.call("fo"),
        lambda space: space.gradients("other.f"),
        lambda space: space.set("f", 1),
        lambda space: space.set_attribute("f", "x", 1),
        lambda space: space.attribute("other", "x"),
        lambda space: space.text("other"),
        lambda space: space.get("other", keep=True),
    ],
)
def test_anything_else_needs_a_fork_of_its_own(
    branches: Branches, process: Fork, question: Any
) -> None:
    """It is refused before the process is asked."""
    with pytest.raises(OwnBranchNeeded):
        question(branches.of_cell(1, own=False).open())
    assert process.asked == [1]


def test_values_may_be_read_objects_may_not(branches: Branches, process: Fork) -> None:
    """A number is a copy; a model that stays there could be changed by a check."""
    space = branches.of_cell(1, own=False).open()
    assert space.get("anything") == 1.0
    process.answer = [{"model": HANDLE}]
    with pytest.raises(OwnBranchNeeded):
        space.get("models")
    assert space.get("Net") == [{"model": HANDLE}]


def test_own_forks_end_with_their_cell(branches: Branches, forks: list[Fork]) -> None:
    """A cell that needs its own gets one, which the next cell does not see."""
    for seed in (1, 2):
        cell = branches.of_cell(seed, own=True)
        cell.open().call("other")
        cell.finish()
    assert [fork.asked for fork in forks] == [[1, "other"], [2, "other"]]
    assert all(fork.dead for fork in forks)


def test_a_spoilt_fork_is_used_by_nobody(branches: Branches, forks: list[Fork]) -> None:
    """After an interrupted call the next check gets a new one."""
    cell = branches.of_cell(1, own=True)
    cell.open()
    cell.drop()
    cell.open()
    assert [fork.dead for fork in forks] == ["closed", ""]


@pytest.mark.parametrize("own", [True, False])
def test_a_spoilt_process_is_used_by_nobody(branches: Branches, *, own: bool) -> None:
    """After an interrupted call in the process itself nothing is left, to fork from either."""
    cell = branches.of_cell(1, own=False)
    cell.open()
    cell.drop()
    with pytest.raises(ProcessSpent):
        branches.of_cell(2, own=own).open()


def test_a_process_that_dies_between_two_cells_is_spent(branches: Branches, process: Fork) -> None:
    """The second cell did not do it and is owed another process; the third asks that."""
    first, second = (branches.of_cell(seed, own=False) for seed in (1, 2))
    first.open().call("f")
    first.finish()
    process.dead = "killed"
    second.open().call("f")
    assert second.was_spent


@pytest.mark.parametrize("answers", [True, False])
def test_a_process_that_dies_in_a_cell_is_that_cells_doing(
    branches: Branches, process: Fork, *, answers: bool
) -> None:
    """So is one that the first cell finds dead; and one that answered the cell before it died."""
    cell = branches.of_cell(1, own=False)
    if answers:
        cell.open().call("f")
        cell.finish()
        cell = branches.of_cell(2, own=False)
        cell.open().call("f")
    process.dead = "killed"
    cell.open()
    assert not cell.was_spent


def test_without_stateless_names_every_cell_has_its_own(forks: list[Fork], process: Fork) -> None:
    """An opaque notebook is checked as ever."""
    branches = made(forks, process, frozenset())
    for seed in (1, 2):
        cell = branches.of_cell(seed, own=False)
        cell.open().call("f")
        cell.finish()
    assert len(forks) == 2
    assert not process.asked
