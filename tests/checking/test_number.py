"""Answers that are one number."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking import FLOAT32, AuthorError, assert_number, rounded
from autograder.checking.number import read_text


@pytest.mark.parametrize(
    "value",
    [3, 3.0, "3", " 3 ", "3.0", "+3", "6/2", "3e0", torch.tensor(3), torch.tensor([[3.0]]),
     np.int64(3), np.array([3]), "3 px", "3px", "1*3", "0.3*10", "1.5*sqrt(4)", "30 / 10",
     "3/2*2", "6 - 3", "0.75/0.25", "1.5/.5 px", "12/4.", "$3$", "= 3", "≈ 3",
     r"\frac62", r"3 \cdot 10^{0}", "6*½", "9/4 + ¾", "0.003 thousand",
     "0.000003 Million px", "$ 3 px $", r"3{,}000/1{,}000", r"$3 + \ln 1$",
     r"$3\,000 \cdot 10^{-3}$"],
    ids=str,
)  # fmt: skip
def test_a_number_may_come_in_many_forms(value: Any) -> None:
    """Numbers, one-element tensors and arrays, and text with or without the unit."""
    assert_number(value, 3, unit="px")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "not filled in yet"),
        (..., "not filled in yet"),
        (True, "True (bool); expected one finite number"),
        (math.nan, "expected one finite number"),
        (math.inf, "expected one finite number"),
        (3 + 0j, "expected one finite number"),
        ([3], "a list of 1 entry"),
        (torch.ones(2), "a tensor of shape (2,), float32; expected one finite number"),
        ("three", "expected a number, for example"),
        ("3 cm", "the unit “cm” is not known here; write the number alone or with “px”"),
        ("3,5", "write a decimal point, not a comma"),
        ("2½", "the unit “½” is not known here"),
        ("1/0", "divides by zero"),
        ("1/0.0", "divides by zero"),
        ("9" * 101, "at most 100 characters"),
        ("__import__('os')", "expected a number"),
        ("sqrt(9", "expected a number, but it has an opening “(” that is never closed"),
        ("(6/2", "never closed"),
        ("3 zillion", "the unit “zillion” is not known here"),
        ("3{,}00", "expected a number, but it"),
        ("3*x", "expected a number, but it uses the name “x”"),
        ("log(0)", "no finite value"),
        ("9**9**9", "it has no finite value"),
        ("٣", "expected a number"),
    ],
    ids=str,
)
def test_what_is_no_number_is_said(value: Any, says: str, wrong: Any) -> None:
    """A bool, NaN, a list, an unknown unit: each gets its own words and is never evaluated."""
    assert says in wrong(assert_number, value, 3, unit="px").message


def test_text_counts_only_where_it_may(wrong: Any) -> None:
    """What a function returns is to be calculated with: `"3"` is none, any other form is."""
    for value in (3, 3.0, np.int64(3), torch.tensor(3), Fraction(3)):
        assert_number(value, 3, text=False)
    for value in ("3", " 3.0 ", ""):
        assert "expected a number, not text" in wrong(assert_number, value, 3, text=False).message


def test_a_wrong_number_keeps_the_secret(wrong: Any) -> None:
    """The message repeats the student's number; the expected one is for staff."""
    error = wrong(assert_number, 5, 4321)
    assert "5 is not right" in error.message
    assert "4321" not in error.message
    assert "4321" in error.detail


def test_a_known_mistake_is_explained(wrong: Any) -> None:
    """`why` tells the student what went wrong."""
    error = wrong(assert_number, 2, 3, why={2: "the padding counts on both sides"})
    assert error.message == "The answer is not 2: the padding counts on both sides"


def test_large_whole_numbers_are_exact(wrong: Any) -> None:
    """2^100 is not 2^100 + 1, with `EXACT`."""
    assert_number(2**100, 2**100)
    wrong(assert_number, 2**100 + 1, 2**100)
    wrong(assert_number, float(2**100) * (1 + 2**-50), 2**100)


def test_the_units_that_the_documentation_shows_are_taken() -> None:
    """Of *Write checks*: a named unit beside none."""
    for value in ("12 pixels", "12 Pixels", "12", 12):
        assert_number(value, 12, unit={"": 1, "pixels": 1})


def test_units_have_sizes(wrong: Any) -> None:
    """A mapping of units converts to the first."""
    units = {"": 1, "K": 1e3, "M": 1e6}
    assert_number("19.6609 M", 19_660_900, unit=units)
    assert_number("19,660.9 K", 19_660_900, unit=units)
    assert_number("19,660,900", 19_660_900, unit=units)
    wrong(assert_number, "19.6609", 19_660_900, unit=units)


def test_tolerances_apply(wrong: Any) -> None:
    """A computed value may be off by what the named tolerance allows, and no more."""
    assert_number(0.1 + 0.2, 0.3, tolerance=FLOAT32)
    assert_number("1/3", Fraction(1, 3))
    assert_number(0.33, 1 / 3, tolerance=rounded(2))
    wrong(assert_number, 0.3, 1 / 3, tolerance=rounded(2))


def test_an_author_who_expects_nan_is_told() -> None:
    """An expected value that is no number is a fault of the check."""
    with pytest.raises(AuthorError):
        assert_number(1, math.nan)


@settings(max_examples=200)
@given(st.text(max_size=30) | st.from_regex(r"[-+0-9.,eE/ a-z]{0,12}", fullmatch=True))
def test_reading_text_never_raises(text: str) -> None:
    """Any text gives a number or a reason."""
    number, problem = read_text(text, {"": 1.0})
    assert (number is None) == bool(problem)


@settings(max_examples=100)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e90, max_value=1e90))
def test_text_of_a_float_is_read_as_itself(number: float) -> None:
    """`repr` and reading are inverse."""
    assert float(read_text(repr(number), {})[0]) == number
