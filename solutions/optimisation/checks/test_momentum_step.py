"""One step with momentum (grade cell `momentum_step`, 1 point)."""

import torch

from autograder.checking import assert_agrees, assert_parts, assert_walk, hint, points
from reference.optimisers import momentum_step

PARTS = ("the weights", "the velocity")


def _arguments(generator, *shape, dtype=torch.float64):
    """Arguments in the order of the signature, in the middle of a walk."""
    w, g, v = torch.randn(3, *shape, generator=generator, dtype=torch.float64).to(dtype)
    return {"w": w, "g": g, "v": v, "eta": 0.3, "gamma": 0.7}


@points(0.5)
@hint("Which velocity moves the weights, the old one or the new one? And what does the learning rate multiply?")
def test_one_step(student, generator):
    """In the middle of a walk, in every way to call; arguments stay; no call knows of another."""
    one, other = (_arguments(generator, 3, 4) for _ in range(2))
    assert_agrees(student.momentum_update, momentum_step, one, again=other, what=PARTS)


@points(0.25)
@hint("What must be kept for the next step, and in what form? Try two steps by hand.")
def test_a_walk_of_several_steps(student, generator):
    """From no memory; defaults as written."""
    slopes = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    start = dict.fromkeys(PARTS, torch.zeros(6, dtype=torch.float64))
    start["the weights"] = slopes[0]
    assert_walk(student.momentum_update, momentum_step, start, lambda t, w, v: (w, slopes[t], v, 0.2))


@points(0.25)
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
        assert_parts(student.momentum_update(*values), momentum_step(*values), PARTS)
