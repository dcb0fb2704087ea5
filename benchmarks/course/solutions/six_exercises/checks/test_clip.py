"""Gradient clipping by norm (grade cell `clip`, 2 points)."""

import torch

from autograder.checking import assert_close, points


@points(1)
def test_above(student, generator):
    gradient = torch.randn(7, 5, generator=generator) * 10
    assert_close(student.clip_gradient(gradient, 1.0), gradient / gradient.norm())


@points(1)
def test_below(student, generator):
    gradient = torch.randn(7, 5, generator=generator) * 0.01
    assert_close(student.clip_gradient(gradient, 5.0), gradient)
