"""One step of Adadelta (grade cell `adadelta_step`, 2 points)."""

import torch

from autograder.checking import assert_agrees, assert_parts, assert_walk, hint, points
from reference.optimisers import adadelta_step

PARTS = ("the weights", "E_g", "E_delta")


def _expected(w, g, E_g, E_delta, rho=0.9, epsilon=1e-6):
    return adadelta_step(w, g, E_g, E_delta, 1.0, rho, epsilon)


def _arguments(generator, *shape, dtype=torch.float64):
    """Arguments in the order of the signature, in the middle of a walk."""
    w, g, E_g, E_delta = torch.randn(4, *shape, generator=generator, dtype=torch.float64).to(dtype)
    return {"w": w, "g": g, "E_g": E_g**2, "E_delta": E_delta**2, "rho": 0.7, "epsilon": 0.01}


@points(1)
@hint("Which of the two means is old and which is new when the update is made? What is squared for the second one?")
def test_one_step(student, generator):
    """In the middle of a walk, in every way to call; arguments stay; no call knows of another."""
    one, other = (_arguments(generator, 3, 4) for _ in range(2))
    assert_agrees(student.adadelta_update, _expected, one, again=other, what=PARTS)


@points(0.5)
@hint("What lets the first step move at all, when no update has been made yet?")
def test_a_walk_of_several_steps(student, generator):
    """From no memory; defaults as written."""
    slopes = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    start = dict.fromkeys(PARTS, torch.zeros(6, dtype=torch.float64))
    start["the weights"] = slopes[0]
    assert_walk(student.adadelta_update, _expected, start, lambda t, w, E_g, E_delta: (w, slopes[t], E_g, E_delta))


@points(0.5)
@hint("Each entry has its own memory; nothing is summed over entries.")
def test_any_shape(student, generator):
    """No axis, no entry, one entry, three axes; single precision; a gradient of zeros without a memory."""
    still = {name: 0 * a if torch.is_tensor(a) else a for name, a in _arguments(generator, 3).items()}
    drawn = [
        _arguments(generator, *shape, dtype=dtype)
        for shape in ((), (0,), (1,), (2, 1, 3))
        for dtype in (torch.float64, torch.float32)
    ]
    for arguments in (*drawn, still):
        values = arguments.values()
        assert_parts(student.adadelta_update(*values), _expected(*values), PARTS)
