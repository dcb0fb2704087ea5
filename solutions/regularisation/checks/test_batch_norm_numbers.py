"""Two variances (grade cell `batch_norm_numbers`, 2 points). Source: S4, batch normalisation."""

import math

from autograder.checking import Tolerance, assert_number, hint, points

FOUR_DIGITS = Tolerance(1.01e-3, 0.0, "four digits that count are asked for")
SQUARES = 26  # (2 - 5)² + (4 - 5)² + (9 - 5)²


@points(1)
@hint("Mean first, then the variance of the batch: by how many is the sum of squares divided there?")
def test_normalised_nine(student):
    """By the batch's own mean and variance."""
    assert_number(
        student["normalised_nine"],
        4 / math.sqrt(SQUARES / 3),
        tolerance=FOUR_DIGITS,
        what="normalised_nine",
        why={
            4 / math.sqrt(SQUARES / 2): "in training the variance is that of this batch: divided by B.",
            4 / (SQUARES / 3): "the root is missing.",
            9: "those are the running statistics, which are for the test.",
            4: "that is not divided yet.",
            4 / math.sqrt(SQUARES): "the variance is a mean.",
        },
    )


@points(1)
@hint("Which factor does the text put before the batch's variance, and why? Which share does the old v keep?")
def test_running_variance(student):
    """The unbiased one."""
    assert_number(
        student["running_variance"],
        0.9 + 0.1 * SQUARES / 2,
        tolerance=FOUR_DIGITS,
        what="running_variance",
        why={
            0.9 + 0.1 * SQUARES / 3: "what is kept is the unbiased variance.",
            0.1 + 0.9 * SQUARES / 2: "the new batch gets the share alpha, the old value the rest.",
            0.1 + 0.9 * SQUARES / 3: "the new batch gets the share alpha, the old value the rest.",
            SQUARES / 2: "that is the variance of this batch alone.",
        },
    )
