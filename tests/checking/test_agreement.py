"""A function of the student's against ours, walks of several steps, and weights that come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from autograder.checking import (
    AuthorError,
    Student,
    StudentError,
    assert_agrees,
    assert_parts,
    assert_walk,
    copy_weights,
)

STEPS = """
import torch
from torch import nn

def momentum(w, g, v, eta, gamma=0.9):
    v = gamma * v + eta * g
    return w - v, v

def in_place(w, g, v, eta, gamma=0.9):
    v *= gamma
    v += eta * g
    return w - v, v.clone()

kept = 0.0
def remembers(w, g, v, eta, gamma=0.9):
    global kept
    kept = gamma * kept + eta * g
    return w - kept, kept

def other_name(w, g, v, rate, gamma=0.9):
    return momentum(w, g, v, rate, gamma)

def keeps_old(w, g, v, eta, gamma=0.9):
    return momentum(w, g, v, eta, gamma)[0], v

def one_value(w, g, v, eta, gamma=0.9):
    return w

def make_network(inputs=2):
    return nn.Linear(inputs, 1)

huge = nn.Linear(2, 1)
huge.bias.data.fill_(1e6)
broken = nn.Linear(2, 1)
broken.bias.data.fill_(float("nan"))
"""
PARTS = ("the weights", "the velocity")


@pytest.fixture
def student(notebook: Callable[[str], Student]) -> Student:
    """Steps of several kinds, right and wrong."""
    return notebook(STEPS)


def _ours(w: Any, g: Any, v: Any, rate: float, momentum: float = 0.9) -> tuple[Any, Any]:
    v = momentum * v + rate * g
    return w - v, v


def _arguments(seed: int) -> dict[str, Any]:
    w, g, v = torch.randn(3, 3, 4, generator=torch.Generator().manual_seed(seed))
    return {"w": w, "g": g, "v": v, "eta": 0.3, "gamma": 0.5}


def test_a_function_that_computes_the_same_agrees(student: Student) -> None:
    """Ours may have other names for its arguments; one result or several."""
    one, other = _arguments(1), _arguments(2)
    assert_agrees(student.momentum, _ours, one, again=other, what=PARTS)
    assert_agrees(student.momentum, _ours, one)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("in_place", "argument 3 was changed"),
        ("remembers", "the weights"),
        ("keeps_old", "the velocity has the right shape"),
        ("one_value", "expected a tuple of 2"),
    ],
)
def test_what_differs_is_told_by_name(
    student: Student, wrong: Any, name: str, message: str
) -> None:
    """Arguments, parts of the result, and ways to call."""
    error = wrong(
        assert_agrees, getattr(student, name), _ours, _arguments(1), again=_arguments(2), what=PARTS
    )
    assert message.casefold() in error.message.casefold()


def test_the_names_of_arguments_are_asked_for(student: Student) -> None:
    """What a signature in the text says may be called by name."""
    with pytest.raises(StudentError, match="eta"):
        assert_agrees(student.other_name, _ours, _arguments(1), what=PARTS)


def test_a_walk_gives_on_what_came_back(student: Student, wrong: Any) -> None:
    """A step that returns the old velocity is right once and wrong from then on."""
    slopes = torch.randn(5, 4, generator=torch.Generator().manual_seed(3))
    start = {"the weights": slopes[0], "the velocity": torch.zeros(4)}

    def arguments(t: int, w: Any, v: Any) -> tuple[Any, ...]:
        return (w, slopes[t], v, 0.1)

    assert_walk(student.momentum, _ours, start, arguments)
    assert "the velocity after step 1" in wrong(
        assert_walk, student.keeps_old, _ours, start, arguments
    ).message.replace("The", "the")


def test_parts_need_names() -> None:
    """A fault of the author is none of the student's."""
    with pytest.raises(AuthorError, match="2 parts are expected, and 1 have names"):
        assert_parts((1, 2), (1, 2), ("one",))


def test_weights_come_back_into_a_network_of_ours(student: Student, wrong: Any) -> None:
    """Numbers of the right shapes only, finite and not too large."""
    ours, before = nn.Linear(2, 1), nn.Linear(2, 1)
    before.load_state_dict(ours.state_dict())
    copy_weights(student.make_network(), ours)
    assert not torch.equal(ours.weight, before.weight)
    for came, message in (
        (student.make_network(3), "weight of the network is"),
        (student["huge"], "bias of the network has weights beyond ±1000."),
        (student["broken"], "bias of the network"),
        (None, "weight of the network"),
        (student.momentum(1.0, 2.0, 3.0, 0.1), "weight of the network"),
    ):
        assert message in wrong(copy_weights, came, nn.Linear(2, 1)).message.casefold()
