"""How far pooling is blind to a shift (grade cell `pooling_shift`, 1 point).

Source: S0, S4.
"""

from autograder.checking import assert_choice, hint


@hint("Draw the first row with its windows, and the three places of the 1 in it.")
def test_what_becomes_of_the_map(student):
    assert_choice(
        student["moved_dot"],
        "c",
        what="moved_dot",
        options=("a", "b", "c", "d", "e"),
        why={
            "a": "look whether the 1 is still in the same window after the second pixel.",
            "b": "look whether the 1 has left its window after the first pixel.",
            "d": "a pooled map says for each window what is in it, not for the whole map.",
            "e": "the windows do not overlap, so a pixel is in one of them only.",
        },
    )
