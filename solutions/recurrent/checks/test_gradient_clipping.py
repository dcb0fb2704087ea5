"""Gradient clipping by norm (grade cell `gradient_clipping`, 3 points)."""

import torch

from autograder.checking import (
    around,
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.recurrent import clip_gradient

SHAPES = ((1,), (), (2, 1), (2, 3, 4))


def _of_length(generator, length, *shape):
    """A gradient of that length whose entries are fractional and of both signs."""
    drawn = torch.randn(*shape, generator=generator, dtype=torch.float64)
    return drawn * (length / drawn.norm())


@points(1)
@hint("Which length must the result have, and in which direction must it point?")
def test_a_long_gradient_gets_the_length_of_the_threshold(student, generator):
    """Far above the threshold and just above it, by position and by name; the argument stays."""
    for threshold in (0.5, 2.0):
        gradient = torch.randn(7, 5, generator=generator) * 10
        for args, kwargs in ways_to_call({"gradient": gradient, "threshold": threshold}):
            came = assert_unchanged(student.clip_gradient, *args, **kwargs)
            assert_close(came, clip_gradient(gradient, threshold), what="the clipped gradient")
        _, at, above = around(threshold)
        just_longer = _of_length(generator, above, 4, 3)
        came = assert_unchanged(student.clip_gradient, just_longer, at)
        assert_close(came, clip_gradient(just_longer, at), what="a gradient just too long, clipped,")
    first, second = (torch.randn(3, 3, generator=generator) * 5 for _ in range(2))
    one, two = called_twice(student.clip_gradient, (first, 1.0), (second, 1.0))
    assert_close(one, clip_gradient(first, 1.0), what="the first of two clipped gradients")
    assert_close(two, clip_gradient(second, 1.0), what="the second of two clipped gradients")


@points(1)
@hint("What does the equation say for a gradient that is no longer than the threshold?")
def test_a_short_gradient_is_left_alone(student, generator):
    """Far below the threshold, just below it, and exactly at it."""
    gradient = torch.randn(6, generator=generator)
    lengths = (0.5, *around(1.0)[:2])
    for short in (gradient, *(_of_length(generator, length, 2, 5) for length in lengths)):
        threshold = float(short.norm()) * 1.5 if short is gradient else 1.0
        came = assert_unchanged(student.clip_gradient, short, threshold)
        assert_close(came, short, what="a gradient that is short enough")


@points(0.5)
@hint("The norm is that of all entries together, whatever the shape.")
def test_any_shape_has_one_norm(student, generator):
    """One entry, no axis, one column, three axes."""
    for shape in SHAPES:
        drawn = torch.randn(shape, generator=generator)
        gradient = drawn + 2 * drawn.sign()  # longer than the threshold in every draw
        what = f"the clipped gradient of shape {shape}"
        assert_close(student.clip_gradient(gradient, 1.0), clip_gradient(gradient, 1.0), what=what)


@points(0.5)
@hint("How long is a gradient of zeros, and what becomes of a division by that?")
def test_a_zero_gradient_stays_zero(student):
    """No direction, no length: nothing to do."""
    for zeros in (torch.zeros(4), torch.zeros(2, 2, dtype=torch.float64)):
        assert_close(student.clip_gradient(zeros, 1.0), zeros, what="the clipped gradient of zeros")
