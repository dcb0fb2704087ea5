"""XOR by steep sigmoids (grade cell `xor_sigmoids_code`, 3 points).

Source: S4, weights ±20: OR and NAND, then AND.
"""

import numpy as np
import torch

from autograder.checking import assert_close, assert_unchanged, called_twice, hint, points, unpack
from reference.multilayer_perceptron import XOR_POINTS, xor_by_sigmoids

BORDERS = ((0.5, 0.0), (0.25, 0.25), (1.5, 0.0), (0.75, 0.75), (0.49, 0.0), (0.51, 0.0), (1.0, 0.52))


def both(came):
    """Return what came: hidden outputs and output."""
    return unpack(came, 2, "what xor_sigmoids returns")


def judge(came, x, *, hidden=True, output=True):
    """Compare with the reference's network, float64."""
    right = xor_by_sigmoids(torch.as_tensor(x, dtype=torch.float64))
    h, y = both(came)
    if hidden:
        assert_close(h, right.hidden, what="the hidden outputs")
    if output:
        assert_close(y, right.output, what="the output y")


@points(1)
@hint("Compute both hidden units at (0, 0), and compare the signs of their weights and biases.")
def test_hidden_units(student, rng):
    """The four points, places on both borders and far away, drawn ones; one row alone."""
    for x in (XOR_POINTS, BORDERS, [[0.0, 1.0]], [[-3.5, 0.25], [40.0, 9.0], [-40.0, -9.0]]):
        judge(student.xor_sigmoids(np.array(x)), x, output=False)
    x = rng.uniform(-0.5, 1.5, size=(7, 2))
    judge(student.xor_sigmoids(x), x, output=False)


@points(1.5)
@hint("What does the output neuron see: the inputs or the hidden units, and before or after σ?")
def test_output(student, rng):
    """The same places; a batch of two is as wide as the input."""
    for x in (XOR_POINTS, BORDERS, [[0.0, 1.0]], [[1.0, 1.0], [0.0, 1.0]]):
        judge(student.xor_sigmoids(np.array(x)), x, hidden=False)
    x = rng.uniform(-0.5, 1.5, size=(7, 2))
    judge(student.xor_sigmoids(x), x, hidden=False)


@points(0.5)
@hint("Does your function write into the array that it is given, or keep something between calls?")
def test_calls_do_not_touch_each_other(student, rng):
    """The argument stays, by position and by name; a second call knows nothing of the first."""
    first, second = rng.uniform(0, 1, size=(2, 3, 2))
    judge(assert_unchanged(student.xor_sigmoids, first), first)
    judge(student.xor_sigmoids(x=second), second)
    for came, x in zip(
        called_twice(student.xor_sigmoids, (first,), (second,)), (first, second), strict=True
    ):
        judge(came, x)
