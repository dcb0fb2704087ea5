"""XOR by sign units (grade cell `xor_signs`, 4 points).

Source: S4, XOR revisited, whose formula of o has a wrong sign.
"""

import torch

from autograder.checking import assert_symbolic, assert_trace, hint, points
from reference.multilayer_perceptron import SIGN_POINTS, xor_by_signs

_TRACE = xor_by_signs(torch.tensor(SIGN_POINTS))
_COLUMNS = ("a1", "h1", "a2", "h2", "o", "y")
_ROWS = torch.stack(
    [
        *(part[:, j] for j in (0, 1) for part in (_TRACE.pre_activations, _TRACE.hidden)),
        _TRACE.output_pre_activation,
        _TRACE.output,
    ],
    dim=1,
).tolist()
_STEPS = [f"({x1:g}, {x2:g})" for x1, x2 in SIGN_POINTS]


def _judge(student, *columns):
    """Compare some columns of the student's table, in whatever form it comes."""
    assert_trace(
        student["xor_sign_table"], _ROWS, columns=_COLUMNS, steps=_STEPS, judged=columns
    )


@points(1)
@hint("Add the two inputs of each point, then subtract 3/2 or 5/2.")
def test_pre_activations(student):
    """Both a1 and a2."""
    _judge(student, "a1", "a2")


@points(1)
@hint("A sign unit says one of two numbers. Which one where its a is negative?")
def test_hidden_units(student):
    """Both h1 and h2."""
    _judge(student, "h1", "h2")


@points(1)
@hint("Take h1 and h2 of each row, and compute o by the formula with the sign turned.")
def test_output(student):
    """o by the right formula, and its sign."""
    _judge(student, "o", "y")


@points(1)
@hint("What does the printed formula give at (1/2, 1/2) and at (3/2, 3/2), where y is to be the same?")
def test_formula(student):
    """The one formula, linear in h1 and h2, that gives the wanted outputs."""
    assert_symbolic(
        student["xor_sign_formula"],
        "h1 - h2 - 1",
        variables="h1 h2",
        what="xor_sign_formula",
        why={
            "h1 + h2 - 1": "that is the printed formula; one of its signs is wrong.",
            "h1 + h2 + 1": "at (3/2, 3/2) both hidden units say 1; what would o be there?",
            "-h1 + h2 - 1": "at (3/2, 1/2) h1 is 1 and h2 is -1; what would o be there?",
            "h1 - h2 + 1": "that has two signs turned; o at (1/2, 1/2) is to be negative.",
        },
    )
