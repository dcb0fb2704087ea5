"""Gradients of a network with one hidden layer (grade cell `delta_rule`, 4 points).

Source: S2, S4. The expected gradients are autograd's, in float64, on fresh sizes and numbers.
"""

import torch

from autograder.checking import FLOAT64, assert_close, assert_not_used, hint, points, unpack
from autograder.checking.ready_made import AUTOGRAD

SINGLE = (1, 3, 4, 1)
BATCHES = ((5, 2, 3, 2), (8, 4, 6, 3))


def answers(student, generator, sizes):
    """Return the student's gradients and the expected ones for a network of these sizes."""
    assert_not_used(student, "network_gradients", AUTOGRAD)
    B, D, H, K = sizes
    draw = {"dtype": torch.float64, "generator": generator}
    X, T = torch.randn(B, D, **draw), torch.randn(B, K, **draw)
    W1, W2 = torch.randn(H, D, **draw), torch.randn(K, H, **draw)
    came = unpack(student.network_gradients(X, T, W1, W2), 2, "what network_gradients returns")
    W1, W2 = W1.requires_grad_(), W2.requires_grad_()
    error = (torch.sigmoid(X @ W1.T) @ W2.T - T).square().sum() / 2
    return came, torch.autograd.grad(error, (W1, W2))


@points(1)
@hint("Entry (k, j) is the sum over the batch of (y_k - t_k) · h_j: one matrix product.")
def test_output_weights(student, generator):
    """dE/dW2 for a single example and for batches."""
    for sizes in (SINGLE, *BATCHES):
        (_, came), (_, expected) = answers(student, generator, sizes)
        assert_close(came, expected, tolerance=FLOAT64, what=f"dE/dW2 for a batch of {sizes[0]}")


@points(1)
@hint(
    "Send Y - T back through W2, multiply by the slope h(1 - h) of each hidden unit, and only then "
    "combine it with the inputs."
)
def test_hidden_weights_for_one_example(student, generator):
    """dE/dW1 for a single example."""
    (came, _), (expected, _) = answers(student, generator, SINGLE)
    assert_close(came, expected, tolerance=FLOAT64, what="dE/dW1 for one example")


@points(2)
@hint("The error is the sum over the batch, so the gradient is the sum over the batch, too.")
def test_hidden_weights_for_a_batch(student, generator):
    """dE/dW1 for batches and several outputs."""
    for sizes in BATCHES:
        (came, _), (expected, _) = answers(student, generator, sizes)
        assert_close(came, expected, tolerance=FLOAT64, what=f"dE/dW1 for a batch of {sizes[0]}")
