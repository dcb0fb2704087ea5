"""All gradients of the tanh network (grade cell `tanh_full_gradient`, 4 points).

Source: S0 "BPTT" (targets at every step and at the last), S3 p. 54, whose dh_t/dh_(t-1) = U lacks
the slope of tanh.
"""

import torch

from autograder.checking import (
    AUTOGRAD,
    GRADIENT,
    assert_close,
    assert_not_used,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)
from reference.recurrent import Parameters, bptt_every_step, bptt_last_step

WHY = "automatic differentiation is what you rebuild here"
NAMES = ("dE/dW", "dE/dU", "dE/dV")


def _network(generator, T, B, D, H, K):
    shapes = {"x": (T, B, D), "target": (T, B, K), "W": (H, D), "U": (H, H), "V": (K, H)}
    return {
        name: 0.7 * torch.randn(*shape, generator=generator, dtype=torch.float64)
        for name, shape in shapes.items()
    }


def _judge(came, network, *, last_only=False, names=NAMES):
    """Compare those of the three gradients that are named."""
    x, target, W, U, V = (network[name] for name in ("x", "target", "W", "U", "V"))
    weights = Parameters(W, U, V, W.new_zeros(len(W)), V.new_zeros(len(V)))
    if last_only:
        right = bptt_last_step(x, target[-1], weights)
    else:
        right = bptt_every_step(x, target, weights)
    parts = unpack(came, 3, "the result of tanh_bptt")
    for name, mine, expected in zip(NAMES, parts, (right.W, right.U, right.V), strict=True):
        if name in names:
            assert_close(mine, expected, tolerance=GRADIENT, what=name)


@points(0.8)
@hint("Which numbers does a weight of V connect, at which steps, and for which sequences of the batch?")
def test_output_weights(student, generator):
    """dE/dV, targets at every step."""
    assert_not_used(student, "tanh_bptt_answer", AUTOGRAD, why=WHY)
    for sizes in ((5, 3, 2, 4, 2), (3, 1, 1, 2, 1)):
        network = _network(generator, *sizes)
        _judge(student.tanh_bptt(**network), network, names=("dE/dV",))


@points(0.8)
@hint("From h_t to a_t: by what must the error be multiplied, and is it added up over the batch?")
def test_one_step(student, generator):
    """T = 1: no way back in time, only through tanh; single precision, too."""
    assert_not_used(student, "tanh_bptt_answer", AUTOGRAD, why=WHY)
    for B in (1, 4):
        network = _network(generator, T=1, B=B, D=2, H=3, K=2)
        for last_only in (False, True):
            for dtype in (torch.float64, torch.float32):
                typed = {name: tensor.to(dtype) for name, tensor in network.items()}
                came = student.tanh_bptt(**typed, last_only=last_only)
                _judge(came, typed, last_only=last_only)


@points(1.6)
@hint("Take T = 2 and one unit, and follow the error of the second step: what does it meet on its way back?")
def test_targets_at_every_step(student, generator):
    """Five sizes that are all different, by position and by name; no call knows of another."""
    assert_not_used(student, "tanh_bptt_answer", AUTOGRAD, why=WHY)
    network = _network(generator, T=6, B=4, D=3, H=5, K=2)
    for args, kwargs in ways_to_call({**network, "last_only": False}):
        _judge(assert_unchanged(student.tanh_bptt, *args, **kwargs), network)
    other = _network(generator, T=6, B=4, D=3, H=5, K=2)
    both = called_twice(student.tanh_bptt, [*network.values()], [*other.values()])
    for came, of in zip(both, (network, other), strict=True):
        _judge(came, of)


@points(0.8)
@hint("At which step does an error enter, and to which steps does it travel from there?")
def test_target_at_the_last_step(student, generator):
    """The earlier rows of the target do not count; the error still travels back to the first step."""
    assert_not_used(student, "tanh_bptt_answer", AUTOGRAD, why=WHY)
    for sizes in ((5, 3, 2, 4, 2), (2, 1, 1, 1, 1)):
        network = _network(generator, *sizes)
        for args, kwargs in ways_to_call({**network, "last_only": True}):
            came = assert_unchanged(student.tanh_bptt, *args, **kwargs)
            _judge(came, network, last_only=True)
