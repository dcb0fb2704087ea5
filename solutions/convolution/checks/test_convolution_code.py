"""The convolution itself (grade cell `convolution_code`, 3 points).

Source: S4 (sharpening a 5×5 image, whose padded corner is 320).
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
from reference.convolution import conv2d

WHY = "slide the filter yourself; the exercise's text says what is allowed"


def image_and_kernel(generator, height, width, kernel):
    """Draw fractions of both signs: no rounding of ours or theirs may hide a wrong pixel."""
    image = 9 * torch.randn(height, width, generator=generator, dtype=torch.float64)
    return image, 5 * torch.randn(*kernel, generator=generator, dtype=torch.float64)


def convolved(image, weights, stride=1, padding=0):
    """Return what the reference makes of one grey image and one filter."""
    return conv2d(image[None, None], weights[None, None], None, stride, padding)[0, 0]


@points(1)
@hint("Which pixel lies under the filter's first weight at the first stop, and which under its last?")
def test_filter_is_laid_on_as_it_is(student, generator):
    """Stride 1 without padding; nothing is square or symmetric; the dtype is the image's."""
    assert_not_used(student, "convolve", CONVOLUTION, why=WHY)
    sizes = ((6, 9, (3, 2)), (8, 5, (1, 4)), (4, 4, (4, 4)), (3, 5, (1, 1)), (1, 4, (1, 2)))
    for dtype in (torch.float64, torch.float32):
        for height, width, kernel in sizes:
            image, weights = image_and_kernel(generator, height, width, kernel)
            image, weights = image.to(dtype), weights.to(dtype)
            what = f"the output for a filter of {kernel}"
            came = student.convolve(image, weights)
            assert_close(came, convolved(image, weights), dtype=dtype, what=what)
    first, second = (image_and_kernel(generator, 5, 4, (2, 3)) for _ in range(2))
    for came, pair in zip(called_twice(student.convolve, first, second), (first, second), strict=True):
        assert_close(came, convolved(*pair), what="the output of one of two calls")


@points(1)
@hint("Where are the zeros: on which sides of the image, how many, and whose pixels do they replace?")
def test_padding_is_zeros_on_all_sides(student, generator):
    """Padding from one to three, also around an image smaller than the filter; the image stays."""
    assert_not_used(student, "convolve", CONVOLUTION, why=WHY)
    for padding, height, width in ((1, 5, 8), (2, 5, 8), (3, 5, 8), (1, 1, 4), (2, 2, 1)):
        image, weights = image_and_kernel(generator, height, width, (3, 3))
        expected = convolved(image, weights, padding=padding)
        came = assert_unchanged(student.convolve, image, weights, padding=padding)
        assert_close(came, expected, what=f"the output with padding {padding}")
        assert_unchanged(student.convolve, image, weights, 2, padding)


@points(1)
@hint("With a stride, at which row and column of the image does the patch for output (i, j) start?")
def test_stride_skips_places(student, generator):
    """Strides that leave a rest, also larger than the filter, with and without padding."""
    assert_not_used(student, "convolve", CONVOLUTION, why=WHY)
    for stride, padding in ((2, 0), (2, 1), (3, 2), (5, 0)):
        image, weights = image_and_kernel(generator, 9, 12, (3, 2))
        expected = convolved(image, weights, stride, padding)
        what = f"the output with stride {stride}, padding {padding}"
        settings = {"image": image, "kernel": weights, "stride": stride, "padding": padding}
        for args, kwargs in ways_to_call(settings):
            assert_close(student.convolve(*args, **kwargs), expected, what=what)
