"""One step of an LSTM with peepholes (grade cell `peephole_step_code`, 3 points).

Source: S3 2-4 "Peephole connection". Gers and Schmidhuber, 2000: a gate sees its own cell only.
"""

import torch

from autograder.checking import (
    assert_agrees,
    assert_close,
    assert_parts,
    assert_walk,
    hint,
    points,
    unpack,
)
from reference.gated import peephole_step

_PARTS = ("h_t", "c_t")


def _cell(generator, B, D, H, dtype=torch.float64):
    shapes = {
        "x_t": (B, D), "h_prev": (B, H), "c_prev": (B, H),
        "W": (4 * H, D), "U": (4 * H, H), "b": (4 * H,), "P": (3, H),
    }  # fmt: skip
    return {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)
        for name, shape in shapes.items()
    }


@points(1)
@hint("Which two gates decide about the new memory, and what do they see of which cell, at which moment?")
def test_memory(student, generator):
    """The second result, c_t, with sizes that differ, and with as many cells as rows of P."""
    for sizes in ((4, 2, 5), (2, 5, 3)):
        cell = _cell(generator, *sizes)
        came = unpack(student.peephole_step(**cell), 2, "the result of peephole_step")
        assert_close(came[1], peephole_step(**cell)[1], what="c_t")


@points(1.2)
@hint("The memory changes in the middle of the step. Which of its two values does the output gate look at?")
def test_output_and_memory(student, generator):
    """Both results, by position and by name; the arguments stay; no call knows of another."""
    assert_agrees(
        student.peephole_step,
        peephole_step,
        _cell(generator, 4, 3, 5),
        again=_cell(generator, 4, 3, 5),
        what=_PARTS,
    )


@points(0.4)
@hint("Give your function back what it returned, several times: does everything that the next step needs go on?")
def test_several_steps(student, generator):
    """Four steps, each from what the one before returned."""
    cell = _cell(generator, 3, 2, 4)
    W, U, b, P = (cell[name] for name in "WUbP")
    inputs = torch.randn(5, 3, 2, generator=generator, dtype=torch.float64)
    start = {"h_t": cell["h_prev"], "c_t": cell["c_prev"]}
    assert_walk(
        student.peephole_step, peephole_step, start, lambda t, h, c: (inputs[t], h, c, W, U, b, P), steps=4
    )


@points(0.4)
@hint("Try a batch of one, one cell, single precision, and a memory or a peephole of 0.")
def test_small_sizes_and_zeros(student, generator):
    """One of everything, both precisions; without peepholes, and with an empty memory."""
    for sizes in ((1, 3, 2), (3, 1, 1), (1, 1, 1)):
        for dtype in (torch.float64, torch.float32):
            cell = _cell(generator, *sizes, dtype)
            assert_parts(student.peephole_step(**cell), peephole_step(**cell), _PARTS)
    cell = _cell(generator, 2, 3, 4)
    for name in ("P", "c_prev"):
        shut = {**cell, name: torch.zeros_like(cell[name])}
        assert_parts(student.peephole_step(**shut), peephole_step(**shut), _PARTS)
