"""The forward pass with tanh (grade cell `tanh_forward_pass`, 3 points).

Source: S0 "forward calculation of the RNN"; S3 "Formula"; S4 "RNN Basics: Forward Path".
"""

import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)
from reference.recurrent import read_out, rnn_forward


def _network(generator, T, B, D, H, K):
    shapes = {"x": (T, B, D), "W": (H, D), "U": (H, H), "V": (K, H), "h_0": (B, H)}
    return {
        name: 0.7 * torch.randn(*shape, generator=generator, dtype=torch.float64)
        for name, shape in shapes.items()
    }


def _judge(came, network, dtype=None):
    x, W, U, V = (network[name] for name in ("x", "W", "U", "V"))
    h_0 = network.get("h_0", x.new_zeros(x.shape[1], len(W)))
    h = rnn_forward(x, h_0, W, U, x.new_zeros(len(W)))
    states, outputs = unpack(came, 2, "the result of tanh_forward")
    assert_close(states, h, what="the states", dtype=dtype)
    assert_close(outputs, read_out(h, V, x.new_zeros(len(V))), what="the outputs", dtype=dtype)


def _without_h_0(network):
    return {name: tensor for name, tensor in network.items() if name != "h_0"}


@points(1.2)
@hint("Follow two steps by hand: which state enters the next step, and what is read off each state?")
def test_states_and_outputs(student, generator):
    """Five sizes that are all different, zeros before the first step; no call knows of another."""
    network = _without_h_0(_network(generator, T=6, B=4, D=3, H=5, K=2))
    _judge(assert_unchanged(student.tanh_forward, *network.values()), network)
    other = _without_h_0(_network(generator, T=6, B=4, D=3, H=5, K=2))
    both = called_twice(student.tanh_forward, [*network.values()], [*other.values()])
    for came, of in zip(both, (network, other), strict=True):
        _judge(came, of)


@points(0.6)
@hint("Where does the state before the first input enter?")
def test_state_before_the_first_step(student, generator):
    """Given by position and by name."""
    network = _network(generator, T=3, B=2, D=4, H=3, K=2)
    for args, kwargs in ways_to_call(network):
        _judge(assert_unchanged(student.tanh_forward, *args, **kwargs), network)


@points(0.6)
@hint("Try one step, a batch of one, one unit, and inputs in single and in double precision.")
def test_small_sizes_and_both_precisions(student, generator):
    """T = 1, B = 1, one of everything; the results have the dtype of x."""
    for T, B, D, H, K in ((1, 3, 2, 4, 2), (4, 1, 2, 3, 1), (1, 1, 1, 1, 1)):
        drawn = _without_h_0(_network(generator, T, B, D, H, K))
        for dtype in (torch.float64, torch.float32):
            network = {name: tensor.to(dtype) for name, tensor in drawn.items()}
            _judge(student.tanh_forward(**network), network, dtype)


@points(0.6)
@hint("What does your tanh give for 1000 and for -1000?")
def test_large_inputs(student):
    """A thousand, of both signs: tanh is as good as 1 there, and no overflow."""
    x = torch.tensor([1000.0, -1000.0, 0.25], dtype=torch.float64).reshape(3, 1, 1)
    one = torch.ones(1, 1, dtype=torch.float64)
    network = {"x": x, "W": one, "U": one / 2, "V": 3 * one}
    _judge(student.tanh_forward(**network), network)
