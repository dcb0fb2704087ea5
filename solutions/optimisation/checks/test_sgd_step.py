"""One step of gradient descent (grade cell `sgd_step`, 1 point)."""

import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    kinds,
    points,
    ways_to_call,
)
from reference.optimisers import sgd_step


@points(0.5)
@hint("Which way does the gradient point, and which way is down? What does the learning rate multiply?")
def test_one_step(student, generator):
    """By position and by name; arguments stay; no call knows of another."""
    w, g, other = (torch.randn(3, 4, generator=generator) for _ in range(3))
    for eta in (0.3, 1.5):
        for args, kwargs in ways_to_call({"w": w, "g": g, "eta": eta}):
            came = assert_unchanged(student.sgd_update, *args, **kwargs)
            assert_close(came, sgd_step(w, g, eta), what="the new weights")
    one, two = called_twice(student.sgd_update, (w, g, 0.1), (other, g, 0.1))
    assert_close(one, sgd_step(w, g, 0.1), what="the first of two new weights")
    assert_close(two, sgd_step(other, g, 0.1), what="the second of two new weights")


@points(0.5)
@hint("The length of the step is the gradient's length times the rate, whatever the shape and the values.")
def test_any_shape_and_value(student, generator):
    """No axis, no entry, one entry, three axes; whole, negative, equal and zero gradients."""
    for shape in ((0,), (1,), (2, 1, 3)):
        w = torch.randn(shape, generator=generator, dtype=torch.float64)
        for kind, g in kinds(shape, generator).items():
            came = student.sgd_update(w, g, 0.25)
            assert_close(came, sgd_step(w, g, 0.25), what=f"the step for a {kind} gradient")
    w, g = (torch.randn((), generator=generator, dtype=torch.float64) for _ in range(2))
    assert_close(student.sgd_update(w, g, 0.25), sgd_step(w, g, 0.25), what="the step of one number")
