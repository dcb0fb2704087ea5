"""Read-out weights over the hidden space (grade cell `xor_read_out_weights`, 2 points).

Source: S0. Three equations have one solution.
"""

import torch

from autograder.checking import assert_close, hint, points
from reference.multilayer_perceptron import XOR_POINTS, xor_by_relu

TARGETS = (0.0, 1.0, 1.0, 0.0)


@points(2)
@hint("Write one equation for each row of the table of exercise 4, beginning with the row of zeros.")
def test_targets_are_met(student):
    """The three numbers that solve the equations."""
    h = xor_by_relu(torch.tensor(XOR_POINTS, dtype=torch.float64)).hidden
    equations = torch.cat([h, torch.ones(4, 1, dtype=torch.float64)], dim=1)
    solution = torch.linalg.lstsq(equations, torch.tensor(TARGETS, dtype=torch.float64)[:, None])
    assert_close(student["xor_read_out"], solution.solution[:, 0], what="xor_read_out")
