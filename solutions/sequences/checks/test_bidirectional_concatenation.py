"""Both directions in code (grade cell `bidirectional_concatenation`, 3 points)."""

import numpy as np
import torch

from autograder.checking import (
    assert_close,
    assert_tensor,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.bidirectional import concatenate_directions


_NAMES = ("x", "W_f", "U_f", "W_b", "U_b")


def _network(rng, T, D, H_f, H_b):
    shapes = ((T, D), (H_f, D), (H_f, H_f), (H_b, D), (H_b, H_b))
    return [rng.normal(size=shape) * 0.7 for shape in shapes]


def _run(x, W, U):
    h, states = torch.zeros(len(W), dtype=torch.float64), []
    for x_t in x:
        h = torch.tanh(W @ x_t + U @ h)
        states.append(h)
    return torch.stack(states)


def _expected(network):
    x, W_f, U_f, W_b, U_b = (torch.from_numpy(array.copy()) for array in network)
    return concatenate_directions(_run(x, W_f, U_f), _run(x.flip(0), W_b, U_b)).numpy()


@points(1.2)
@hint("Which step does row 0 of each half belong to? Print both halves for a short sequence.")
def test_features_belong_to_their_time_step(student, rng):
    """Row t is about step t, however the function is called; no call knows of another."""
    network = _network(rng, T=6, D=3, H_f=4, H_b=4)
    for args, kwargs in ways_to_call(dict(zip(_NAMES, network, strict=True))):
        came = assert_unchanged(student.bidirectional, *args, **kwargs)
        assert_close(came, _expected(network), what="the features")
    other = _network(rng, T=6, D=3, H_f=4, H_b=4)
    both = called_twice(student.bidirectional, network, other)
    for came, of in zip(both, (network, other), strict=True):
        assert_close(came, _expected(of), what="the features of one of two calls")


@points(0.6)
@hint("Which half comes first, and which axis grows when they are joined?")
def test_directions_of_different_size(student, rng):
    """The two directions have different numbers of units."""
    network = _network(rng, T=5, D=2, H_f=2, H_b=5)
    assert_close(student.bidirectional(*network), _expected(network), what="the features")


@points(0.6)
@hint("Which inputs can the backward state of the last step know of?")
def test_the_last_step_has_no_future(student, rng):
    """The backward half of the last step comes from the last input alone."""
    network = _network(rng, T=4, D=2, H_f=3, H_b=3)
    features = assert_tensor(student.bidirectional(*network), (4, 6), what="the features")
    alone = np.tanh(network[3] @ network[0][-1])
    assert_close(features[-1, 3:], alone, what="the backward half of the last step")


@points(0.6)
@hint("A sequence of one step is its own past and future.")
def test_one_step(student, rng):
    """T = 1, with several units and with one."""
    for units in (2, 1):
        network = _network(rng, T=1, D=3, H_f=units, H_b=2)
        assert_close(student.bidirectional(*network), _expected(network), what="the features")
