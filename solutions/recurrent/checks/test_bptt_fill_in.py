"""Back-propagation through time, the missing line (grade cell `bptt_fill_in`, 3 points)."""

import torch

from autograder.checking import GRADIENT, assert_close, hint, points, unpack


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


def _compare(student, network, **which):
    came = unpack(student.bptt(*network.values()), 3, "the result of bptt")
    names = ("dE/dW", "dE/dU", "dE/dV")
    for name, mine, expected in zip(names, came, _autograd(*network.values()), strict=True):
        if which.get(name[-2:], True):
            assert_close(mine, expected, tolerance=GRADIENT, what=name)


@points(1.2)
@hint("h_s depends on h_(s-1) through U. delta is a row for each sequence, so U stands on its right.")
def test_gradients_equal_autograd(student, generator):
    _compare(student, _network(generator, T=6, B=4, D=3, H=5, K=2))


@points(0.6)
@hint("When U is not symmetric, U and its transpose give different gradients.")
def test_recurrent_weights_that_are_not_symmetric(student, generator):
    network = _network(generator, T=4, B=2, D=2, H=3, K=1)
    network["U"] = torch.triu(torch.ones(3, 3, dtype=torch.float64), diagonal=1)
    _compare(student, network)


@points(0.6)
@hint("With U = 0 the past cannot matter: only the direct path of each step is left.")
def test_nothing_flows_back_through_zero_weights(student, generator):
    network = _network(generator, T=5, B=2, D=2, H=3, K=2)
    network["U"] = torch.zeros(3, 3, dtype=torch.float64)
    _compare(student, network)


@points(0.6)
@hint("The number of steps back must follow from t, not from the example.")
def test_long_sequences(student, generator):
    _compare(student, _network(generator, T=15, B=1, D=1, H=4, K=1, scale=0.4))
