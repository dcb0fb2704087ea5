"""One step of Adam (grade cell `adam_step`, 2 points)."""

import torch

from autograder.checking import assert_agrees, assert_parts, assert_walk, hint, points
from reference.optimisers import adam_step

PARTS = ("the weights", "m", "v")


def _arguments(generator, *shape, dtype=torch.float64):
    """Arguments in the order of the signature, in the middle of a walk."""
    w, g, m, v = torch.randn(4, *shape, generator=generator, dtype=torch.float64).to(dtype)
    return {"w": w, "g": g, "m": m, "v": v**2, "t": 3, "eta": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 1e-9}


@points(1)
@hint("Work through the example by hand: which of the two means has which beta, and to which power?")
def test_one_step(student, generator):
    """In the middle of a walk, in every way to call; arguments stay; no call knows of another."""
    one, other = (_arguments(generator, 3, 4) for _ in range(2))
    assert_agrees(student.adam_update, adam_step, one, again=other, what=PARTS)


@points(0.5)
@hint("What is kept for the next step, the mean or the corrected mean? From which number does t count?")
def test_a_walk_of_several_steps(student, generator):
    """From no memory; defaults as written."""
    slopes = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    start = dict.fromkeys(PARTS, torch.zeros(6, dtype=torch.float64))
    start["the weights"] = slopes[0]
    assert_walk(student.adam_update, adam_step, start, lambda t, w, m, v: (w, slopes[t], m, v, t))


@points(0.5)
@hint("Each entry has its own means. What becomes of zero divided by zero?")
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
        assert_parts(student.adam_update(*values), adam_step(*values), PARTS)
