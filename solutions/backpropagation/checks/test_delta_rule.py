"""Gradients of a network with one hidden layer (grade cell `delta_rule`, 4 points).

Source: S2, S4. The expected gradients are autograd's, in float64, on fresh sizes and numbers.
"""

import torch

from autograder.checking import (
    AUTOGRAD,
    assert_close,
    assert_not_used,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)

WHY = "automatic differentiation is what you rebuild here"
SINGLE = (1, 3, 4, 1)
BATCHES = ((5, 2, 3, 2), (8, 4, 6, 3), (2, 1, 1, 1))
NAMES = ("X", "T", "W1", "W2")


def network(generator, sizes):
    """Draw the arguments for a network of these sizes."""
    B, D, H, K = sizes
    shapes = ((B, D), (B, K), (H, D), (K, H))
    return [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]


def expected_of(X, T, W1, W2):
    """Return autograd's gradients."""
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    error = (torch.sigmoid(X @ W1.T) @ W2.T - T).square().sum() / 2
    return torch.autograd.grad(error, (W1, W2))


def both(came):
    """Return the two gradients that came."""
    return unpack(came, 2, "what network_gradients returns")


def answers(student, generator, sizes):
    """Return the student's gradients and the expected ones for a network of these sizes."""
    assert_not_used(student, "network_gradients", AUTOGRAD, why=WHY)
    arguments = network(generator, sizes)
    came = assert_unchanged(student.network_gradients, *arguments)
    return both(came), expected_of(*arguments)


@points(1)
@hint("Which two numbers does the weight from h_j to y_k connect, and what happens with the batch?")
def test_output_weights(student, generator):
    """dE/dW2 for a single example and for batches, by position and by name."""
    for sizes in (SINGLE, *BATCHES):
        (_, came), (_, expected) = answers(student, generator, sizes)
        assert_close(came, expected, what=f"dE/dW2 for a batch of {sizes[0]}")
    arguments = network(generator, BATCHES[0])
    for args, kwargs in ways_to_call(dict(zip(NAMES, arguments, strict=True))):
        _, came = both(student.network_gradients(*args, **kwargs))
        assert_close(came, expected_of(*arguments)[1], what="dE/dW2")


@points(1)
@hint("What does the error pass on its way from the output back to a hidden unit's input?")
def test_hidden_weights_for_one_example(student, generator):
    """dE/dW1 for a single example."""
    (came, _), (expected, _) = answers(student, generator, SINGLE)
    assert_close(came, expected, what="dE/dW1 for one example")


@points(2)
@hint("The error is the sum over the batch. What is then its gradient?")
def test_hidden_weights_for_a_batch(student, generator):
    """dE/dW1 for batches and several outputs; no call knows of another."""
    for sizes in BATCHES:
        (came, _), (expected, _) = answers(student, generator, sizes)
        assert_close(came, expected, what=f"dE/dW1 for a batch of {sizes[0]}")
    first, second = (network(generator, BATCHES[0]) for _ in range(2))
    calls = called_twice(student.network_gradients, first, second)
    for came, arguments in zip(calls, (first, second), strict=True):
        assert_close(both(came)[0], expected_of(*arguments)[0], what="dE/dW1 of one of two calls")
