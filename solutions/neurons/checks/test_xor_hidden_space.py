"""The hidden space of XOR by rectifiers (grade cell `xor_hidden_space`, 2 points).

Source: S0, all weights 1, biases 0 and -1.
"""

import torch

from autograder.checking import assert_trace, hint, points
from reference.multilayer_perceptron import XOR_POINTS, xor_by_relu

_ROWS = xor_by_relu(torch.tensor(XOR_POINTS)).hidden.tolist()
_STEPS = [f"({x1:g}, {x2:g})" for x1, x2 in XOR_POINTS]


def _judge(student, column):
    """Compare one column of the student's table, in whatever form it comes."""
    assert_trace(
        student["xor_hidden_table"], _ROWS, columns=("h1", "h2"), steps=_STEPS, judged=(column,)
    )


@points(1)
@hint("Add the two inputs of each point. What does the rectifier do with the sum?")
def test_first_unit(student):
    """The unit with bias 0."""
    _judge(student, "h1")


@points(1)
@hint("Which sums are above 1, and what does the rectifier do with those that are not?")
def test_second_unit(student):
    """The unit with bias -1."""
    _judge(student, "h2")
