"""One step of gradient descent (grade cell `sgd_step`, 1 point)."""

import torch

from autograder.checking import assert_agrees, assert_close, hint, kinds, points
from reference.optimisers import sgd_step

WHAT = "the new weights"


@points(0.5)
@hint("Which way does the gradient point, and which way is down? What does the learning rate multiply?")
def test_one_step(student, generator):
    """In every way to call; arguments stay; no call knows of another."""
    for eta in (0.3, 1.5):
        w, g, other = torch.randn(3, 3, 4, generator=generator)
        one, again = {"w": w, "g": g, "eta": eta}, {"w": other, "g": g, "eta": eta}
        assert_agrees(student.sgd_update, sgd_step, one, again=again, what=WHAT)


@points(0.5)
@hint("The length of the step is the gradient's length times the rate, whatever the shape and the values.")
def test_any_shape_and_value(student, generator):
    """No axis, no entry, one entry, three axes; whole, negative, equal and zero gradients."""
    for shape in ((), (0,), (1,), (2, 1, 3)):
        w = torch.randn(shape, generator=generator, dtype=torch.float64)
        for kind, g in kinds(shape, generator).items():
            came = student.sgd_update(w, g, 0.25)
            assert_close(came, sgd_step(w, g, 0.25), what=f"the new weights for a {kind} gradient")
