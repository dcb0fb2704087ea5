"""Why one line fails (grade cell `xor_one_line`, 1 point).

Source: S0, S4.
"""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Write down a at each of the four points with the letters w1, w2 and b, and add two and two.")
def test_reason(student):
    assert_choice(
        student["why_not_xor"],
        "c",
        what="why_not_xor",
        options=("a", "b", "c", "d", "e"),
        why={
            "a": "more examples only add conditions; the four that stand are already too many.",
            "b": "how weights are found is another question; here there are none to be found.",
            "d": "that is so without a bias only; the bias shifts the line away from (0, 0).",
            "e": "weights may have either sign: 'x1 and not x2' has a negative one.",
        },
    )
