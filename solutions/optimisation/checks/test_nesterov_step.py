"""One step of Nesterov's accelerated gradient (grade cell `nesterov_step`, 2 points)."""

import torch

from autograder.checking import assert_close, assert_tensor, assert_unchanged, hint, points, unpack, ways_to_call
from reference.optimisers import nesterov_step

NAMES = ("the weights", "the velocity")


def _bowl(generator, size):
    """A bowl that is not round and not centred at zero: its matrix and its shift."""
    root, shift = (torch.randn(size, n, generator=generator, dtype=torch.float64) for n in (size, 1))
    return root @ root.T + torch.eye(size, dtype=torch.float64), shift[:, 0]


def _judge(came, expected):
    for name, mine, wanted in zip(NAMES, unpack(came, 2), expected, strict=True):
        assert_close(mine, wanted, what=name)


@points(1)
@hint("At which point is the slope measured, and with which velocity is that point found?")
def test_one_step(student, generator):
    """In the middle of a walk, by position and by name; arguments stay."""
    for size in (3, 1):
        A, b = _bowl(generator, size)
        w, v = (torch.randn(size, generator=generator, dtype=torch.float64) + 1 for _ in range(2))
        slope = student.Bowl(A, b)
        expected = nesterov_step(w, lambda at, A=A, b=b: A @ at - b, v, 0.3, 0.7)
        arguments = {"w": w, "gradient": slope, "v": v, "eta": 0.3, "gamma": 0.7}
        for args, kwargs in ways_to_call(arguments):
            _judge(assert_unchanged(student.nesterov_update, *args, **kwargs), expected)


@points(0.5)
@hint("Without a velocity there is nothing to look ahead with: what is left of the equation?")
def test_the_first_step_is_plain_descent(student, generator):
    """v = 0 at the start: the slope is that at w; the default of gamma."""
    A, b = _bowl(generator, 4)
    w = torch.randn(4, generator=generator, dtype=torch.float64)
    v = torch.zeros(4, dtype=torch.float64)
    expected = nesterov_step(w, lambda at: A @ at - b, v, 0.2)
    _judge(student.nesterov_update(w, student.Bowl(A, b), v, 0.2), expected)


@points(0.5)
@hint("Is it the weights that you return, or the point that was looked at? Try two steps by hand.")
def test_a_walk_of_several_steps(student, generator):
    """Four steps from rest; what is returned goes into the next call; defaults as written."""
    A, b = _bowl(generator, 2)
    w = mine = torch.randn(2, generator=generator, dtype=torch.float64)
    v = velocity = torch.zeros(2, dtype=torch.float64)
    slope = student.Bowl(A, b)
    for _ in range(4):
        mine, velocity = unpack(student.nesterov_update(mine, slope, velocity, 0.05), 2)
        w, v = nesterov_step(w, lambda at: A @ at - b, v, 0.05)
        _judge((mine, velocity), (w, v))
        mine, velocity = (assert_tensor(value, (2,)) for value in (mine, velocity))
