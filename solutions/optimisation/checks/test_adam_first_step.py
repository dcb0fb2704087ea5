"""Adam's bias correction at the first step (grade cell `adam_first_step`, 2 points)."""

import torch

from autograder.checking import Tolerance, assert_number, hint, points
from reference.optimisers import adam_step

RATE, BETA1, BETA2, SLOPE = 0.001, 0.9, 0.999, 0.04
FOUR_DIGITS = Tolerance(1.01e-3, 0.0, "four digits that count are asked for")
PLAIN = RATE * (1 - BETA1) * SLOPE / ((1 - BETA2) * SLOPE**2) ** 0.5


@points(1)
@hint("Write out both corrected means for t = 1, where nothing is remembered yet. What cancels?")
def test_with_the_correction(student):
    """The number is the one that the reference steps."""
    zero, slope = (torch.tensor(value, dtype=torch.float64) for value in (0.0, SLOPE))
    moved = -float(adam_step(zero, slope, zero, zero, 1, RATE, BETA1, BETA2, 0.0)[0])
    assert_number(
        student["first_step_corrected"],
        moved,
        tolerance=FOUR_DIGITS,
        what="first_step_corrected",
        why={
            PLAIN: "that is the step without the correction.",
            RATE * SLOPE: "that is the step of plain gradient descent.",
            RATE * (1 - BETA1): "only v was corrected; m starts at zero, too.",
            -moved: "a length has no sign.",
        },
    )


@points(1)
@hint("Which part of g and which part of g squared do m and v hold after one step? Mind the root.")
def test_without_the_correction(student):
    """The two means start at zero and know one gradient."""
    assert_number(
        student["first_step_plain"],
        PLAIN,
        tolerance=FOUR_DIGITS,
        what="first_step_plain",
        why={
            RATE: "that is the step with the correction.",
            RATE * (1 - BETA1): "v was corrected here; without the correction it is smaller.",
            RATE / (1 - BETA2) ** 0.5: "m was corrected here; without the correction it is smaller.",
            RATE * (1 - BETA1) / (1 - BETA2): "v is below a root.",
            RATE * SLOPE: "that is the step of plain gradient descent.",
            -PLAIN: "a length has no sign.",
        },
    )
