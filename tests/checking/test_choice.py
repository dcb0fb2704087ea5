"""Answers chosen from options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from autograder.checking import AuthorError, assert_choice

QUOTED = ['"b"', "'B'", "`b`", "“b”", "‘b.’", '" (b) "', ['"b"']]
WHY = {"a": "that is the forward state", "c": "the axis is wrong"}


@pytest.mark.parametrize(
    "value",
    ["b", "B", " b ", "b)", "(B)", "b.", ["b"], ("B",), {"b"}, np.array(["b"]), *QUOTED],
    ids=str,
)
def test_writing_does_not_matter(value: Any) -> None:
    """Case, spaces, brackets, quotes and a list of one are all the same choice."""
    assert_choice(value, "b", options="abcd", why=WHY)


def test_a_mark_without_its_partner_belongs_to_the_option(wrong: Any) -> None:
    """`f'` is another option than `f`: only a pair of quotes is taken off."""
    assert_choice("f'", "f'", options=("f", "f'"))
    assert "is not right" in wrong(assert_choice, "f'", "f", options=("f", "f'")).message
    assert "not filled in" in wrong(assert_choice, "", "f", options=("f", "f'")).message
    assert "none of the options" in wrong(assert_choice, '""', "f", options=("f", "f'")).message


def test_numbers_and_bools_can_be_chosen(wrong: Any) -> None:
    """A choice by number, and yes or no."""
    assert_choice("2", 2)
    assert_choice(2.0, "2")
    assert_choice(True, "true")
    assert_choice(False, False)
    wrong(assert_choice, True, "false")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("a", "“a” is not right: that is the forward state"),
        ("d", "“d” is not right."),
        ("e", "none of the options: “a”, “b”, “c”, “d”"),
        (None, "not filled in yet"),
        ("", "not filled in yet"),
        ([], "not filled in yet"),
        (["a", "b"], "names 2 options; choose one"),
        (torch.ones(3), "a tensor of shape (3,), float32; expected one option"),
        ({"b": 1}, "a dict of 1 entry"),
        ([["b"]], "expected one option"),
        ("x" * 500, "none of the options"),
        (10**5000, "none of the options"),
    ],
    ids=lambda value: str(value)[:20] if not isinstance(value, int) else "huge",
)
def test_another_choice_gets_its_reason(value: Any, says: str, wrong: Any) -> None:
    """A wrong choice is answered with the author's reason, never with the right option."""
    error = wrong(assert_choice, value, "b", options="abcd", why=WHY)
    assert says in error.message
    assert "“b” is right" not in error.message


def test_several_choices_come_in_any_order(wrong: Any) -> None:
    """A list, a set, or text that lists them in some way; all of them and no more."""
    texts = ("a, c", "C A", '"a", "c"', "ac", "CA", "a and c", "a & c", "['a', 'c']", "(a, c)")
    for value in (["c", "A"], {"a", "c"}, ("a)", "c)"), *texts):
        assert_choice(value, ["a", "c"], options="abcd")
        assert_choice(value, ["a", "c"])
    assert_choice("and, ab", ["and", "ab"], options=["a", "b", "and", "ab"])
    assert (
        "is none of the options" in wrong(assert_choice, "acx", ["a", "c"], options="abcd").message
    )
    assert "1 of your 1 choices are right" in wrong(assert_choice, "a", ["a", "c"]).message
    error = wrong(assert_choice, ["a", "b", "c"], {"a", "c"}, why={"b": "no"})
    assert "“b” is not right: no" in error.message
    assert "[" not in error.message


def test_an_author_who_forgets_an_option_is_told() -> None:
    """The right option must be among the options."""
    with pytest.raises(AuthorError):
        assert_choice("a", "x", options="abc")
