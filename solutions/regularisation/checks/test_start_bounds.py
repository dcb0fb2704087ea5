"""Bounds of two starts (grade cell `start_bounds`, 2 points). Source: S4, weight initialisation."""

import math

from autograder.checking import Tolerance, assert_number, hint, points
from reference.initialisation import he_variance, xavier_bound, xavier_variance

FOUR_DIGITS = Tolerance(1.01e-3, 0.0, "four digits that count are asked for")
N_IN, N_OUT = 100, 50


@points(1)
@hint("Which row of the table looks at both ways? From its variance, how does the text get to a bound?")
def test_xavier_bound(student):
    """Uniform, both ways."""
    assert_number(
        student["xavier_uniform_bound"],
        xavier_bound(N_IN, N_OUT),
        tolerance=FOUR_DIGITS,
        what="xavier_uniform_bound",
        why={
            xavier_bound(N_IN): "that looks at the way forward only.",
            xavier_variance(N_IN, N_OUT): "that is the variance.",
            math.sqrt(xavier_variance(N_IN, N_OUT)): "that is the standard deviation, not the bound.",
            3 * xavier_variance(N_IN, N_OUT): "a variance is a square: mind the root.",
        },
    )


@points(1)
@hint("Which units does He's start look at, and how does a standard deviation come from a variance?")
def test_he_deviation(student):
    """Normal."""
    variance = he_variance(N_IN)
    assert_number(
        student["he_normal_deviation"],
        math.sqrt(variance),
        tolerance=FOUR_DIGITS,
        what="he_normal_deviation",
        why={
            variance: "that is the variance.",
            math.sqrt(3 * variance): "that is the bound of the uniform start.",
            math.sqrt(1 / N_IN): "that is Xavier's; a ReLU loses half of the signal.",
            math.sqrt(2 / N_OUT): "which units does a unit of the layer read?",
        },
    )
