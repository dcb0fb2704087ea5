"""One step of a GRU (grade cell `gru_step_code`, 3 points).

Source: S1; S4 "GRU". Cho et al., 2014: the reset acts before the matrix.
"""

import torch

from autograder.checking import assert_agrees, assert_close, assert_walk, hint, points
from reference.gated import gru_step


def _unit(generator, B, D, H, dtype=torch.float64):
    shapes = {"x_t": (B, D), "h_prev": (B, H), "W": (3 * H, D), "U": (3 * H, H), "b": (3 * H,)}
    return {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)
        for name, shape in shapes.items()
    }


@points(0.6)
@hint("With a state of zeros only z and n are left. How does z mix them?")
def test_state_of_zeros(student, generator):
    """h_prev = 0: what the update gate takes of the candidate."""
    unit = _unit(generator, 3, 2, 4)
    unit["h_prev"] = torch.zeros(3, 4, dtype=torch.float64)
    assert_close(student.gru_step(**unit), gru_step(**unit), what="h_t")


@points(1.2)
@hint("Take two units: what does r multiply, and is that before or after U_n mixes the units?")
def test_new_state(student, generator):
    """Three sizes that differ, by position and by name; the arguments stay; no call knows of another."""
    assert_agrees(
        student.gru_step,
        gru_step,
        _unit(generator, 4, 3, 5),
        again=_unit(generator, 4, 3, 5),
        what="h_t",
    )


@points(0.6)
@hint("What is h_t when z is 0, and what when z is 1? And when r is 0?")
def test_gates_at_their_ends(student, generator):
    """Biases of -1000 and 1000 make r and z as good as ideal, in all four ways."""
    for r, z in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        unit = _unit(generator, 2, 3, 2)
        unit["b"][:2], unit["b"][2:4] = 1000 * r, 1000 * z
        assert_close(student.gru_step(**unit), gru_step(**unit), what="h_t")


@points(0.6)
@hint("Try a batch of one, one unit, single precision, and several steps in a row.")
def test_small_sizes_and_several_steps(student, generator):
    """One of everything, both precisions; four steps from what came back."""
    for sizes in ((1, 3, 2), (3, 1, 1), (1, 1, 1)):
        for dtype in (torch.float64, torch.float32):
            unit = _unit(generator, *sizes, dtype)
            assert_close(student.gru_step(**unit), gru_step(**unit), what="h_t")
    unit = _unit(generator, 3, 2, 4)
    W, U, b = (unit[name] for name in "WUb")
    inputs = torch.randn(5, 3, 2, generator=generator, dtype=torch.float64)

    def ours(*arguments):
        return (gru_step(*arguments),)

    def theirs(*arguments):
        return (student.gru_step(*arguments),)

    assert_walk(theirs, ours, {"h_t": unit["h_prev"]}, lambda t, h: (inputs[t], h, W, U, b), steps=4)
