"""Max and average pooling (grade cell `pooling_code`, 4 points).

Source: S0, S4.
"""

import torch

from autograder.checking import (
    assert_close,
    assert_not_used,
    assert_raises,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.convolution import avg_pool2d, max_pool2d

POOLING = (
    "torch.*max_pool*",
    "torch.*avg_pool*",
    "torch.nn.functional.*pool*",
    "torch.nn.*MaxPool*",
    "torch.nn.*AvgPool*",
    "torch.ops.aten.*pool*",
    "torch.ops.*pool*",
)
WHY = "slide the window yourself; the exercise's text says what is allowed"
SIZES = ((4, 4, 2), (6, 9, 3), (5, 7, 2), (1, 4, 1), (3, 3, 3), (2, 8, 2))


def drawn(generator, height, width):
    """Draw a map with numbers of both signs."""
    return 3 * torch.randn(height, width, generator=generator, dtype=torch.float64)


def pooled(image, window, stride, kind):
    """Return what the reference makes of one map."""
    if kind == "max":
        return max_pool2d(image[None], window, stride)[0][0]
    return avg_pool2d(image[None], window, stride)[0]


def compare(student, image, window, stride, kind):
    """Call with the settings, and compare."""
    assert_not_used(student, "pool_answer", POOLING, why=WHY)
    what = f"the {kind} of windows of {window}, stride {stride}, on {tuple(image.shape)}"
    came = student.pool_map(image, window, stride, kind)
    assert_close(came, pooled(image, window, stride, kind), what=what)


@points(1)
@hint("Take one window with negative numbers only. Which of them is the largest?")
def test_maximum(student, generator):
    """Windows side by side, with a rest at the edge, of one pixel, and the whole map; all negative."""
    for height, width, window in SIZES:
        compare(student, drawn(generator, height, width), window, window, "max")
    negative = -1 - torch.rand(4, 6, generator=generator, dtype=torch.float64)
    compare(student, negative, 2, 2, "max")
    compare(student, torch.zeros(4, 4, dtype=torch.float64), 2, 2, "max")
    compare(student, drawn(generator, 4, 6).float(), 2, 2, "max")


@points(1)
@hint("By how many numbers is the sum of one window divided?")
def test_average(student, generator):
    """The same sizes."""
    for height, width, window in SIZES:
        compare(student, drawn(generator, height, width), window, window, "average")
    compare(student, drawn(generator, 4, 6).float(), 2, 2, "average")


@points(1)
@hint("At which row and column does the window for output (i, j) begin, and where is the last one?")
def test_stride(student, generator):
    """Windows that overlap, and windows with gaps between them; a rest at the edge."""
    for height, width, window, stride in ((5, 7, 3, 2), (6, 6, 3, 1), (7, 9, 2, 3), (4, 5, 2, 9)):
        compare(student, drawn(generator, height, width).abs(), window, stride, "max")
    compare(student, drawn(generator, 5, 8), 1, 2, "average")


@points(1)
@hint("Try every way to call: by position and name, without stride, without kind, with another word.")
def test_calls(student, generator):
    """Defaults, names, a refused word; the map stays, and nothing is kept."""
    assert_not_used(student, "pool_answer", POOLING, why=WHY)
    image, other = drawn(generator, 6, 4).abs(), drawn(generator, 6, 4).abs()
    settings = {"image": image, "window": 3, "stride": 1, "kind": "max"}
    for args, kwargs in ways_to_call(settings):
        came = assert_unchanged(student.pool_map, *args, **kwargs)
        assert_close(came, pooled(image, 3, 1, "max"), what="the maximum of windows of 3")
    for window in (2, 3, 1):
        came = assert_unchanged(student.pool_map, image, window)
        what = f"the output for windows of {window} without stride and kind"
        assert_close(came, pooled(image, window, window, "max"), what=what)
        assert_unchanged(student.pool_map, image, window, kind="average")
    came = student.pool_map(image, 1, kind="average")
    assert_close(came, image, what="the average of windows of one pixel")
    for came, one in zip(
        called_twice(student.pool_map, (image, 2), (other, 2)), (image, other), strict=True
    ):
        assert_close(came, pooled(one, 2, 2, "max"), what="the output of one of two calls")
    for word in ("mean", "min", ""):
        what = f"the call with kind={word!r}"
        assert_raises(ValueError, student.pool_map, image, 2, kind=word, what=what)
