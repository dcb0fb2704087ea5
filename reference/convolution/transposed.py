"""Transposed convolution: growing a feature map with learned filters.

Guarantees:

- agreement with torch's `conv_transpose2d` to 1e-9 in float64, forward and gradients;
- it is the adjoint of `conv2d` with the same weight: ``<conv(x), y> = <x, conv_T(y)>``;
- the second way, zeros between the pixels and then an ordinary convolution, gives the same.

Does not: undo a convolution; it only has the shapes of the inverse.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from reference.convolution.convolution import Conv2dConfig, conv2d
from reference.convolution.geometry import Pair, pair, transposed_output_size
from reference.convolution.windows import fold
from reference.errors import require, require_config
from reference.examples import normal
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["ConvTranspose2d", "conv_transpose2d", "conv_transpose2d_by_zeros", "insert_zeros"]


def conv_transpose2d(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """Stamp the filter into the output once per input pixel; stamps that overlap add up.

    Equation: ``y_o,(hS + iD - P),(wS + jD - P) += sum_c x_chw w_coij``, then ``+ b_o``

    Args:
        images: (..., C, H, W).
        weight: (C, C_out, F_h, F_w); note the order, that of the convolution it transposes.
        bias: (C_out,) or None.
        stride: distance between stamps.
        padding: rows and columns cropped from each side of the result.
        output_padding: rows and columns added at the bottom and right, to choose among the
            sizes that the same convolution maps to one.
        dilation: distance between the pixels of a stamp.

    Returns: (..., C_out, H', W') with H' from `transposed_output_size`.

    Source: S4, convolutional autoencoder.
    """
    check_shape("weight", weight, "C", "C_out", "F_h", "F_w")
    check_shape("images", images, ..., weight.shape[0], "H", "W")
    kernel = (weight.shape[2], weight.shape[3])
    settings = zip(
        images.shape[-2:],
        kernel,
        pair(stride),
        pair(padding),
        pair(output_padding),
        pair(dilation),
        strict=True,
    )
    height, width = (transposed_output_size(*setting) for setting in settings)
    # stamp_ohwij = sum_c x_chw w_coij
    stamps = torch.einsum("...chw,coij->...ohwij", images, weight)
    result = fold(stamps, height, width, stride, padding, dilation)  # (..., C_out, H', W')
    return result if bias is None else result + bias[:, None, None]


def insert_zeros(images: Tensor, stride: Pair) -> Tensor:
    """Put stride - 1 zeros between neighbouring pixels, (..., H, W) to (..., S(H-1)+1, S(W-1)+1).

    >>> insert_zeros(torch.ones(2, 2), 2)
    tensor([[1., 0., 1.],
            [0., 0., 0.],
            [1., 0., 1.]])
    """
    (sh, sw), (H, W) = pair(stride), images.shape[-2:]
    spread = images.new_zeros(*images.shape[:-2], sh * (H - 1) + 1, sw * (W - 1) + 1)
    spread[..., ::sh, ::sw] = images
    return spread


def conv_transpose2d_by_zeros(
    images: Tensor, weight: Tensor, stride: Pair = 1, padding: int = 0
) -> Tensor:
    """The same as an ordinary convolution over a spread and padded image.

    Equation: ``conv_T(x, w, S, P) = conv(zeros between x, turned w, stride 1, padding F - 1 - P)``

    Source: S4's caution: padding 0 of a transposed convolution means F - 1 zeros around.

    Deviation: S4 counts the stride of the spreading from 0; here stride 1 spreads nothing.
    """
    kernel = weight.shape[-1]
    require(weight.shape[-2] == kernel, "this way of computing it is written for square kernels")
    require(padding <= kernel - 1, f"padding is {padding}, expected at most {kernel - 1}")
    # turn each filter by 180 degrees and swap its channels: (C_out, C, F, F)
    turned = weight.flip(-2, -1).transpose(0, 1)
    return conv2d(insert_zeros(images, stride), turned, padding=kernel - 1 - padding)


class ConvTranspose2d(nn.Module):
    """A learned upsampling around `conv_transpose2d`.

    Parameters: weight (C_in, C_out, F_h, F_w), bias (C_out,).
    """

    def __init__(
        self,
        config: Conv2dConfig,
        output_padding: Pair = 0,
        generator: Generator | None = None,
    ) -> None:
        require_config(config, Conv2dConfig)
        super().__init__()
        self.config = config
        self.output_padding = output_padding
        shape = (config.in_channels, config.out_channels, *pair(config.kernel))
        bound = 1 / math.sqrt(config.out_channels * math.prod(pair(config.kernel)))
        self.weight = uniform(*shape, bound=bound, generator=generator)
        self.bias = zeros(config.out_channels) if config.bias else None

    def forward(self, images: Tensor) -> Tensor:
        """Map (..., C_in, H, W) to (..., C_out, H', W')."""
        c = self.config
        return conv_transpose2d(
            images, self.weight, self.bias, c.stride, c.padding, self.output_padding, c.dilation
        )


SYSTEMS = (
    System(
        "conv_transpose2d",
        "S4",
        lambda g: ConvTranspose2d(Conv2dConfig(3, 2, 3, stride=2, padding=1), 1, g),
        (normal("B", 3, 6, 5),),
        parameters=2 * (3 * 9) + 2,
        wrong=(normal("B", 4, 6, 5),),
    ),
)
