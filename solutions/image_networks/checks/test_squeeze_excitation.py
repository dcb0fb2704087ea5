"""Squeeze-and-excitation (grade cell `squeeze_excitation`, 3 points).

Source: S0; Hu et al. 2018.
"""

import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.image_networks import squeeze_excitation

NAMES = ("x", "w1", "b1", "w2", "b2")


def drawn(generator, B, C, R, height, width, dtype=torch.float64):
    """Draw maps and the small network."""
    shapes = ((B, C, height, width), (R, C), (R,), (C, R), (C,))
    return [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for shape in shapes]


def expected(*arguments):
    """Return the reference's maps."""
    return squeeze_excitation(*arguments)[0]


@points(1)
@hint("Let w1 and w2 be 0: what is s then, and with what is it multiplied?")
def test_excitation_by_the_biases(student, generator):
    """Weights of 0: the factor is σ(b2), whatever the image."""
    for B, C, R, height, width in ((1, 3, 2, 4, 5), (2, 1, 1, 1, 1), (3, 4, 2, 2, 6)):
        x, w1, b1, w2, b2 = drawn(generator, B, C, R, height, width)
        came = student.squeeze_and_excite(x, 0 * w1, b1, 0 * w2, 4 * b2)
        assert_close(came, expected(x, 0 * w1, b1, 0 * w2, 4 * b2), what="the maps when w1 = w2 = 0")


@points(1)
@hint("Which numbers enter the small network: how many, and over which places is each one a mean?")
def test_one_image(student, generator):
    """One image; not square; one map, one hidden unit; both precisions."""
    for C, R, height, width in ((3, 2, 4, 5), (4, 1, 2, 7), (1, 3, 3, 2), (2, 2, 1, 1)):
        arguments = drawn(generator, 1, C, R, height, width)
        came = student.squeeze_and_excite(*arguments)
        assert_close(came, expected(*arguments), what=f"the maps of one image with {C} channels")
    arguments = drawn(generator, 1, 4, 2, 3, 3, torch.float32)
    assert_close(student.squeeze_and_excite(*arguments), expected(*arguments), what="the maps")


@points(1)
@hint("Each image has an s of its own. And what you are given stays as it is.")
def test_batches(student, generator):
    """Batches of several sizes; every way to call; no change, no memory."""
    for B, C in ((2, 3), (3, 3), (4, 2)):
        arguments = drawn(generator, B, C, 2, 3, 2)
        for args, kwargs in ways_to_call(dict(zip(NAMES, arguments, strict=True))):
            came = student.squeeze_and_excite(*args, **kwargs)
            assert_close(came, expected(*arguments), what=f"the maps of a batch of {B}")
    first, second = (drawn(generator, 2, 3, 2, 2, 2) for _ in range(2))
    came = assert_unchanged(student.squeeze_and_excite, *first)
    assert_close(came, expected(*first), what="the maps")
    for came, call in zip(
        called_twice(student.squeeze_and_excite, first, second), (first, second), strict=True
    ):
        assert_close(came, expected(*call), what="the maps of one of two calls")
