"""The gradient of one sigmoid neuron (grade cell `neuron_slopes`, 2 points).

Source: S2, S4. Some versions call the target y; the sign is that of the loss that rises.
"""

from autograder.checking import assert_symbolic, hint, points

VARIABLES = {"x": (-2, 2), "w": (-2, 2), "b": (-1, 1), "t": (-1, 2)}
H = "(1/(1 + exp(-(w*x + b))))"
WHERE = {"a": "w*x + b", "h": H, "L": f"({H} - t)**2/2"}


@points(1)
@hint("Write the three factors of the equation one by one. Which letter does each one have?")
def test_weight(student):
    """dL/dw in any letters."""
    assert_symbolic(
        student["neuron_weight_slope"],
        f"({H} - t)*{H}*(1 - {H})*x",
        variables=VARIABLES,
        where=WHERE,
        what="neuron_weight_slope",
        why={
            "(t - h)*h*(1 - h)*x": "the sign is turned: with h above t the loss grows with h.",
            "(h - t)*x": "the change passes through the sigmoid, which has a slope, too.",
            "(h - t)*h*(1 - h)": "the last factor, how fast a rises with w, is missing.",
            "(h - t)*a*(1 - a)*x": "the sigmoid's slope belongs to its output, not its input.",
            "(h - t)*h*(1 - h)*w": "how fast does a = w x + b rise when w does?",
            "2*(h - t)*h*(1 - h)*x": "the loss has a factor of one half.",
        },
    )


@points(1)
@hint("Which of the three factors is another one when b is turned instead of w, and what is it?")
def test_bias(student):
    """dL/db in any letters."""
    assert_symbolic(
        student["neuron_bias_slope"],
        f"({H} - t)*{H}*(1 - {H})",
        variables=VARIABLES,
        where=WHERE,
        what="neuron_bias_slope",
        why={
            "(t - h)*h*(1 - h)": "the sign is turned: with h above t the loss grows with h.",
            "h - t": "the change passes through the sigmoid, which has a slope, too.",
            "(h - t)*h*(1 - h)*x": "how fast does a = w x + b rise when b does?",
            "(h - t)*h*(1 - h)*b": "how fast does a = w x + b rise when b does?",
            "(h - t)*a*(1 - a)": "the sigmoid's slope belongs to its output, not its input.",
            "2*(h - t)*h*(1 - h)": "the loss has a factor of one half.",
        },
    )
