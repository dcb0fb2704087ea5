"""Whatever a student's process can send, comparing it is a verdict and never a fault of ours."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking import (
    assert_choice,
    assert_close,
    assert_number,
    assert_symbolic,
    assert_tensor,
    assert_trace,
    unpack,
)
from autograder.checking.errors import StudentError, WrongAnswer
from autograder.checking.remote import RemoteObject
from autograder.checking.tolerance import EXACT
from autograder.wire.codec import Handle


class Gone:
    """The way to a process that is not there any more."""

    def ask(self, *_: object) -> None:
        raise StudentError("it is gone")


ARRAYS = (
    np.array(3.0), np.zeros(0), np.array([1, 2]), np.array([True, False]), np.zeros((2, 0, 3)),
    np.ones((2, 2), complex), np.full((1, 1), np.nan),
)  # fmt: skip
SCALARS = (
    None, True, False, 0, 1, -1, 10**4000, 1.5, float("nan"), float("inf"), -0.0, 5e-324, 1e308,
    3 + 4j, "", "a", "d", "x", "x**2", "1/0", "1/3", "1e999", "sin(", "memory", "\u202e<b>", "٣",
    b"", b"\xff", np.bool_(1), np.int8(-3), np.uint64(2**64 - 1), np.float16(65504),
    np.float32("nan"), np.complex64(1j), torch.tensor(1.0), torch.zeros(0, 3),
    torch.ones(2, 2, dtype=torch.bool), torch.zeros(3, 2, dtype=torch.complex64),
    torch.tensor([[True]]), torch.full((4,), 65504, dtype=torch.float16),
    torch.ones(2, dtype=torch.bfloat16), torch.zeros([1] * 12), torch.tensor(2**62),
    RemoteObject(Gone(), Handle(0, "X\u202e<b>")),
)  # fmt: skip
KEYS = st.sampled_from(SCALARS) | st.tuples(st.sampled_from(SCALARS), st.booleans())
VALUES = st.recursive(
    st.sampled_from((*SCALARS, *ARRAYS)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=3)
    ),
    max_leaves=12,
)
COMPARISONS = {
    "numbers in a table": lambda v: assert_trace(
        v, [(1.0, 2.0), (3.0, 4.0)], columns=["memory", "d"]
    ),
    "words and truth in a table": lambda v: assert_trace(
        v, [("a", True), ("b", False)], columns=["memory", "d"], steps=["x", "a"]
    ),
    "one judged column": lambda v: assert_trace(
        v, [(1, True, "w"), (3, False, "z")], columns=["x", "a", "d"], given=1, judged=["a"]
    ),
    "a column": lambda v: assert_trace(v, [(1.0,), (3.0,)], columns=["memory"]),
    "a tensor": lambda v: assert_close(v, torch.ones(2, 2)),
    "a structure": lambda v: assert_close(v, {"a": 1.0, "d": [torch.ones(2), None, "x", b"x"]}),
    "truth": lambda v: assert_close(v, (1.0, [True, False], np.ones(3))),
    "whole numbers": lambda v: assert_close(v, [1, 2], tolerance=EXACT, allow_nonfinite=True),
    "a complex number": lambda v: assert_close(v, 1 + 2j),
    "a dtype": lambda v: assert_close(v, torch.ones(2), dtype=torch.float32, allow_nonfinite=True),
    "a shape": lambda v: assert_tensor(v, (2, None), dtype=torch.float32),
    "a pair": lambda v: unpack(v, 2),
    "a number": lambda v: assert_number(v, 3, unit="px", why={2: "w"}),
    "a choice": lambda v: assert_choice(v, "d", options=("a", "b", "c", "d"), why={"a": "no"}),
    "a formula": lambda v: assert_symbolic(v, "x**2", variables="x", why={"2*x": "no"}),
}


@pytest.mark.parametrize("comparison", COMPARISONS)
@settings(max_examples=300)
@given(value=VALUES)
def test_any_value_is_right_or_wrong(comparison, value):
    """Parts of a structure may be anything, too; an exception would be a fault and deny a grade."""
    with contextlib.suppress(WrongAnswer, StudentError):
        COMPARISONS[comparison](value)


@pytest.mark.parametrize("cell", [torch.ones(2), torch.zeros(0), np.array([1, 2]), "True", None])
def test_truth_in_a_table_is_one_value(cell):
    """What is no single truth value is a wrong answer where one is expected."""
    with pytest.raises(WrongAnswer, match="step 1"):
        assert_trace([[cell]], [[True]], columns=["open"])
    for right in (True, 1, 1.0, np.bool_(1), np.array([True]), torch.tensor(True)):
        assert_trace([[right]], [[True]], columns=["open"])
