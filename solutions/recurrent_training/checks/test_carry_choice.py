"""Why the lowest bit comes first (grade cell `carry_choice`, 1 point). Source: S3 "Binary addition"."""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Add two numbers by hand from the left. When can you write down the first digit of the sum?")
def test_lowest_first(student):
    """The carry flows from low to high, the state from early to late."""
    assert_choice(
        student["lowest_first"],
        "c",
        what="lowest_first",
        options=("a", "b", "c", "d"),
        why={
            "a": "the network must say a bit of the sum at every step, not only at the end.",
            "b": "the network must say a bit of the sum at every step; what does it know by then?",
            "d": "how long the sum may be does not depend on the order of reading.",
        },
    )
