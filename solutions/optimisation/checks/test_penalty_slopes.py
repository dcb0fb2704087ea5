"""Slopes of the penalties (grade cell `penalty_slopes`, 2 points)."""

import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    kinds,
    points,
    unpack,
    ways_to_call,
)
from reference.regularisation import l1_gradient, l2_gradient


def _drawn(generator, *shape):
    return torch.randn(shape, generator=generator, dtype=torch.float64) + 0.1


def _l1(came):
    return unpack(came, 2, "the result of penalty_gradients")[0]


def _l2(came):
    return unpack(came, 2, "the result of penalty_gradients")[1]


@points(0.5)
@hint("How steep is the absolute value of w above zero, and below? Does it matter how large w is?")
def test_slope_of_the_first_penalty(student, generator):
    """Fractional, negative and equal weights, of several shapes."""
    for shape in ((1,), (3, 4), (2, 1, 3)):
        for kind, w in kinds(shape, generator).items():
            if kind not in ("zero", "whole"):  # a whole one may be zero
                came = _l1(student.penalty_gradients(w, 0.6, 5))
                assert_close(came, l1_gradient(w, 0.6, 5), what=f"the slope of P1 at {kind} weights")


@points(0.5)
@hint("Differentiate one term of the sum: what becomes of the square, and of the 2 below?")
def test_slope_of_the_second_penalty(student, generator):
    """Fractional, whole, negative, equal and zero weights, of several shapes."""
    for shape in ((0,), (1,), (3, 4), (2, 1, 3)):
        for kind, w in kinds(shape, generator).items():
            came = _l2(student.penalty_gradients(w, 0.6, 5))
            assert_close(came, l2_gradient(w, 0.6, 5), what=f"the slope of P2 at {kind} weights")


@points(0.5)
@hint("What does the text say of a weight that is exactly zero?")
def test_a_weight_of_zero_is_left_alone(student, generator):
    """Zeros among others, and zeros alone."""
    for w in (_drawn(generator, 4) * torch.tensor([1.0, 0.0, 1.0, 0.0]), torch.zeros(2, 3)):
        came = _l1(student.penalty_gradients(w, 2.0, 4))
        assert_close(came, l1_gradient(w, 2.0, 4), what="the slope of P1 where weights are zero")


@points(0.5)
@hint("The two slopes belong to these weights and this call alone; what is given stays as it is.")
def test_ways_to_call(student, generator):
    """By position and by name, with one example by default, twice; the weights stay."""
    w, other = _drawn(generator, 2, 3), _drawn(generator, 2, 3)
    for args, kwargs in ways_to_call({"w": w, "strength": 3.0, "examples": 7}):
        came = assert_unchanged(student.penalty_gradients, *args, **kwargs)
        assert_close(_l1(came), l1_gradient(w, 3.0, 7), what="the slope of P1")
        assert_close(_l2(came), l2_gradient(w, 3.0, 7), what="the slope of P2")
    for values, came in zip(
        (w, other), called_twice(student.penalty_gradients, (w, 0.3), (other, 0.3)), strict=True
    ):
        assert_close(_l1(came), l1_gradient(values, 0.3), what="the slope of P1 for one example")
        assert_close(_l2(came), l2_gradient(values, 0.3), what="the slope of P2 for one example")
