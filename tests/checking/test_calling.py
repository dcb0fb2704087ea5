"""Calls that look at more than the value: arguments, state, exceptions, objects as numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from autograder.checking import (
    FLOAT64,
    Student,
    StudentError,
    WrongAnswer,
    around,
    assert_close,
    assert_number,
    assert_raises,
    assert_trace,
    assert_unchanged,
    called_twice,
    dtype_of,
    kinds,
    ways_to_call,
)
from autograder.checking.running.job import SAME_CAUSE, CheckResult, one_cause

Notebook = Callable[[str], Student]
FUNCTIONS = """
import torch, sympy
from decimal import Decimal
from fractions import Fraction

def keep(x, y=None):
    return x * 2

def scale(x, y=None):
    if y is not None:
        y.append(1)
    return x.mul_(2)

count = 0
def remember(x):
    global count
    count += 1
    return x + count

class Odd:
    pass

def strange(x):
    return Odd()

class TooSmall(ValueError):
    pass

def refuse(size, kernel=1):
    raise TooSmall("no")

def fail(x):
    return 1 / 0

def not_yet(x):
    raise NotImplementedError

half, third, quarter = Decimal("0.5"), Fraction(1, 3), sympy.Rational(1, 4)
root, three, exact = sympy.sqrt(2), sympy.Integer(3), sympy.Float("0.1", 30)
table = [(Fraction(1, 2), sympy.Integer(7)), {"a": Decimal("0.25"), "b": torch.tensor(2)}]
numbers = [Fraction(1, 2), 3]
left_out, text = ..., "three"
nothing = Odd()
"""


@pytest.fixture
def student(notebook: Notebook) -> Student:
    """A notebook with functions of all kinds."""
    return notebook(FUNCTIONS)


def test_arguments_that_are_written_into_are_named(student: Student) -> None:
    """The student's copy of them comes back with the answer."""
    x = torch.ones(2, 3)
    assert_close(assert_unchanged(student.keep, x), 2 * x)
    assert_close(assert_unchanged(student.keep, x, y=[1, float("nan")]), 2 * x)
    with pytest.raises(WrongAnswer, match="argument 1 was changed"):
        assert_unchanged(student.scale, x)
    with pytest.raises(WrongAnswer, match="argument y was changed"):
        assert_unchanged(student.scale, torch.zeros(2), y=[1.0])
    assert torch.equal(x, torch.ones(2, 3))


def test_a_function_that_remembers_is_found(student: Student) -> None:
    """Equal calls have equal values, whatever was called in between."""
    one, two = called_twice(student.keep, (torch.ones(2),), (torch.zeros(2),))
    assert_close([one, two], [2 * torch.ones(2), torch.zeros(2)])
    with pytest.raises(WrongAnswer, match="kept from the calls before"):
        called_twice(student.remember, (1,), (2,))
    called_twice(student.strange, (1,), (2,))  # what cannot be compared is judged by its value


def test_a_subclass_of_the_expected_exception_is_one(student: Student) -> None:
    """As `except ValueError` would take it."""
    assert_raises(ValueError, student.refuse, 1)
    assert_raises((KeyError, Exception), student.refuse, 1)
    with pytest.raises(WrongAnswer, match="raised TooSmall; expected KeyError"):
        assert_raises(KeyError, student.refuse, 1)
    with pytest.raises(StudentError, match="not answered yet"):
        assert_raises(ValueError, student.not_yet, 1)


def test_a_refused_call_shows_its_arguments(student: Student) -> None:
    """A legitimate call that raises is told so that it can be repeated."""
    with pytest.raises(StudentError) as caught:
        student.refuse(7, kernel=torch.tensor([1, 2]))
    assert caught.value.message == (
        "Calling `refuse` raised TooSmall: no. It was called with (7, kernel=tensor([1, 2]))."
    )
    with pytest.raises(StudentError, match=r"called with \(a tensor of shape \(3, 4\), float32\)"):
        student.fail(torch.ones(3, 4))
    with pytest.raises(StudentError, match=r"yet \(NotImplementedError\)\.$"):
        student.not_yet(1)


def test_numbers_are_read_alike_everywhere(student: Student) -> None:
    """Fraction, Decimal, sympy: at top level, in tables, and compared with tensors."""
    for name, expected in (
        ("half", 0.5), ("third", Fraction(1, 3)), ("quarter", 0.25), ("three", 3),
    ):  # fmt: skip
        assert_number(student[name], expected)
        assert_close(student[name], float(expected))
    assert_number(student["root"], 2**0.5, tolerance=FLOAT64)
    assert_number(student["exact"], Fraction(1, 10), tolerance=FLOAT64)
    assert_trace(student["table"], [(0.5, 7), (0.25, 2)], columns=("a", "b"))
    assert_close(student["numbers"], [0.5, 3])
    assert_close(student["numbers"], torch.tensor([0.5, 3.0]))
    for name in ("nothing", "text", "keep"):
        with pytest.raises(WrongAnswer):
            assert_number(student[name], 3)


def test_three_dots_are_not_filled_in(student: Student) -> None:
    """As the exercise left them."""
    for check in (
        lambda value: assert_number(value, 3),
        lambda value: assert_close(value, torch.ones(2)),
        lambda value: assert_trace(value, [(1,)], columns=("a",)),
        lambda value: assert_trace([value], [(1,)], columns=("a",)),
    ):
        with pytest.raises(WrongAnswer, match="is not filled in yet"):
            check(student["left_out"])


def test_a_signature_is_called_in_every_way() -> None:
    """Position, names, mixed."""
    assert ways_to_call({"x": 1}) == [((1,), {}), ((), {"x": 1})]
    assert len(ways_to_call({"x": 1, "y": 2, "z": 3})) == 3


def test_boundaries_are_the_same_in_every_run() -> None:
    """Neighbours of a threshold, and kinds of numbers of one shape."""
    assert around(0) == (-1, 0, 1)
    for threshold in (0.5, 0.0, -2.0):
        low, at, high = around(threshold)
        assert low < at == threshold < high
    for shape in ((), (0,), (2, 3)):
        found = kinds(shape, torch.Generator().manual_seed(1))
        assert {tuple(tensor.shape) for tensor in found.values()} == {shape}
    assert torch.equal(found["whole"], found["whole"].round())
    assert (found["fractional"] != found["fractional"].round()).all()
    assert (found["negative"] < 0).all()
    assert {tensor.shape for tensor in kinds((), torch.Generator()).values()} == {()}


@pytest.mark.parametrize(
    ("came", "passes"),
    [
        (torch.tensor([1 / 3], dtype=torch.float32), True),
        (np.array([1 / 3], dtype=np.float32), True),
        (torch.tensor([1 / 3 + 2e-5], dtype=torch.float32), True),
        (torch.tensor([1 / 3 + 1e-4], dtype=torch.float32), False),
        (torch.tensor([1 / 3], dtype=torch.float16), False),
        (torch.tensor([1 / 3], dtype=torch.bfloat16), False),
        (torch.tensor([1 / 3 + 2e-5], dtype=torch.float64), False),
        ([1 / 3], True),
    ],
    ids=str,
)
def test_the_precision_of_what_came_counts(came: Any, passes: bool) -> None:
    """Single precision has seven digits, half precision gets no more room than that."""
    expected = torch.tensor([1 / 3], dtype=torch.float64)
    if passes:
        assert_close(came, expected, tolerance=FLOAT64)
    else:
        with pytest.raises(WrongAnswer):
            assert_close(came, expected, tolerance=FLOAT64)


@pytest.mark.parametrize("came", [torch.ones(1), np.ones((1, 1)), [1.0], torch.tensor(1.0)])
def test_one_number_is_one_number(came: Any) -> None:
    """A mean over an axis is one, and one can go backward from it; two numbers are not one."""
    assert_close(came, torch.tensor(1.0))
    with pytest.raises(WrongAnswer, match="expected the shape"):
        assert_close(torch.ones(2), torch.tensor(1.0))


def test_a_wanted_dtype_is_named() -> None:
    """The exercise says so, and the message repeats it."""
    expected = torch.ones(2, dtype=torch.float64)
    assert_close(np.ones(2), expected, dtype=torch.float64)
    with pytest.raises(WrongAnswer, match="float32; expected a tensor of dtype float64"):
        assert_close(torch.ones(2), expected, dtype=torch.float64)
    assert dtype_of(np.ones(2, np.float32)) is dtype_of(torch.ones(2)) is torch.float32
    with pytest.raises(WrongAnswer, match="expected a tensor or an array"):
        dtype_of([1.0])


def result(message: str, verdict: str = "failed") -> CheckResult:
    return CheckResult("cell", message or "passed", verdict, 1.0, message, "look here")


def test_one_cause_is_said_once() -> None:
    """When everything fails for one reason, hints of the single checks mislead."""
    cause = "Calling `f` raised KeyError: 1."
    every = one_cause([result(f"{cause} It was called with ({n}).") for n in range(3)])
    assert [r.message for r in every[1:]] == [SAME_CAUSE, SAME_CAUSE]
    assert every[0].message.startswith(cause)
    assert {r.hint for r in every} == {""}
    for results in (
        [result("one"), result("two")],
        [result("one"), result("", "passed")],
        [result("one")],
        [result("", "passed"), result("", "passed")],
    ):
        assert one_cause(results) == results
