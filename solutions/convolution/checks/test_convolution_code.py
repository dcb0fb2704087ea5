"""The convolution itself (grade cell `convolution_code`, 3 points).

Source: S4 (sharpening a 5×5 image, whose padded corner is 320).
"""

import torch

from autograder.checking import assert_close, assert_not_used, hint, points
from autograder.checking.ready_made import CONVOLUTION
from reference.convolution import conv2d

def image_and_kernel(generator, height, width, kernel):
    """Draw whole numbers, so that no rounding hides a wrong pixel."""
    image = torch.randint(-9, 10, (height, width), generator=generator).double()
    return image, torch.randint(-5, 6, kernel, generator=generator).double()


def convolved(image, weights, stride=1, padding=0):
    """Return what the reference makes of one grey image and one filter."""
    return conv2d(image[None, None], weights[None, None], None, stride, padding)[0, 0]


@points(1)
@hint(
    "Lay the filter on the image as it is, without turning it, and let it stop at every pixel where "
    "it lies wholly inside."
)
def test_filter_is_laid_on_as_it_is(student, generator):
    """Stride 1 without padding; image and filter are not square, the filter not symmetric."""
    assert_not_used(student, "convolve", CONVOLUTION)
    for height, width, kernel in ((6, 9, (3, 2)), (8, 5, (1, 4)), (4, 4, (4, 4))):
        image, weights = image_and_kernel(generator, height, width, kernel)
        came = student.convolve(image, weights)
        assert_close(came, convolved(image, weights), what=f"the output for {kernel}")


@points(1)
@hint("Lay zeros around the image on all four sides before the filter starts, and keep the image.")
def test_padding_is_zeros_on_all_sides(student, generator):
    """Padding from one to three, on images that are not square."""
    assert_not_used(student, "convolve", CONVOLUTION)
    for padding in (1, 2, 3):
        image, weights = image_and_kernel(generator, 5, 8, (3, 3))
        expected = convolved(image, weights, padding=padding)
        came = student.convolve(image, weights, padding=padding)
        assert_close(came, expected, what=f"the output with padding {padding}")


@points(1)
@hint("With a stride the patch for output (i, j) starts at row i · stride, column j · stride.")
def test_stride_skips_places(student, generator):
    """Strides that leave a rest, with and without padding."""
    assert_not_used(student, "convolve", CONVOLUTION)
    for stride, padding in ((2, 0), (2, 1), (3, 2)):
        image, weights = image_and_kernel(generator, 9, 12, (3, 2))
        expected = convolved(image, weights, stride, padding)
        came = student.convolve(image, weights, stride=stride, padding=padding)
        assert_close(came, expected, what=f"the output with stride {stride}, padding {padding}")
