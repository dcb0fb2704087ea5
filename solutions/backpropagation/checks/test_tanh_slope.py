"""Slope of tanh (grade cell `tanh_slope`, 1 point).

Source: S3, whose function d_tanh returns tanh.
"""

from autograder.checking import assert_symbolic, hint


@hint("In the figure: how steep is tanh at 0 and far away, and which formula in h is that?")
def test_slope(student):
    """Any form of the right function is right."""
    assert_symbolic(
        student["tanh_slope_formula"],
        "1 - tanh(a)**2",
        variables={"a": (-3, 3)},
        where={"h": "tanh(a)"},
        what="tanh_slope_formula",
        why={
            "h": "that is tanh itself, as in the printed program; asked is how fast it rises.",
            "h*(1 - h)": "that is the rule for the sigmoid; at a = 0 it would give 0 here.",
            "1 - a**2": "a is the input; what is squared is something else.",
            "1 - h": "that is not the same on both sides of 0, as the figure shows.",
            "h**2 - 1": "tanh rises everywhere; look at the signs.",
            "2*exp(-2*a)/(1 + exp(-2*a))**2": "a factor 2 is missing: tanh is stretched twice.",
        },
    )
