"""One step of Nesterov's accelerated gradient (grade cell `nesterov_step`, 2 points)."""

import torch

from autograder.checking import assert_agrees, assert_walk, hint, points
from reference.optimisers import nesterov_step

PARTS = ("the weights", "the velocity")


class _Valley:
    """A bowl that is not round and not centred at zero, in the student's process and here."""

    def __init__(self, student, generator, size):
        root, shift = (torch.randn(size, n, generator=generator, dtype=torch.float64) for n in (size, 1))
        self.A, self.b = root @ root.T + torch.eye(size, dtype=torch.float64), shift[:, 0]
        self.theirs = student.Bowl(self.A, self.b)

    def expected(self, w, gradient, v, eta, gamma=0.9):
        return nesterov_step(w, lambda at: self.A @ at - self.b, v, eta, gamma)


@points(1)
@hint("At which point is the slope measured, and with which velocity is that point found?")
def test_one_step(student, generator):
    """In the middle of a walk, in every way to call; arguments stay; no call knows of another."""
    for size in (3, 1):
        valley = _Valley(student, generator, size)
        (w, v), (w2, v2) = torch.randn(2, 2, size, generator=generator, dtype=torch.float64) + 1
        arguments = {"w": w, "gradient": valley.theirs, "v": v, "eta": 0.3, "gamma": 0.7}
        again = arguments | {"w": w2, "v": v2}
        assert_agrees(student.nesterov_update, valley.expected, arguments, again=again, what=PARTS)


@points(0.5)
@hint("Without a velocity there is nothing to look ahead with: what is left of the equation?")
def test_the_first_step_is_plain_descent(student, generator):
    """v = 0 at the start: the slope is that at w; the default of gamma."""
    valley = _Valley(student, generator, 4)
    w = torch.randn(4, generator=generator, dtype=torch.float64)
    arguments = {"w": w, "gradient": valley.theirs, "v": 0 * w, "eta": 0.2}
    assert_agrees(student.nesterov_update, valley.expected, arguments, what=PARTS)


@points(0.5)
@hint("Is it the weights that you return, or the point that was looked at? Try two steps by hand.")
def test_a_walk_of_several_steps(student, generator):
    """From rest; defaults as written."""
    valley = _Valley(student, generator, 2)
    w = torch.randn(2, generator=generator, dtype=torch.float64)
    start = dict(zip(PARTS, (w, 0 * w), strict=True))
    assert_walk(
        student.nesterov_update, valley.expected, start, lambda t, w, v: (w, valley.theirs, v, 0.05)
    )
