"""The product of Jacobians (grade cell `jacobian_of_many_steps`, 3 points).

Source: S4 "Gradient Vanishing/Exploding Problem".
"""

import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.recurrent import jacobian_product


def _drawn(generator, T, H, dtype=torch.float64):
    """States inside of (-1, 1), and a matrix."""
    h = torch.tanh(torch.randn(T, H, generator=generator, dtype=torch.float64))
    U = torch.randn(H, H, generator=generator, dtype=torch.float64)
    return h.to(dtype), U.to(dtype)


def _judge(came, h, U, what):
    assert_close(came, jacobian_product(h, U), what=what)


@points(1)
@hint("Take T = 1 and two units: how does unit 1 of the new state depend on unit 2 of the old one?")
def test_one_step(student, generator):
    """One Jacobian alone: the slope belongs to the unit after the step."""
    for H in (3, 1):
        h, U = _drawn(generator, 1, H)
        _judge(student.state_jacobian_product(h, U), h, U, "the derivative over one step")


@points(1.2)
@hint("Which of the factors is leftmost? Is every step in the product, once?")
def test_several_steps(student, generator):
    """Two steps and six; by position and by name; the arguments stay."""
    for T in (2, 6):
        h, U = _drawn(generator, T, 4)
        for args, kwargs in ways_to_call({"h": h, "U": U}):
            came = assert_unchanged(student.state_jacobian_product, *args, **kwargs)
            _judge(came, h, U, f"the product of {T} steps")


@points(0.4)
@hint("Which slope has tanh where the state is 0, and which where it is as good as 1 or -1?")
def test_slopes_at_the_ends(student, generator):
    """States of zero leave a power of U; at a unit that is at its limit nothing passes."""
    _, U = _drawn(generator, 1, 3)
    still = torch.zeros(4, 3, dtype=torch.float64)
    _judge(student.state_jacobian_product(still, U), still, U, "the product where all states are 0")
    limit = torch.tensor([[0.0, 1.0, -1.0], [1.0, 0.0, 0.5]], dtype=torch.float64)
    _judge(student.state_jacobian_product(limit, U), limit, U, "the product with states of 1 and -1")


@points(0.4)
@hint("Try one unit, inputs in single precision, and two calls in a row.")
def test_small_sizes_and_both_precisions(student, generator):
    """One unit; inputs of either precision; no call knows of another."""
    for dtype in (torch.float64, torch.float32):
        for T, H in ((5, 1), (3, 2)):
            h, U = _drawn(generator, T, H, dtype)
            _judge(student.state_jacobian_product(h, U), h, U, "the product")
    one, other = _drawn(generator, 3, 2), _drawn(generator, 3, 2)
    for came, of in zip(called_twice(student.state_jacobian_product, one, other), (one, other), strict=True):
        _judge(came, *of, "the product")
