"""Pooling, unpooling and flattening against torch and by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from reference.convolution import (
    avg_pool2d,
    avg_pool2d_as_convolution,
    avg_pool2d_backward,
    flatten,
    global_average_pool,
    max_pool2d,
    max_pool2d_backward,
    max_unpool2d,
)
from reference.errors import ConfigError, ShapeError

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}
SETTINGS = list(itertools.product((2, 3, (3, 2)), (None, 1, 2), (0, 1)))

LECTURE = torch.tensor([[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]).double()[None]


def test_the_unpooling_example_of_the_lecture():
    """Maxima 5, 6, 7, 8 are remembered; 1, 2, 3, 4 return to their places."""
    values, positions = max_pool2d(LECTURE, 2)
    assert values.tolist() == [[[5, 6], [7, 8]]]
    grown = max_unpool2d(torch.tensor([[[1.0, 2], [3, 4]]]), positions, 4, 4)
    assert grown.tolist() == [[[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]]


@pytest.mark.parametrize(("kernel", "stride", "padding"), SETTINGS)
def test_max_pooling_agrees_with_torch(randn: Draw, kernel, stride, padding):
    """Values, positions and gradient equal torch's."""
    x = randn(2, 3, 8, 7).requires_grad_()
    values, positions = max_pool2d(x, kernel, stride, padding)
    expected, indices = functional.max_pool2d(x, kernel, stride, padding, return_indices=True)
    torch.testing.assert_close(values, expected, rtol=0, atol=0)
    assert torch.equal(positions, indices)
    grad = randn(*values.shape)
    (slope,) = torch.autograd.grad(expected, x, grad)
    torch.testing.assert_close(max_pool2d_backward(grad, positions, 8, 7), slope, **TIGHT)
    (ours,) = torch.autograd.grad(values, x, grad)
    torch.testing.assert_close(ours, slope, **TIGHT)


@pytest.mark.parametrize(("kernel", "stride", "padding"), SETTINGS)
def test_average_pooling_agrees_with_torch(randn: Draw, kernel, stride, padding):
    """Values and gradient equal torch's."""
    x = randn(2, 3, 8, 7).requires_grad_()
    expected = functional.avg_pool2d(x, kernel, stride, padding)
    torch.testing.assert_close(avg_pool2d(x, kernel, stride, padding), expected, **TIGHT)
    grad = randn(*expected.shape)
    (slope,) = torch.autograd.grad(expected, x, grad)
    hand = avg_pool2d_backward(grad, 8, 7, kernel, stride, padding)
    torch.testing.assert_close(hand, slope, **TIGHT)


def test_average_pooling_is_a_strided_convolution(randn: Draw):
    """Weights of 1/n and a stride give the same."""
    x = randn(2, 3, 6, 8)
    torch.testing.assert_close(avg_pool2d_as_convolution(x, 2), avg_pool2d(x, 2), **TIGHT)


def test_unpooling_agrees_with_torch_and_pools_back(randn: Draw):
    """Unpooling equals torch's; pooling again gives positive values back."""
    x = randn(2, 3, 6, 8).abs()
    values, positions = max_pool2d(x, 2)
    grown = max_unpool2d(values, positions, 6, 8)
    torch.testing.assert_close(grown, functional.max_unpool2d(values, positions, 2))
    assert torch.equal(max_pool2d(grown, 2)[0], values)
    assert int((grown != 0).sum()) == values.numel()


def test_max_pooling_ignores_shifts_within_a_window():
    """A bright pixel moved inside its window changes nothing; across windows it does."""
    x = torch.zeros(1, 4, 4)
    x[0, 0, 0] = 1
    assert torch.equal(max_pool2d(x, 2)[0], max_pool2d(x.roll(1, -2), 2)[0])
    assert not torch.equal(max_pool2d(x, 2)[0], max_pool2d(x.roll(2, -2), 2)[0])


def test_flatten_and_global_average(randn: Draw):
    """Row by row, channel after channel; and one mean per channel."""
    x = randn(2, 3, 4, 5)
    assert torch.equal(flatten(x), x.reshape(2, 60))
    torch.testing.assert_close(
        global_average_pool(x), functional.adaptive_avg_pool2d(x, 1)[..., 0, 0], **TIGHT
    )


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Padding beyond half the kernel, positions of another shape, positions outside."""
    with pytest.raises(ConfigError, match="at most half"):
        max_pool2d(randn(1, 4, 4), 2, padding=2)
    with pytest.raises(ShapeError, match="positions has shape"):
        max_unpool2d(randn(1, 2, 2), torch.zeros(1, 2, 3, dtype=torch.int64), 4, 4)
    with pytest.raises(ShapeError, match="expected 0 to 15"):
        max_unpool2d(randn(1, 1, 1), torch.tensor([[[16]]]), 4, 4)


@pytest.mark.parametrize("padding", [0, 1])
def test_nothing_and_what_is_no_number_are_pooled_as_by_torch(padding: int):
    """-inf everywhere, not-a-numbers among numbers: values, positions and slopes are torch's."""
    inf, nan = torch.inf, torch.nan
    x = torch.tensor(
        [[-inf, -inf, 1, nan, 2, -inf], [-inf, -inf, nan, 3, nan, inf],
         [nan, 1, -inf, -inf, 0, 0], [2, nan, -inf, 5, -0.0, 0]], dtype=torch.float64,
    )[None]  # fmt: skip
    for image in (x, torch.full_like(x, -inf), torch.full_like(x, nan)):
        for kernel, stride in ((2, 2), (3, 1), ((2, 3), (1, 2))):
            ours, theirs = image.clone().requires_grad_(), image.clone().requires_grad_()
            values, where = max_pool2d(ours, kernel, stride, padding)
            expected, indices = functional.max_pool2d(
                theirs, kernel, stride, padding, return_indices=True
            )
            torch.testing.assert_close(values, expected, rtol=0, atol=0, equal_nan=True)
            assert torch.equal(where, indices)
            values.sum().backward()
            expected.sum().backward()
            torch.testing.assert_close(ours.grad, theirs.grad)
            max_unpool2d(values.detach(), where, 4, 6)
