"""Transposed convolution against torch, its adjoint, and the way by inserted zeros."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from reference.convolution import (
    Conv2dConfig,
    ConvTranspose2d,
    conv2d,
    conv_transpose2d,
    conv_transpose2d_by_zeros,
)
from reference.errors import ConfigError, ShapeError

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


@pytest.mark.parametrize(
    ("stride", "padding", "extra", "dilation"),
    [(1, 0, 0, 1), (2, 1, 0, 1), (2, 1, 1, 1), ((2, 3), (0, 1), (1, 2), 1), (1, 1, 0, 2)],
)
def test_forward_and_every_gradient_agree_with_torch(randn: Draw, stride, padding, extra, dilation):
    """Output and gradients equal torch's in float64."""
    leaves = [randn(2, 3, 4, 5), randn(3, 2, 3, 2), randn(2)]
    ours = [leaf.clone().requires_grad_() for leaf in leaves]
    theirs = [leaf.clone().requires_grad_() for leaf in leaves]
    y = conv_transpose2d(*ours, stride, padding, extra, dilation)
    expected = functional.conv_transpose2d(
        *theirs, stride, padding, extra, groups=1, dilation=dilation
    )
    torch.testing.assert_close(y, expected, **TIGHT)
    grad = randn(*y.shape)
    y.backward(grad)
    expected.backward(grad)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad, **TIGHT)


@pytest.mark.parametrize(("stride", "padding"), list(itertools.product((1, 2), (0, 1))))
def test_it_is_the_adjoint_of_convolution(randn: Draw, stride, padding):
    """<conv(x), y> = <x, conv_T(y)> with one weight."""
    x, weight = randn(2, 3, 7, 7), randn(4, 3, 3, 3)
    forward = conv2d(x, weight, None, stride, padding)
    y = randn(*forward.shape)
    back = conv_transpose2d(y, weight, None, stride, padding)
    torch.testing.assert_close((forward * y).sum(), (x * back).sum(), **TIGHT)


@pytest.mark.parametrize(("stride", "padding"), list(itertools.product((1, 2, 3), (0, 1, 2))))
def test_inserted_zeros_give_the_same(randn: Draw, stride, padding):
    """Spreading, padding F - 1 - P and convolving is the other way to compute it."""
    x, weight = randn(2, 3, 4, 4), randn(3, 2, 3, 3)
    torch.testing.assert_close(
        conv_transpose2d_by_zeros(x, weight, stride, padding),
        conv_transpose2d(x, weight, None, stride, padding),
        **TIGHT,
    )


def test_module_agrees_with_torch_layer_with_copied_weights(randn: Draw):
    """The same state dict runs in torch's own ConvTranspose2d."""
    ours = ConvTranspose2d(Conv2dConfig(3, 4, 3, stride=2, padding=1), output_padding=1).double()
    theirs = torch.nn.ConvTranspose2d(3, 4, 3, 2, 1, output_padding=1).double()
    theirs.load_state_dict(ours.state_dict())
    x = randn(2, 3, 5, 4)
    torch.testing.assert_close(ours(x), theirs(x), **TIGHT)


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Channels in the wrong order, too much output padding, too much cropping."""
    with pytest.raises(ShapeError, match="images has shape"):
        conv_transpose2d(randn(1, 3, 4, 4), randn(2, 3, 3, 3))
    with pytest.raises(ConfigError, match="output_padding is 2"):
        conv_transpose2d(randn(1, 3, 4, 4), randn(3, 2, 3, 3), None, 2, 0, 2)
    with pytest.raises(ConfigError, match="crops the whole output"):
        conv_transpose2d(randn(1, 3, 1, 1), randn(3, 2, 2, 2), None, 1, 1)
    with pytest.raises(ConfigError, match="padding is 3"):
        conv_transpose2d_by_zeros(randn(1, 3, 4, 4), randn(3, 2, 3, 3), 1, 3)
