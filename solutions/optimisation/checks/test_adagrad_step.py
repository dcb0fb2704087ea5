"""One step of Adagrad (grade cell `adagrad_step`, 1 point)."""

import torch

from autograder.checking import assert_agrees, assert_parts, assert_walk, hint, points
from reference.optimisers import adagrad_step

PARTS = ("the weights", "G")


def _arguments(generator, *shape, dtype=torch.float64):
    """Arguments in the order of the signature, in the middle of a walk."""
    w, g, G = torch.randn(3, *shape, generator=generator, dtype=torch.float64).to(dtype)
    return {"w": w, "g": g, "G": G**2, "eta": 0.3, "epsilon": 1e-9}


@points(0.5)
@hint("Is the gradient of this step already in G when you divide? What is summed, and where is the root?")
def test_one_step(student, generator):
    """In the middle of a walk, in every way to call; arguments stay; no call knows of another."""
    one, other = (_arguments(generator, 3, 4) for _ in range(2))
    assert_agrees(student.adagrad_update, adagrad_step, one, again=other, what=PARTS)


@points(0.25)
@hint("What must be kept for the next step, and in what form? Try two steps by hand.")
def test_a_walk_of_several_steps(student, generator):
    """From no memory; defaults as written."""
    slopes = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    start = dict.fromkeys(PARTS, torch.zeros(6, dtype=torch.float64))
    start["the weights"] = slopes[0]
    assert_walk(student.adagrad_update, adagrad_step, start, lambda t, w, G: (w, slopes[t], G))


@points(0.25)
@hint("Each entry has its own sum. What becomes of zero divided by zero?")
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
        assert_parts(student.adagrad_update(*values), adagrad_step(*values), PARTS)
