"""Comparison of tensors, numbers and structures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.checking import (
    EXACT,
    AuthorError,
    WrongAnswer,
    assert_close,
    assert_tensor,
    rounded,
    unpack,
)

X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (X, X),
        (X.numpy(), X),
        (X.tolist(), X),
        (((1, 2), (3, 4)), X),
        (X.double(), X),
        ([torch.tensor(1.0), 2], torch.tensor([1.0, 2.0])),
        (3, 3.0),
        (torch.tensor(3), 3),
        (np.float64(0.5), 0.5),
        ([X, X], (X, X)),
        ({"a": X, "b": [1, 2]}, {"a": X, "b": [1, 2]}),
        ([True, False], [True, False]),
        (1 + 2j, 1 + 2j),
        (torch.ones(2, dtype=torch.bfloat16), torch.ones(2)),
        (torch.zeros(0, 3), torch.zeros(0, 3)),
        (2**80, 2**80),
        ("ab", "ab"),
        (None, None),
    ],
    ids=str,
)
def test_equal_values_in_any_form_pass(actual: Any, expected: Any) -> None:
    """Tensor, array, nested lists, tuple or list: the form does not matter, the values do."""
    assert_close(actual, expected)


@pytest.mark.parametrize(
    ("actual", "says"),
    [
        (X + torch.tensor([[0.0, 0.0], [1.0, 0.0]]), "first at [1, 0], where yours is 4"),
        (X.T.contiguous(), "2 of 4 values differ, first at [0, 1]"),
        (X[0], "shape (2,), float32; expected the shape (2, 2)"),
        ([[1, 2], [3]], "every row of the same length"),
        (None, "None (was something returned?)"),
        ("text", "the text “text”"),
        (X * math.nan, "holds nan at [0, 0]"),
        (X / 0, "holds inf at [0, 0]"),
        (X.to(torch.complex64), "complex64; expected real numbers"),
        (X > 2, "bool; expected numbers"),
        ([[True, 2], [3, 4]], "expected numbers"),
        ([[None, 2], [3, 4]], "expected numbers"),
        ({"a": 1}, "a dict of 1 entry"),
        ({1, 2}, "a set of 2 entries"),
        (X.to_sparse(), "expected a dense tensor"),
        (X.to("meta"), "expected a dense tensor"),
        (np.array(["a"]), "expected numbers"),
        (10**400, "too large"),
        ([[10**400, 1], [1, 1]], "expected numbers"),
    ],
    ids=str,
)
def test_whatever_comes_instead_is_named(actual: Any, says: str, wrong: Any) -> None:
    """The message names type, shape, dtype or place of what came, whatever it is."""
    assert says in wrong(assert_close, actual, X).message


def test_float16_is_named_when_it_is_the_reason(wrong: Any) -> None:
    """Half precision that misses the tolerance is said to hold only 3 digits."""
    expected = torch.linspace(0.1, 0.9, 8)
    assert (
        "float16, which holds only 3 digits"
        in wrong(assert_close, expected.half(), expected).message
    )


def test_expected_values_are_for_staff_only(wrong: Any) -> None:
    """The hidden value is in the detail and not in the message."""
    error = wrong(assert_close, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 7.125]))
    assert "7.125" in error.detail
    assert "7.125" not in error.message
    assert "1 of 2 values differ, first at [1], where yours is 2" in error.message


def test_structures_name_the_part_that_differs(wrong: Any) -> None:
    """In a tuple or a dict the message says which part."""
    assert wrong(assert_close, (X, X + 1), (X, X)).message.startswith("The result[1] has")
    assert "The gradients[“W”] has" in (
        wrong(assert_close, {"W": X + 1}, {"W": X}, what="the gradients").message
    )
    assert "no entry “W”" in wrong(assert_close, {}, {"W": X}).message
    assert "“V” too many" in wrong(assert_close, {"W": X, "V": X}, {"W": X}).message
    assert "a list of 3 entries; expected 2" in wrong(assert_close, [X, X, X], (X, X)).message


def test_nan_and_infinity_equal_nothing_unless_the_author_says_so(wrong: Any) -> None:
    """With `allow_nonfinite` they must stand at the same places with the same sign."""
    expected = torch.tensor([0.0, -math.inf, math.nan])
    with pytest.raises(AuthorError):
        assert_close(expected, expected)
    assert_close(expected, expected, allow_nonfinite=True)
    assert "first at [1]" in (
        wrong(assert_close, expected * -1, expected, allow_nonfinite=True).message
    )
    wrong(assert_close, torch.tensor([math.nan] * 3), expected, allow_nonfinite=True)


def test_integers_are_compared_exactly() -> None:
    """With `EXACT`, whole numbers beyond float64's digits still differ."""
    big = torch.tensor([2**60])
    assert_close(big, big, tolerance=EXACT)
    with pytest.raises(WrongAnswer):
        assert_close(big + 1, big, tolerance=EXACT)


def test_a_bool_is_no_number_and_a_number_no_bool(wrong: Any) -> None:
    """True does not pass for 1, nor 1 for True."""
    assert "expected numbers" in wrong(assert_close, True, 1).message
    assert "expected True or False" in wrong(assert_close, 1, True).message


def test_an_array_of_bools_is_one_of_zeros_and_ones(wrong: Any) -> None:
    """Where nothing but zeros and ones is expected, `ids == places` is as good as its numbers."""
    hot = torch.eye(3)
    for came in (hot.bool(), hot.bool().numpy(), hot.bool().tolist()):
        assert_close(came, hot)
    assert (
        "3 of 9 values differ"
        in wrong(assert_close, torch.zeros(3, 3, dtype=torch.bool), hot).message
    )
    assert "expected numbers" in wrong(assert_close, hot.bool(), 2 * hot).message
    assert "expected True or False" in wrong(assert_close, hot, hot.bool()).message


def test_rounded_allows_one_unit_in_the_last_decimal(wrong: Any) -> None:
    """A value worked by hand to two decimals may be off by 0.01."""
    assert_close(0.73, 0.7311, tolerance=rounded(2))
    wrong(assert_close, 0.75, 0.7311, tolerance=rounded(2))


def test_a_required_dtype_is_required(wrong: Any) -> None:
    """`dtype` refuses other dtypes and what is no tensor."""
    assert "expected a tensor of dtype float32" in (
        wrong(assert_close, X.double(), X, dtype=torch.float32).message
    )
    wrong(assert_close, X.tolist(), X, dtype=torch.float32)


def test_assert_tensor_gives_a_tensor_of_the_shape(wrong: Any) -> None:
    """What passes is a finite real tensor; `None` in the shape stands for any size."""
    assert assert_tensor(X.tolist(), (2, None)).dtype == torch.float64
    assert assert_tensor(X, (2, 2)) is X
    assert "expected the shape (any, 3)" in wrong(assert_tensor, X, (None, 3)).message
    assert "finite" in wrong(assert_tensor, X * math.inf).message
    assert "real" in wrong(assert_tensor, X * 1j).message


@pytest.mark.parametrize("value", [None, 3, X[0, 0], X[:1], [1], (1, 2, 3), "ab"], ids=str)
def test_unpack_refuses_all_but_so_many_parts(value: Any, wrong: Any) -> None:
    """Who returns something else gets a message; rows of a tensor are parts, as Python has it."""
    assert "expected a tuple of 2" in wrong(unpack, value, 2).message
    assert unpack([1, 2], 2) == (1, 2)
    for rows in (torch.tensor([[1.0], [2.0]]), np.array([[1.0], [2.0]])):
        first, second = unpack(rows, 2)
        assert (first, second) == (1.0, 2.0)
        assert_close(rows, (torch.tensor([1.0]), torch.tensor([2.0])))


@settings(max_examples=60)
@given(
    arrays.arrays(
        np.float64,
        arrays.array_shapes(max_dims=3, max_side=4),
        elements=st.floats(-1e6, 1e6),
    ),
    st.data(),
)
def test_any_change_beyond_the_tolerance_is_found(array: Any, data: Any) -> None:
    """An array equals itself; with one entry changed it does not, and the entry is named."""
    assert_close(array.tolist(), array)
    index = tuple(data.draw(st.integers(0, size - 1)) for size in array.shape)
    changed = array.copy()
    changed[index] += 1 + abs(changed[index])
    with pytest.raises(WrongAnswer) as caught:
        assert_close(changed, array)
    assert f"first at [{', '.join(map(str, index))}]" in caught.value.message


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
    | st.binary(max_size=5) | st.just(torch.ones(2)) | st.just(np.ones((1, 2))),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150)
@given(_anything, st.sampled_from([X, 1.5, [1, 2], (X, X), {"a": 1}, "word", None]))
def test_nothing_that_comes_is_a_fault(actual: Any, expected: Any) -> None:
    """Any value either passes or is a wrong answer with a bounded message."""
    try:
        assert_close(actual, expected)
    except WrongAnswer as error:
        assert 0 < len(error.message) < 1000  # noqa: PT017 - either outcome is right
