"""Gradient clipping by norm (grade cell `gradient_clipping`, 3 points)."""

import torch

from autograder.checking import assert_close, hint, points
from reference.recurrent import clip_gradient


@points(1)
@hint("Multiply the whole gradient by threshold / norm.")
def test_a_long_gradient_gets_the_length_of_the_threshold(student, generator):
    for threshold in (0.5, 2.0):
        gradient = torch.randn(7, 5, generator=generator) * 10
        assert_close(student.clip_gradient(gradient, threshold), clip_gradient(gradient, threshold))


@points(1)
@hint("A gradient that is short enough must come back as it is.")
def test_a_short_gradient_is_left_alone(student, generator):
    gradient = torch.randn(6, generator=generator)
    threshold = float(gradient.norm()) * 1.5
    assert_close(student.clip_gradient(gradient, threshold), gradient)


@points(0.5)
@hint("The norm is that of all entries together, whatever the shape.")
def test_any_shape_has_one_norm(student, generator):
    gradient = torch.randn(2, 3, 4, generator=generator) + 1
    assert_close(student.clip_gradient(gradient, 1.0), clip_gradient(gradient, 1.0))


@points(0.5)
@hint("A zero gradient is short: dividing by its norm gives nan.")
def test_a_zero_gradient_stays_zero(student):
    assert_close(student.clip_gradient(torch.zeros(4), 1.0), torch.zeros(4))
