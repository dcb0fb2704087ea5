"""A residual block (grade cell `residual`, 3 points).

Source: S0, S4, ResNet. The reference's block is given the same filters; its batch normalisation is
switched to doing nothing.
"""

import torch
from torch import nn

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    ways_to_call,
)
from reference.image_networks import ResidualBlock


def drawn(generator, B, C, out, height, width, dtype=torch.float64):
    """Draw maps and the three filters."""
    shapes = ((B, C, height, width), (out, C, 3, 3), (out, out, 3, 3), (out, C, 1, 1))
    return [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for shape in shapes]


def expected(x, w1, w2, w_skip=None):
    """Return what the reference's block makes of it."""
    block = ResidualBlock(x.shape[1], len(w1)).to(x.dtype).eval()
    if w_skip is not None and len(block.skip) == 0:  # a short-cut where the shape would not need it
        block.skip = nn.Sequential(nn.Conv2d(x.shape[1], len(w1), 1, bias=False, dtype=x.dtype))
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0
    with torch.no_grad():
        block.path[0].weight.copy_(w1)
        block.path[3].weight.copy_(w2)
        if w_skip is not None:
            block.skip[0].weight.copy_(w_skip)
        return block(x)


@points(1)
@hint("Set all filters to 0 in your mind. What must come out where x is positive, and where negative?")
def test_short_cut(student, generator):
    """Filters of zeros: ReLU of x, and of w_skip * x."""
    x, w1, w2, w_skip = drawn(generator, 2, 3, 3, 4, 5)
    came = student.residual_block(x, 0 * w1, 0 * w2)
    assert_close(came, x.relu(), what="the output of filters that are all 0")
    came = student.residual_block(x, w1, 0 * w2, w_skip)
    assert_close(came, expected(x, w1, 0 * w2, w_skip), what="the output with w2 = 0 and w_skip")


@points(1)
@hint("Follow one map: what is done before the second filter, what behind it, and in which order?")
def test_block(student, generator):
    """Maps that are not square, one pixel, one example; both precisions."""
    for B, C, height, width in ((2, 3, 5, 4), (1, 1, 1, 1), (1, 4, 2, 7), (3, 2, 3, 3)):
        x, w1, w2, _ = drawn(generator, B, C, C, height, width)
        came = student.residual_block(x, w1, w2)
        assert_close(came, expected(x, w1, w2), what=f"the output for maps {tuple(x.shape)}")
    x, w1, w2, _ = drawn(generator, 2, 2, 2, 4, 4, torch.float32)
    assert_close(student.residual_block(x, w1, w2), expected(x, w1, w2), what="the output")


@points(1)
@hint("With w_skip the short-cut is convolved, too. And what you are given stays as it is.")
def test_short_cut_with_a_filter(student, generator):
    """More maps, fewer, and as many; every way to call; no change, no memory."""
    for C, out in ((2, 4), (3, 1), (2, 2)):
        arguments = drawn(generator, 2, C, out, 4, 3)
        names = ("x", "w1", "w2", "w_skip")
        for args, kwargs in ways_to_call(dict(zip(names, arguments, strict=True))):
            came = student.residual_block(*args, **kwargs)
            assert_close(came, expected(*arguments), what=f"the output from {C} maps to {out}")
    first, second = (drawn(generator, 1, 2, 3, 3, 3) for _ in range(2))
    assert_close(
        assert_unchanged(student.residual_block, *first), expected(*first), what="the output"
    )
    for came, call in zip(
        called_twice(student.residual_block, first, second), (first, second), strict=True
    ):
        assert_close(came, expected(*call), what="the output of one of two calls")
