"""Batch normalisation, backward (grade cell `batch_norm_slopes`, 4 points).

Source: S4; Ioffe and Szegedy 2015. Each slope is judged alone: who has one of them wrong keeps the others.
"""

import torch

from autograder.checking import (
    AUTOGRAD,
    GRADIENT,
    assert_close,
    assert_not_used,
    assert_tensor,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)
from reference.normalisation import batch_norm, batch_norm_backward

WHY = "automatic differentiation is what you rebuild here"


def _arguments(generator, B, C, epsilon=0.3, dtype=torch.float64):
    g, x = torch.randn(2, B, C, generator=generator, dtype=torch.float64).to(dtype)
    gamma = torch.randn(C, generator=generator, dtype=torch.float64).to(dtype)
    return {"g": g, "x": 2 * x + 1, "gamma": gamma, "epsilon": epsilon}


def _expected(g, x, gamma, epsilon=1e-5):
    right = batch_norm_backward(g, batch_norm(x, gamma, torch.zeros_like(gamma), epsilon)[1])
    return right.x, right.gamma, right.beta


def _judge(came, arguments, part):
    what = ("the slope by x", "the slope by gamma", "the slope by beta")[part]
    mine = unpack(came, 3, "the result of batch_norm_slopes")[part]
    assert_close(mine, _expected(**arguments)[part], tolerance=GRADIENT, what=what)


@points(0.5)
@hint("beta is added to each entry of its feature: which slopes meet there?")
def test_slope_by_beta(student, generator):
    """Sums over the batch; also for a batch of one feature."""
    assert_not_used(student, "slopes_answer", AUTOGRAD, why=WHY)
    for B, C in ((5, 3), (2, 4), (6, 1)):
        arguments = _arguments(generator, B, C)
        _judge(student.batch_norm_slopes(**arguments), arguments, 2)


@points(1)
@hint("What multiplies gamma in the forward pass? Mind epsilon there.")
def test_slope_by_gamma(student, generator):
    """Sums over the batch of the slope times what gamma multiplies."""
    assert_not_used(student, "slopes_answer", AUTOGRAD, why=WHY)
    for B, C in ((5, 3), (2, 4), (6, 1)):
        arguments = _arguments(generator, B, C)
        _judge(student.batch_norm_slopes(**arguments), arguments, 1)


@points(1.75)
@hint("Follow the small example: which part of g goes through the mean, and which through the variance?")
def test_slope_by_x(student, generator):
    """Through x itself, through the mean and through the variance; several sizes."""
    assert_not_used(student, "slopes_answer", AUTOGRAD, why=WHY)
    for B, C in ((5, 3), (2, 4), (6, 1)):
        arguments = _arguments(generator, B, C)
        _judge(student.batch_norm_slopes(**arguments), arguments, 0)


@points(0.75)
@hint("Each call stands for itself, by position and by name, in single precision too; epsilon has a default.")
def test_ways_to_call(student, generator):
    """Every way to call; arguments stay; no call knows of another; the epsilon by default.

    What is left out is compared with the student's own slopes, so that a wrong one is lost once only.
    """
    assert_not_used(student, "slopes_answer", AUTOGRAD, why=WHY)
    arguments, other = (_arguments(generator, 4, 3) for _ in range(2))
    for args, kwargs in ways_to_call(arguments):
        _judge(assert_unchanged(student.batch_norm_slopes, *args, **kwargs), arguments, 2)
    called_twice(student.batch_norm_slopes, [*arguments.values()], [*other.values()])
    single = _arguments(generator, 4, 3, dtype=torch.float32)
    del single["epsilon"]
    _judge(student.batch_norm_slopes(**single), single, 2)
    near = _arguments(generator, 4, 3, epsilon=1e-5)
    near["x"] *= 3e-3  # a variance like epsilon's
    given = unpack(student.batch_norm_slopes(**near), 3, "the result of batch_norm_slopes")
    del near["epsilon"]
    left_out = unpack(student.batch_norm_slopes(**near), 3, "the result of batch_norm_slopes")
    for mine, other, what in zip(left_out, given, ("x", "gamma", "beta"), strict=True):
        expected = assert_tensor(other, what=f"the slope by {what}")
        what = f"the slope by {what} where epsilon is left out, beside the one for 1e-5,"
        assert_close(mine, expected, tolerance=GRADIENT, what=what)
