"""Slope of the sigmoid (grade cell `sigmoid_slope`, 2 points).

Source: S4, S3. The formula may be written in the unit's input or in its output.
"""

from autograder.checking import assert_symbolic, hint


@hint("Multiply the slopes of u, v and h, and then look where 1/v stands in the product.")
def test_slope(student):
    """Any form of the right function is right."""
    assert_symbolic(
        student["sigmoid_slope_formula"],
        "exp(-a)/(1 + exp(-a))**2",
        variables={"a": (-3, 3)},
        where={"h": "1/(1 + exp(-a))"},
        what="sigmoid_slope_formula",
        why={
            "h": "that is the sigmoid itself; asked is how fast it rises.",
            "a*(1 - a)": "that is large where the figure shows a slope near 0; a is the input.",
            "-exp(-a)/(1 + exp(-a))**2": "the sigmoid rises everywhere; look at both minus signs.",
            "1 - h": "one factor is missing; by it the slope is small on the left side, too.",
            "1 - h**2": "that is the rule for another function, which goes from -1 to 1.",
            "h**2": "the inner function 1 + exp(-a) has a slope, too: multiply by it.",
            "-h**2": "the inner function 1 + exp(-a) has a slope, too: multiply by it.",
        },
    )
