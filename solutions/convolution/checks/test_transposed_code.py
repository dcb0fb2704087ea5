"""Transposed convolution (grade cell `transposed_code`, 3 points).

Source: S4.
"""

import torch

from autograder.checking import (
    CONVOLUTION,
    assert_close,
    assert_not_used,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.convolution import conv_transpose2d

WHY = "lay the stamps yourself; the exercise's text says what is allowed"


def drawn(generator, height, width, kernel, dtype=torch.float64):
    """Draw an image and a filter of fractions of both signs."""
    image = torch.randn(height, width, generator=generator, dtype=torch.float64)
    return image.to(dtype), torch.randn(*kernel, generator=generator, dtype=torch.float64).to(dtype)


def stamped(image, kernel, stride=1):
    """Return what the reference makes of one map and one filter."""
    return conv_transpose2d(image[None], kernel[None, None], None, stride)[0]


def compare(student, image, kernel, stride):
    """Call, and compare."""
    assert_not_used(student, "transposed_answer", CONVOLUTION, why=WHY)
    what = f"the output for {tuple(image.shape)}, filter {tuple(kernel.shape)}, stride {stride}"
    assert_close(
        student.transposed_convolve(image, kernel, stride), stamped(image, kernel, stride), what=what
    )


@points(1)
@hint("With stride 1 stamps overlap. What becomes of a place that several of them touch?")
def test_stamps_add_up(student, generator):
    """Stride 1; nothing square or symmetric; filters of one pixel and larger than the image."""
    for height, width, kernel in ((3, 4, (2, 3)), (2, 2, (3, 1)), (4, 1, (1, 2)), (2, 3, (4, 5))):
        compare(student, *drawn(generator, height, width, kernel), 1)
    compare(student, *drawn(generator, 1, 1, (3, 2)), 1)
    compare(student, *drawn(generator, 3, 3, (2, 2), torch.float32), 1)


@points(1)
@hint("Where does the stamp of pixel (i, j) begin, and what lies between stamps that do not touch?")
def test_stride_parts_the_stamps(student, generator):
    """Strides with overlap, without, and with gaps."""
    for stride in (2, 3, 5):
        for height, width, kernel in ((3, 4, (3, 3)), (2, 3, (2, 4)), (3, 1, (1, 1))):
            compare(student, *drawn(generator, height, width, kernel), stride)


@points(1)
@hint("By position, by name, without stride; and what you are given stays as it is.")
def test_calls(student, generator):
    """The default stride, names, no change and no memory."""
    assert_not_used(student, "transposed_answer", CONVOLUTION, why=WHY)
    first, second = drawn(generator, 2, 3, (2, 2)), drawn(generator, 2, 3, (2, 2))
    settings = {"image": first[0], "kernel": first[1], "stride": 2}
    for args, kwargs in ways_to_call(settings):
        came = assert_unchanged(student.transposed_convolve, *args, **kwargs)
        assert_close(came, stamped(*first, 2), what="the output with stride 2")
    came = assert_unchanged(student.transposed_convolve, *first)
    assert_close(came, stamped(*first), what="the output without stride")
    for came, one in zip(
        called_twice(student.transposed_convolve, first, second), (first, second), strict=True
    ):
        assert_close(came, stamped(*one), what="the output of one of two calls")
