"""How steep a sigmoid can be (grade cell `sigmoid_peak`, 1 point).

Source: S3, S4: the slope is at most 0.25.
"""

from autograder.checking import assert_choice, hint


@hint("Read the largest slope off your formula of exercise 3, and multiply ten of them.")
def test_what_is_left(student):
    assert_choice(
        student["ten_sigmoids"],
        "c",
        what="ten_sigmoids",
        options=("a", "b", "c", "d", "e"),
        why={
            "a": "for a large a it is the output that comes near 1; look at the dashed line.",
            "b": "at a = 0 that is the output; the slope is smaller.",
            "d": "along a path slopes are multiplied, not added up or shared.",
            "e": "look at the dashed line of the figure, far to the right.",
        },
    )
