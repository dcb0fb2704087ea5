"""Several bidirectional layers (grade cell `deep_bidirectional_features`, 3 points).

Source: S4 "Deep-Bidirectional RNN".
"""

import numpy as np
import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.bidirectional import concatenate_directions
from reference.recurrent import rnn_forward


def _layers(rng, D, *units):
    """Layers of (H_f, H_b) units each, from below, above D inputs."""
    layers = []
    for H_f, H_b in units:
        shapes = ((H_f, D), (H_f, H_f), (H_b, D), (H_b, H_b))
        layers.append(tuple(rng.normal(size=shape) * 0.7 for shape in shapes))
        D = H_f + H_b
    return layers


def _direction(x, W, U):
    zeros = torch.zeros(len(W), dtype=torch.float64)
    return rnn_forward(x, zeros, W, U, zeros)


def _expected(x, layers):
    h = torch.from_numpy(np.array(x))
    for layer in layers:
        W_f, U_f, W_b, U_b = (torch.from_numpy(np.array(weight)) for weight in layer)
        h = concatenate_directions(_direction(h, W_f, U_f), _direction(h.flip(0), W_b, U_b))
    return h


def _judge(student, x, layers):
    came = student.deep_bidirectional(x, layers)
    assert_close(came, _expected(x, layers), what="the features")


@points(1.2)
@hint("Print the shape of what the second layer reads. Which halves, in which order of time?")
def test_two_layers(student, rng):
    """By position and by name; the arguments stay; no call knows of another."""
    x, layers = rng.normal(size=(6, 3)), _layers(rng, 3, (4, 4), (2, 2))
    for args, kwargs in ways_to_call({"x": x, "layers": layers}):
        came = assert_unchanged(student.deep_bidirectional, *args, **kwargs)
        assert_close(came, _expected(x, layers), what="the features")
    other = (rng.normal(size=(6, 3)), _layers(rng, 3, (4, 4), (2, 2)))
    one, two = called_twice(student.deep_bidirectional, (x, layers), other)
    assert_close(one, _expected(x, layers), what="the features of the first call")
    assert_close(two, _expected(*other), what="the features of the second call")


@points(0.8)
@hint("Three layers: is every one of them used, once, the lowest first?")
def test_layers_of_different_sizes(student, rng):
    """Directions and layers differ in size; all layers of one size, too."""
    for units in (((2, 5), (3, 1), (1, 4)), ((1, 1), (1, 1), (1, 1))):
        _judge(student, rng.normal(size=(5, 2)), _layers(rng, 2, *units))


@points(0.5)
@hint("What are the features when there is no layer at all, and what when there is one?")
def test_no_layer_and_one(student, rng):
    """An empty list; a single layer."""
    x = rng.normal(size=(4, 3))
    _judge(student, x, [])
    _judge(student, x, _layers(rng, 3, (2, 3)))


@points(0.5)
@hint("A sequence of one step is its own past and future, in every layer.")
def test_one_step(student, rng):
    """T = 1, with several units and with one."""
    for units in (((3, 2), (2, 3)), ((1, 1), (1, 1))):
        _judge(student, rng.normal(size=(1, 2)), _layers(rng, 2, *units))
