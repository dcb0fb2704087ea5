"""Which line joins the two directions (grade cell `bidirectional_choice`, 1 point)."""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Try the four lines on two small arrays and look at the shapes and at the first row.")
def test_choice(student):
    assert_choice(
        student["joining_line"],
        "d",
        what="joining_line",
        options=("a", "b", "c", "d"),
        why={
            "a": "a sum mixes both directions into the same numbers; the parts are to stay apart.",
            "b": "row 0 of h_b belongs to the last step; as it stands it meets the first.",
            "c": "axis 0 is time: this gives a sequence twice as long instead of longer features.",
        },
    )
