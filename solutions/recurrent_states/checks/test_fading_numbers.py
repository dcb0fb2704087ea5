"""How fast a gradient fades (grade cell `fading_numbers`, 2 points).

Source: S4 "Gradient Vanishing/Exploding Problem"; S3, the largest slope of the sigmoid.
"""

import math

from autograder.checking import assert_number, hint, points

FACTOR = 0.9 * (1 - 0.5**2)
STEPS = math.ceil(math.log(0.01) / math.log(FACTOR))


@points(1)
@hint("By which number does one step multiply? Take its powers until they are below one hundredth.")
def test_fading_steps(student):
    """The first power of the factor that is below one hundredth."""
    assert FACTOR**STEPS < 0.01 < FACTOR ** (STEPS - 1)
    assert_number(
        student["fading_steps"],
        STEPS,
        unit={"steps": 1, "step": 1},
        what="fading_steps",
        why={
            STEPS - 1: "look at the last of your steps: is it below 1 % already?",
            STEPS + 1: "look at the step before your last one: was it still above 1 %?",
            44: "that counts u alone; each step also meets the slope of tanh.",
            6: "the slope of tanh at a state h is not 1 - h.",
            17: "u is a factor of each step, too.",
            4: "the slope of tanh is not the square of the state.",
        },
    )


@points(1)
@hint("What is the largest slope that the sigmoid has? The product fades if u times that is below 1.")
def test_sigmoid_threshold(student):
    """The largest slope of the sigmoid is a quarter."""
    assert_number(
        student["sigmoid_threshold"],
        4,
        what="sigmoid_threshold",
        why={
            0.25: "that is the largest slope; what may u be, so that u times it is below 1?",
            1: "that is the number for tanh.",
            2: "half is the value of the sigmoid at 0, not its slope.",
        },
    )
