"""Convolution, forward and backward, against torch and against hand computation."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from reference.convolution import (
    Conv2d,
    Conv2dConfig,
    conv2d,
    conv2d_backward,
    conv2d_loops,
    fold,
    windows,
)
from reference.errors import ConfigError, ShapeError

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}  # float64 against another order of the same sums
SETTINGS = list(itertools.product((1, 2, (2, 1)), (0, 1, (1, 2)), (1, 2)))

LECTURE_IMAGE = torch.tensor(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
).double()
LECTURE_FILTER = torch.tensor([[1, 0, 1], [0, 1, 0], [1, 0, 1]]).double()
PADDED_IMAGE = torch.tensor(
    [
        [105, 102, 100, 97, 96],
        [103, 99, 103, 101, 102],
        [101, 98, 104, 102, 100],
        [99, 101, 106, 104, 99],
        [104, 104, 104, 100, 98],
    ]
).double()
SHARPEN = torch.tensor([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]).double()


def test_the_5x5_example_of_the_lecture():
    """The slide's first entry is 4; the whole map by hand."""
    expected = torch.tensor([[4.0, 3, 4], [2, 4, 3], [2, 3, 4]]).double()
    torch.testing.assert_close(conv2d_loops(LECTURE_IMAGE, LECTURE_FILTER), expected)


def test_the_padded_example_has_320_in_its_corner():
    """105·5 - 102 - 103 = 320."""
    assert conv2d_loops(PADDED_IMAGE, SHARPEN, padding=1)[0, 0] == 320
    assert conv2d(PADDED_IMAGE[None], SHARPEN[None, None], padding=1)[0, 0, 0] == 320


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_loops_and_windows_agree(randn: Draw, stride: int, padding: int):
    """Two independent computations give one map."""
    image, kernel = randn(7, 6), randn(3, 2)
    by_windows = conv2d(image[None], kernel[None, None], None, stride, padding)[0]
    torch.testing.assert_close(conv2d_loops(image, kernel, stride, padding), by_windows, **TIGHT)


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_forward_and_every_gradient_agree_with_torch(randn: Draw, stride, padding, dilation):
    """Output and gradients of images, weight and bias equal torch's layer in float64."""
    leaves = [randn(2, 3, 8, 7), randn(4, 3, 3, 2), randn(4)]
    ours = [leaf.clone().requires_grad_() for leaf in leaves]
    theirs = [leaf.clone().requires_grad_() for leaf in leaves]
    y = conv2d(*ours, stride, padding, dilation)
    expected = functional.conv2d(*theirs, stride, padding, dilation)
    torch.testing.assert_close(y, expected, **TIGHT)
    grad = randn(*y.shape)
    y.backward(grad)
    expected.backward(grad)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad, **TIGHT)


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_hand_written_backward_equals_autograd(randn: Draw, stride, padding, dilation):
    """`conv2d_backward` is the derivative of `conv2d`."""
    images = randn(2, 3, 8, 7).requires_grad_()
    weight, bias = randn(4, 3, 3, 2).requires_grad_(), randn(4).requires_grad_()
    y = conv2d(images, weight, bias, stride, padding, dilation)
    grad = randn(*y.shape)
    y.backward(grad)
    hand = conv2d_backward(grad, images.detach(), weight.detach(), stride, padding, dilation)
    torch.testing.assert_close(hand.images, images.grad, **TIGHT)
    torch.testing.assert_close(hand.weight, weight.grad, **TIGHT)
    torch.testing.assert_close(hand.bias, bias.grad, **TIGHT)


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_fold_is_the_adjoint_of_windows(randn: Draw, stride, padding, dilation):
    """<windows(x), y> = <x, fold(y)>."""
    x = randn(2, 3, 8, 7)
    cut = windows(x, (3, 2), stride, padding, dilation)
    y = randn(*cut.shape)
    left = (cut * y).sum()
    right = (x * fold(y, 8, 7, stride, padding, dilation)).sum()
    torch.testing.assert_close(left, right, **TIGHT)


def test_shifting_the_image_shifts_the_map(randn: Draw):
    """Translation equivariance away from the border."""
    image, weight = randn(1, 2, 9, 9), randn(3, 2, 3, 3)
    moved = image.roll((1, 2), dims=(-2, -1))
    plain, shifted = conv2d(image, weight), conv2d(moved, weight)
    torch.testing.assert_close(shifted[..., 1:, 2:], plain[..., :-1, :-2], **TIGHT)


def test_linear_in_images_and_in_weight(randn: Draw):
    """conv(ax + by) = a conv(x) + b conv(y), in both arguments."""
    x, y, w, v = randn(2, 6, 6), randn(2, 6, 6), randn(3, 2, 3, 3), randn(3, 2, 3, 3)
    torch.testing.assert_close(conv2d(2 * x - y, w), 2 * conv2d(x, w) - conv2d(y, w), **TIGHT)
    torch.testing.assert_close(conv2d(x, 2 * w - v), 2 * conv2d(x, w) - conv2d(x, v), **TIGHT)


def test_any_leading_shape(randn: Draw):
    """No batch, one axis or two: the same maps."""
    x, w = randn(2, 5, 3, 6, 6), randn(4, 3, 3, 3)
    y = conv2d(x, w)
    assert y.shape == (2, 5, 4, 4, 4)
    torch.testing.assert_close(conv2d(x[1, 2], w), y[1, 2], **TIGHT)


def test_module_agrees_with_torch_layer_with_copied_weights(randn: Draw):
    """The same state dict runs in torch's own Conv2d."""
    ours = Conv2d(Conv2dConfig(3, 4, 3, stride=2, padding=1, dilation=1)).double()
    theirs = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1).double()
    theirs.load_state_dict(ours.state_dict())
    x = randn(2, 3, 9, 8)
    torch.testing.assert_close(ours(x), theirs(x), **TIGHT)


def test_wrong_shapes_and_settings_are_clear_errors(randn: Draw):
    """Channels that do not match and kernels that do not fit say so."""
    with pytest.raises(ShapeError, match="images has shape"):
        conv2d(randn(2, 4, 6, 6), randn(4, 3, 3, 3))
    with pytest.raises(ShapeError, match="weight has shape"):
        conv2d(randn(2, 3, 6, 6), randn(3, 3, 3))
    with pytest.raises(ShapeError, match="grad has shape"):
        conv2d_backward(randn(2, 4, 6, 6), randn(2, 3, 6, 6), randn(4, 3, 3, 3))
    with pytest.raises(ConfigError, match="smaller kernel"):
        conv2d(randn(1, 1, 2, 2), randn(1, 1, 3, 3))
    for wrong in (
        {"kernel": 0},
        {"kernel": 3, "stride": 0},
        {"kernel": 3, "padding": -1},
        {"kernel": 3, "dilation": (1, 0)},
    ):
        with pytest.raises(ConfigError, match="expected at least"):
            Conv2dConfig(3, 4, **wrong)
