"""Two steps of gradient descent by hand (grade cell `perceptron_trace`, 4 points).

Source: S4, training perceptron: examples (2, 2) -> 1 and (3, 3) -> 0 at the rates 1 and 0.5; the
initial weights are ours.
"""

import torch

from autograder.checking import assert_trace, hint, points, rounded
from reference.neurons import gradient_step

EXAMPLES = (((2.0, 2.0), 1.0), ((3.0, 3.0), 0.0))
START = (0.5, -0.5)
COLUMNS = ("a", "h", "w1", "w2", "b")


def _rows(rate):
    """Return what the neuron computes before each step, and its weights after it."""
    w, b = torch.tensor(START, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    rows = []
    for inputs, target in EXAMPLES:
        x, t = torch.tensor(inputs, dtype=torch.float64), torch.tensor(target, dtype=torch.float64)
        a = x @ w + b
        w, b = gradient_step(w, b, x, t, rate)
        rows.append([float(value) for value in (a, torch.sigmoid(a), *w, b)])
    return rows


def _judge(student, name, rate, *columns):
    """Compare some columns of one table, in whatever form it comes; three decimals count."""
    assert_trace(
        student[name],
        _rows(rate),
        columns=COLUMNS,
        steps=("(2, 2)", "(3, 3)"),
        judged=columns,
        tolerance=rounded(3),
        what=name,
    )


@points(1)
@hint("Which weights and bias does the neuron have when the second example comes?")
def test_outputs_at_rate_one(student):
    """a and h before each step."""
    _judge(student, "trained_at_rate_one", 1.0, "a", "h")


@points(1)
@hint("Work out δ for each example: its sign, its three factors, and what it is multiplied with.")
def test_weights_at_rate_one(student):
    """The weights and the bias after each step."""
    _judge(student, "trained_at_rate_one", 1.0, "w1", "w2", "b")


@points(1)
@hint("Where does the second table start, and which weights does its second example meet?")
def test_outputs_at_rate_half(student):
    """The same from the start again."""
    _judge(student, "trained_at_rate_half", 0.5, "a", "h")


@points(1)
@hint("What does the learning rate scale: the output, the change of the weights, or that of the bias?")
def test_weights_at_rate_half(student):
    """The bias follows the same rate."""
    _judge(student, "trained_at_rate_half", 0.5, "w1", "w2", "b")
