"""Forks of the student's process: shared where nothing is left behind, own elsewhere."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autograder.checking.branches import Branches, OwnBranchNeeded
from autograder.wire.codec import Handle
from autograder.wire.namespace import Namespace, RemoteGone

HANDLE = Handle(0, "Module", True)


class Fork:
    """A fork that notes what is asked; it stands in for a process."""

    def __init__(self, seed: int) -> None:
        self.dead = ""
        self.asked: list[object] = [seed]
        self.answer: Any = 1.0

    def renew(self, seed: int) -> None:
        if self.dead:
            raise RemoteGone(self.dead)
        self.asked.append(seed)

    def call(self, target: object, *_: object, **__: object) -> Any:
        self.asked.append(target)
        return self.answer

    get = attribute = text = set_attribute = gradients = call

    def close(self) -> None:
        self.dead = "closed"


@pytest.fixture
def forks() -> list[Fork]:
    """Every fork that was made."""
    return []


@pytest.fixture
def branches(forks: list[Fork]) -> Branches:
    def fork(seed: int) -> Namespace:
        forks.append(Fork(seed))
        return cast(Namespace, forks[-1])

    return Branches(fork, frozenset({"f", "Net"}))


def test_cells_share_one_fork_that_is_seeded_for_each(
    branches: Branches, forks: list[Fork]
) -> None:
    """Two cells that use stateless names, and objects made by them, cost one fork."""
    for seed in (1, 2):
        cell = branches.of_cell(seed, own=False)
        cell.open().call("f")
        cell.open().call(HANDLE)
        cell.open().gradients("Net.forward")
        cell.finish()
    assert [fork.asked for fork in forks] == [
        [1, "f", HANDLE, "Net.forward", 2, "f", HANDLE, "Net.forward"]
    ]
    branches.close()
    assert forks[0].dead


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
    branches: Branches, forks: list[Fork], question: Any
) -> None:
    """It is refused before the shared fork is asked; in an own fork it is asked."""
    with pytest.raises(OwnBranchNeeded):
        question(branches.of_cell(1, own=False).open())
    assert forks[0].asked == [1]


def test_values_may_be_read_objects_may_not(branches: Branches, forks: list[Fork]) -> None:
    """A number is a copy; a model that stays there could be changed by a check."""
    space = branches.of_cell(1, own=False).open()
    assert space.get("anything") == 1.0
    forks[0].answer = [{"model": HANDLE}]
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
    """After an interrupted call, and after the process's end, there is a new one."""
    cell = branches.of_cell(1, own=False)
    cell.open()
    cell.drop()
    cell.open()
    cell.finish()
    forks[-1].dead = "killed"
    branches.of_cell(2, own=False).open()
    assert [fork.asked for fork in forks] == [[1], [1], [2]]


def test_without_stateless_names_every_cell_has_its_own(forks: list[Fork]) -> None:
    """An opaque notebook is checked as ever."""

    def fork(seed: int) -> Namespace:
        forks.append(Fork(seed))
        return cast(Namespace, forks[-1])

    branches = Branches(fork, frozenset())
    for seed in (1, 2):
        cell = branches.of_cell(seed, own=False)
        cell.open().call("f")
        cell.finish()
    assert len(forks) == 2
