"""Tables filled in step by step, with the LSTM's of the course as the example."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking import AuthorError, WrongAnswer, assert_trace, rounded

COLUMNS = ("memory", "output")
ROWS = [(3, 0), (7, 0), (7, 0), (7, 7), (0, 0)]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [list(row) for row in ROWS],
        tuple(ROWS),
        torch.tensor(ROWS),
        np.array(ROWS, dtype=float),
        [{"memory": m, "output": o} for m, o in ROWS],
        [{" Memory ": m, "OUTPUT": o} for m, o in ROWS],
        {"memory": [m for m, _ in ROWS], "output": torch.tensor([o for _, o in ROWS])},
        dict(enumerate(ROWS, 1)),
        {str(t): row for t, row in enumerate(ROWS, 1)},
        [torch.tensor(row) for row in ROWS],
        [("3", "0/1"), ("7", 0.0), (7, 0), (7, 7), (0, 0)],
    ],
    ids=range(12),
)
def test_a_table_may_come_in_many_forms(rows: Any) -> None:
    """Rows, columns, dicts, arrays: the values decide."""
    assert_trace(rows, ROWS, columns=COLUMNS)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(3, 0), (4, 0), (7, 0), (7, 0), (0, 0)],
         "step 2: “memory” is 4; that is not right. Everything before it is right."),
        ([(3, 0), (7, 0), (7, None), (7, 7), (0, 0)], "step 3: “output” is not filled in yet"),
        ([(3, 0), (7, 0), (7, "?"), (7, 7), (0, 0)], "step 3: “output” is not filled in yet"),
        ([(3, 0), (7, 0), (7, "x"), (7, 7), (0, 0)], "step 3: “output” is “x”: expected a"),
        ([(3, 0), (7, 0), (7, True), (7, 7), (0, 0)], "step 3: “output” is True (bool); expected"),
        ([(3, 0), (7, 0), (7, float("nan")), (7, 7), (0, 0)], "is nan (float); expected one"),
        (ROWS[:4], "has 4 rows; expected 5"),
        ([(3, 0, 1), *ROWS[1:]], "step 1 has 3 values; expected 2: memory, output"),
        ([3, *ROWS[1:]], "step 1 is 3 (int); expected the columns memory, output"),
        ([{"memory": 3}, *ROWS[1:]], "step 1: there is no “output”"),
        ({"memory": [1, 2], "output": [1]}, "“output” has 1 values, “memory” has 2"),
        ({"memory": 1, "output": 2}, "“memory” is 1 (int); expected a list"),
        ({"a": 1}, "has no row “1”"),
        (None, "The table is not filled in yet; expected a list with one row per step"),
        ("3,0", "expected a list with one row per step"),
        (torch.ones(2, 2, 2), "expected rows and columns"),
        (torch.tensor(3.0), "expected rows and columns"),
        ([], "has 0 rows; expected 5"),
    ],
    ids=range(18),
)  # fmt: skip
def test_the_first_difference_is_named(rows: Any, says: str, wrong: Any) -> None:
    """The message names step and column, or what is wrong with the table."""
    assert says in wrong(assert_trace, rows, ROWS, columns=COLUMNS).message


@pytest.mark.parametrize(
    "rows", [[], (), {}, {"memory": [], "output": []}, np.zeros((0, 2))], ids=repr
)
def test_a_table_without_rows_may_come_in_many_forms(rows: Any) -> None:
    """Of no steps there is nothing to say."""
    assert_trace(rows, [], columns=COLUMNS)


@pytest.mark.parametrize("rows", [{"a": 1, 2: None}, {"a": []}, {1: (3, 0)}, [(3, 0)]], ids=repr)
def test_rows_where_none_are_expected_are_told(rows: Any, wrong: Any) -> None:
    """Whatever comes then is a verdict."""
    assert "rows" in wrong(assert_trace, rows, [], columns=COLUMNS).message


def test_nothing_is_before_the_first_cell(wrong: Any) -> None:
    """What is right is said only where there is something."""
    message = wrong(assert_trace, [(1, 0), *ROWS[1:]], ROWS, columns=COLUMNS).message
    assert message == "The table, step 1: “memory” is 1; that is not right."
    message = wrong(assert_trace, [(3, 1), *ROWS[1:]], ROWS, columns=COLUMNS).message
    assert message.endswith("“output” is 1; that is not right. Everything before it is right.")


def test_expected_cells_are_for_staff_only(wrong: Any) -> None:
    """The hidden value is in the detail alone."""
    error = wrong(assert_trace, [(1,)], [(98765,)], columns=("h",))
    assert "98765" in error.detail
    assert "98765" not in error.message


def test_one_column_may_come_flat() -> None:
    """A table of one column is a list."""
    assert_trace([1, 2], [(1,), (2,)], columns=("h",))
    assert_trace(torch.tensor([1, 2]), [(1,), (2,)], columns=("h",))


def test_named_steps_and_words(wrong: Any) -> None:
    """Steps have names; cells may be words or truth values."""
    expected = [("on", True), ("off", False)]
    keywords = {"columns": ("neuron", "spikes"), "steps": ("rest", "fire")}
    assert_trace({"rest": (" ON ", 1), "fire": ("off", torch.tensor(False))}, expected, **keywords)
    error = wrong(assert_trace, [("on", True), ("on", False)], expected, **keywords)
    assert "step fire: “neuron” is “on”" in error.message
    assert (
        "expected True or False"
        in wrong(assert_trace, [("on", 2), ("off", 0)], expected, **keywords).message
    )


def test_given_columns_may_be_left_out_or_changed(wrong: Any) -> None:
    """Only what the student fills in counts."""
    expected = [(0, 1, 5), (1, 1, 6)]
    keywords = {"columns": ("x1", "x2", "h"), "given": 2}
    assert_trace([5, 6], expected, **keywords)
    assert_trace([(9, 9, 5), (9, 9, 6)], expected, **keywords)
    assert "“h” is 7" in wrong(assert_trace, [5, 7], expected, **keywords).message


def test_only_judged_columns_count(wrong: Any) -> None:
    """One check may look at one column of a table, in whatever form the table comes."""
    for rows in ([(m, 9) for m, _ in ROWS], [{"memory": m, "output": 9} for m, _ in ROWS]):
        assert_trace(rows, ROWS, columns=COLUMNS, judged=("memory",))
        error = wrong(assert_trace, rows, ROWS, columns=COLUMNS, judged=("output",))
        assert "step 1: “output” is 9" in error.message
        assert "5 of 5 values differ" in error.message
    with pytest.raises(AuthorError):
        assert_trace(ROWS, ROWS, columns=COLUMNS, judged=("memory", "gate"))


def test_tolerance_applies() -> None:
    """Values rounded by hand pass with `rounded`."""
    assert_trace([0.73, 0.18], [(0.7311,), (0.1824,)], columns=("h",), tolerance=rounded(2))


@pytest.mark.parametrize(
    "keywords",
    [
        {"columns": ("a",)},
        {"columns": COLUMNS, "steps": ("one",)},
        {"columns": COLUMNS, "given": 2},
    ],
    ids=str,
)
def test_an_author_whose_table_is_ragged_is_told(keywords: Any) -> None:
    """The expected table must fit its columns and steps."""
    with pytest.raises(AuthorError):
        assert_trace(ROWS, ROWS, **keywords)


_cells = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(
    torch.ones(2)
)  # fmt: skip


@settings(max_examples=150)
@given(
    _cells
    | st.lists(_cells, max_size=6)
    | st.lists(st.lists(_cells, max_size=3), max_size=6)
    | st.dictionaries(st.text(max_size=3) | st.sampled_from(COLUMNS) | st.integers(1, 5), _cells)
)
def test_nothing_that_comes_is_a_fault(rows: Any) -> None:
    """Any value is a wrong answer with a message, or the right table."""
    with pytest.raises(WrongAnswer):
        assert_trace(rows, ROWS, columns=COLUMNS)
    with contextlib.suppress(WrongAnswer):  # of a dict of no rows, or of empty columns, it is right
        assert_trace(rows, [], columns=COLUMNS)
