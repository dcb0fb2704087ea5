"""The gradient along the memory (grade cell `memory_gradients_code`, 3 points).

Source: S3 p. 89 (CEC); S4 "LSTM".
"""

import torch

from autograder.checking import assert_agrees, assert_close, assert_tensor, hint, points
from reference.gated import cell_gradient


def _gates(generator, T, H, dtype=torch.float64):
    drawn = torch.rand(T, H, generator=generator, dtype=torch.float64)
    return (0.1 + 0.8 * drawn).to(dtype)


@points(1.2)
@hint("Which gates stand between c_t and c_T? Is the gate of step t one of them?")
def test_products_of_later_gates(student, generator):
    """Six steps, four cells; by position and by name; the argument stays; no call knows of another."""
    assert_agrees(
        student.memory_gradients,
        cell_gradient,
        {"forget": _gates(generator, 6, 4)},
        again={"forget": _gates(generator, 6, 4)},
        what="the derivatives",
    )


@points(0.6)
@hint("What is the derivative of c_T by itself, and by c_(T-1)?")
def test_last_rows(student, generator):
    """The last row is 1, the one before it the last gate."""
    forget = _gates(generator, 5, 3)
    came = assert_tensor(student.memory_gradients(forget), (5, 3), what="the derivatives")
    assert_close(came[-1], torch.ones(3), what="the last row")
    assert_close(came[-2], forget[-1], what="the row before the last")


@points(0.6)
@hint("What passes a gate that is 0, and what do the steps after it know of it? Can you divide by it?")
def test_gates_of_zero_and_one(student):
    """Zeros first, in the middle and last; ones all over."""
    forget = torch.tensor(
        [[0.0, 0.5, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0], [0.5, 0.25, 0.0, 1.0]], dtype=torch.float64
    )
    assert_close(student.memory_gradients(forget), cell_gradient(forget), what="the derivatives")


@points(0.6)
@hint("Try a single step, a single cell, and single precision.")
def test_small_sizes_and_both_precisions(student, generator):
    """T = 1, H = 1, as many steps as cells; a hundred steps."""
    for T, H in ((1, 3), (1, 1), (2, 1), (3, 3), (100, 1)):
        for dtype in (torch.float64, torch.float32):
            forget = (0.7 + 0.3 * _gates(generator, T, H)).to(dtype)
            came = student.memory_gradients(forget)
            assert_close(came, cell_gradient(forget), what="the derivatives")
