"""One step of an LSTM (grade cell `lstm_step_code`, 4 points).

Source: S1; S3 section 2; S4 "LSTM Summary".
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
from reference.gated import lstm_step

_PARTS = ("h_t", "c_t")


def _cell(generator, B, D, H, dtype=torch.float64):
    shapes = {
        "x_t": (B, D), "h_prev": (B, H), "c_prev": (B, H),
        "W": (4 * H, D), "U": (4 * H, H), "b": (4 * H,),
    }  # fmt: skip
    return {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)
        for name, shape in shapes.items()
    }


@points(1.2)
@hint("Which three gates or values does the new memory need, and which rows of W, U and b are theirs?")
def test_memory(student, generator):
    """The second result, c_t, with three sizes that differ."""
    for sizes in ((4, 3, 5), (2, 5, 2)):
        cell = _cell(generator, *sizes)
        came = unpack(student.lstm_step(**cell), 2, "the result of lstm_step")
        assert_close(came[1], lstm_step(**cell)[1], what="c_t")


@points(1.2)
@hint("Which memory does the output gate show: the old or the new one, and how is it squashed?")
def test_output_and_memory(student, generator):
    """Both results, by position and by name; the arguments stay; no call knows of another."""
    assert_agrees(
        student.lstm_step,
        lstm_step,
        _cell(generator, 4, 3, 5),
        again=_cell(generator, 4, 3, 5),
        what=_PARTS,
    )


@points(0.8)
@hint("Give your function back what it returned: does the memory go on, or only the output?")
def test_several_steps(student, generator):
    """Four steps, each from what the one before returned."""
    cell = _cell(generator, 3, 2, 4)
    W, U, b = (cell[name] for name in "WUb")
    inputs = torch.randn(5, 3, 2, generator=generator, dtype=torch.float64)
    start = {"h_t": cell["h_prev"], "c_t": cell["c_prev"]}
    assert_walk(
        student.lstm_step, lstm_step, start, lambda t, h, c: (inputs[t], h, c, W, U, b), steps=4
    )


@points(0.8)
@hint("Try a batch of one, one cell, single precision, and arguments of the sigmoid of 1000 and -1000.")
def test_small_sizes_and_large_arguments(student, generator):
    """One of everything; both precisions; gates that are as good as ideal."""
    for sizes in ((1, 3, 2), (3, 1, 1), (1, 1, 1)):
        for dtype in (torch.float64, torch.float32):
            cell = _cell(generator, *sizes, dtype)
            assert_parts(student.lstm_step(**cell), lstm_step(**cell), _PARTS)
    cell = _cell(generator, 2, 2, 2)
    signs = torch.tensor([1.0, -1, 1, -1, 1, -1, 1, -1], dtype=torch.float64)
    for b in (1000 * signs, -1000 * signs):
        assert_parts(student.lstm_step(**{**cell, "b": b}), lstm_step(**{**cell, "b": b}), _PARTS)
