"""One step of learning with all its numbers (grade cell `worked_step`, 4 points).

Source: S4, MLP training, whose h are sigma(-a) and whose updates lead away from the target.
"""

from autograder.checking import assert_trace, hint, points, rounded
from reference.multilayer_perceptron import (
    backward,
    forward,
    squared_error_delta,
    update,
    worked_example,
)

LAYERS, X, T, RATE = worked_example()
PASS = forward(LAYERS, X)
AFTER = update(LAYERS, backward(LAYERS, PASS, squared_error_delta(PASS.prediction, T)), RATE)
A, H = PASS.pre_activations[0][0].tolist(), PASS.outputs[1][0].tolist()
FORWARD = {"a1": A[0], "h1": H[0], "a2": A[1], "h2": H[1], "y": float(PASS.prediction)}
OUTPUT = dict(zip(("v0", "v1", "v2"), [float(AFTER[1].bias), *AFTER[1].weight[0].tolist()], strict=True))
HIDDEN = {
    f"w{j + 1}{i}": value
    for j in range(2)
    for i, value in enumerate([float(AFTER[0].bias[j]), *AFTER[0].weight[j].tolist()])
}


def compare(table, right, what):
    """Compare a table by name; four decimals count."""
    rows = [(number,) for number in right.values()]
    assert_trace(
        table, rows, columns=("number",), steps=tuple(right), tolerance=rounded(4), what=what
    )


@points(1)
@hint("Does a unit with a positive a say more or less than one half? And what does the output add?")
def test_forward(student):
    """Both pre-activations, both hidden outputs, and y."""
    compare(student["worked_forward"], FORWARD, "worked_forward")


@points(1)
@hint("Is y above or below its target, and which way must the output weights go then?")
def test_output_weights(student):
    """v0, v1, v2 after the step."""
    compare(student["worked_output_weights"], OUTPUT, "worked_output_weights")


@points(2)
@hint("Write down the four factors of one δ. Which v stands in it: before or after the step?")
def test_hidden_weights(student):
    """All six weights of the hidden units after the step."""
    compare(student["worked_hidden_weights"], HIDDEN, "worked_hidden_weights")
