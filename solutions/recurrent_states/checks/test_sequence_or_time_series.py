"""Sequences that are no time series (grade cell `sequence_or_time_series`, 1 point).

Source: S2 p. 29-30.
"""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Ask two things of each: does its order matter, and is that order the order of time?")
def test_sequences_without_time(student):
    """An order that matters, and that is not time's."""
    assert_choice(
        student["sequences_without_time"],
        ["b", "c", "f"],
        what="sequences_without_time",
        options=("a", "b", "c", "d", "e", "f"),
        why={
            "a": "one value after another, at equal distances in time.",
            "b": "There is an order along a molecule.",
            "c": "There is an order on a page.",
            "d": "one value after another, at equal distances in time.",
            "e": "a list may be written down in any order; does this one say something by its order?",
            "f": "There is an order in space.",
        },
    )
