"""Back-propagation through time, the missing line (grade cell `bptt_fill_in`, 3 points)."""

import torch

from autograder.checking import (
    GRADIENT,
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)


def _network(generator, T, B, D, H, K, scale=0.5):
    shapes = {"x": (T, B, D), "target": (T, B, K), "W": (H, D), "U": (H, H), "V": (K, H)}
    return {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64) * scale
        for name, shape in shapes.items()
    }


def _autograd(x, target, W, U, V):
    """Gradients of the same network by torch's autograd."""
    weights = [weight.clone().requires_grad_() for weight in (W, U, V)]
    h, error = torch.zeros(x.shape[1], W.shape[0], dtype=x.dtype), 0
    for x_t, target_t in zip(x, target, strict=True):
        h = x_t @ weights[0].T + h @ weights[1].T
        error = error + ((h @ weights[2].T - target_t) ** 2).sum() / 2
    return torch.autograd.grad(error, weights)


def _judge(came, network):
    parts = unpack(came, 3, "the result of bptt")
    names = ("dE/dW", "dE/dU", "dE/dV")
    for name, mine, expected in zip(names, parts, _autograd(*network.values()), strict=True):
        assert_close(mine, expected, tolerance=GRADIENT, what=name)


def _compare(student, network):
    _judge(assert_unchanged(student.bptt, *network.values()), network)


@points(1.2)
@hint("On which side of delta do the weights stand that its columns are summed with? Mind the shapes.")
def test_gradients_equal_autograd(student, generator):
    """Five sizes that are all different, by position and by name; no call knows of another."""
    network = _network(generator, T=6, B=4, D=3, H=5, K=2)
    for args, kwargs in ways_to_call(network):
        _judge(student.bptt(*args, **kwargs), network)
    other = _network(generator, T=6, B=4, D=3, H=5, K=2)
    both = called_twice(student.bptt, [*network.values()], [*other.values()])
    for came, of in zip(both, (network, other), strict=True):
        _judge(came, of)


@points(0.6)
@hint("When U is not symmetric, U and its transpose give different gradients.")
def test_recurrent_weights_that_are_not_symmetric(student, generator):
    """A U whose transpose would lead the other way."""
    network = _network(generator, T=4, B=2, D=2, H=3, K=1)
    network["U"] = torch.triu(torch.ones(3, 3, dtype=torch.float64), diagonal=1)
    _compare(student, network)


@points(0.6)
@hint("What can still reach an earlier step when U = 0?")
def test_nothing_flows_back_through_zero_weights(student, generator):
    """With U = 0 only the direct path of each step is left."""
    network = _network(generator, T=5, B=2, D=2, H=3, K=2)
    network["U"] = torch.zeros(3, 3, dtype=torch.float64)
    _compare(student, network)


@points(0.6)
@hint("How many steps back are there from step t? Try sequences of other lengths than the example's.")
def test_long_sequences(student, generator):
    """Fifteen steps, and one alone; a batch of one; single precision."""
    _compare(student, _network(generator, T=15, B=1, D=1, H=4, K=1, scale=0.4))
    for dtype in (torch.float64, torch.float32):
        network = _network(generator, T=1, B=1, D=2, H=3, K=2)
        _compare(student, {name: tensor.to(dtype) for name, tensor in network.items()})
