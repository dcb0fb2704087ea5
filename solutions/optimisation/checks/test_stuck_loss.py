"""The loss of equal probabilities (grade cell `stuck_loss`, 2 points). Source: S4, 0.693 at 50 %."""

import math

from autograder.checking import Tolerance, assert_number, hint, points

FOUR_DIGITS = Tolerance(1.01e-3, 0.0, "four digits that count are asked for")


def _mistakes(classes):
    return {
        1 / classes: "that is the probability; asked is the loss.",
        -math.log(classes): "the logarithm of a probability is negative; the loss has a minus.",
        math.log(classes) / classes: "a mean over points, not over classes.",
        math.log10(classes): "the logarithm is the natural one.",
        math.log(classes, 2): "the logarithm is the natural one.",
    }


@points(1)
@hint("Which probability does each of the two classes have, and what is its loss?")
def test_two_classes(student):
    """Every point has the same loss, so that the mean is that."""
    assert_number(
        student["stuck_loss_two"],
        math.log(2),
        tolerance=FOUR_DIGITS,
        what="stuck_loss_two",
        why=_mistakes(2),
    )


@points(1)
@hint("Ten probabilities that are equal: how large is each?")
def test_ten_classes(student):
    """As with two."""
    assert_number(
        student["stuck_loss_ten"],
        math.log(10),
        tolerance=FOUR_DIGITS,
        what="stuck_loss_ten",
        why=_mistakes(10),
    )
