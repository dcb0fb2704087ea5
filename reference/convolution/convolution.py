"""Convolution of images with learned filters: by loops, by windows, and its backward pass.

Guarantees:

- `conv2d` agrees with torch's own layer, forward and every gradient, float64, to 1e-9;
- `conv2d_backward` agrees with autograd to 1e-9;
- `conv2d_loops` says the same in four nested loops, slowly.

Does not: flip the kernel; like every deep-learning library it computes a cross-correlation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.convolution.geometry import Pair, output_size, pair
from reference.convolution.windows import fold, windows
from reference.errors import require, require_config
from reference.examples import normal
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "Conv2d",
    "Conv2dConfig",
    "ConvolutionGradients",
    "conv2d",
    "conv2d_backward",
    "conv2d_loops",
]


def conv2d_loops(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """Slide one kernel over one grey image, as one does it by hand.

    Equation: ``y_hw = sum_ij k_ij x_(hS+i-P),(wS+j-P)``, with x = 0 outside the image

    Args:
        image: (H, W).
        kernel: (F_h, F_w).
        stride: step of the window.
        padding: zeros around the image.

    Returns: (H', W').

    Source: S4, CNN basics; S0.

    >>> conv2d_loops(torch.ones(3, 3), torch.ones(2, 2))
    tensor([[4., 4.],
            [4., 4.]])
    """
    check_shape("image", image, "H", "W")
    check_shape("kernel", kernel, "F_h", "F_w")
    H, W = image.shape
    rows = output_size(H, kernel.shape[0], stride, padding)
    columns = output_size(W, kernel.shape[1], stride, padding)
    result = image.new_zeros(rows, columns)
    for h in range(rows):
        for w in range(columns):
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    y, x = h * stride + i - padding, w * stride + j - padding
                    if 0 <= y < H and 0 <= x < W:
                        # y_hw = sum_ij k_ij x_(hS+i-P),(wS+j-P)
                        result[h, w] += kernel[i, j] * image[y, x]
    return result


def conv2d(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """Convolve images of several channels with a bank of filters.

    Equation: ``y_ohw = b_o + sum_cij w_ocij x_c,(hS + iD - P),(wS + jD - P)``

    Args:
        images: (..., C, H, W).
        weight: (C_out, C, F_h, F_w).
        bias: (C_out,) or None.
        stride: step of the window.
        padding: zeros around the image.
        dilation: distance between the pixels that a filter reads.

    Returns: (..., C_out, H', W').

    Raises: `ShapeError` when channels do not match, `ConfigError` when the filter does not fit.

    Source: S4, S0.
    """
    check_shape("weight", weight, "C_out", "C", "F_h", "F_w")
    check_shape("images", images, ..., weight.shape[1], "H", "W")
    if bias is not None:
        check_shape("bias", bias, len(weight))
    kernel = (weight.shape[2], weight.shape[3])
    cut = windows(images, kernel, stride, padding, dilation)  # (..., C, H', W', F_h, F_w)
    # y_ohw = b_o + sum_cij w_ocij x_c,(hS + iD - P),(wS + jD - P)
    result = torch.einsum("...chwij,ocij->...ohw", cut, weight)  # (..., C_out, H', W')
    return result if bias is None else result + bias[:, None, None]


@dataclass(frozen=True)
class ConvolutionGradients:
    """What the backward pass of a convolution returns, shaped like what it belongs to."""

    images: Tensor
    weight: Tensor
    bias: Tensor


def conv2d_backward(
    grad: Tensor,
    images: Tensor,
    weight: Tensor,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> ConvolutionGradients:
    """Differentiate `conv2d` by hand.

    Equation: ``dL/dw_ocij = sum_hw g_ohw x_c,(hS + iD - P),(wS + jD - P)``;
    ``dL/db_o = sum_hw g_ohw``; ``dL/dx`` adds ``sum_o w_ocij g_ohw`` back at each window

    Args:
        grad: dL/dy, (B, C_out, H', W').
        images: (B, C, H, W).
        weight: (C_out, C, F_h, F_w).
        stride: as in the forward pass.
        padding: as in the forward pass.
        dilation: as in the forward pass.

    Returns: gradients with respect to images, weight and bias.

    Source: chain rule, S0 and S4.
    """
    kernel = (weight.shape[2], weight.shape[3])
    cut = windows(images, kernel, stride, padding, dilation)  # (B, C, H', W', F_h, F_w)
    check_shape("grad", grad, len(images), len(weight), *cut.shape[2:4])
    # dL/dw_ocij = sum_bhw g_bohw x_bc,(hS + iD - P),(wS + jD - P)
    grad_weight = torch.einsum("bohw,bchwij->ocij", grad, cut)
    # dL/db_o = sum_bhw g_bohw
    grad_bias = grad.sum(dim=(0, 2, 3))
    # dL/dwindow_chwij = sum_o w_ocij g_ohw, and every window adds to the pixels it read
    pieces = torch.einsum("bohw,ocij->bchwij", grad, weight)
    H, W = images.shape[-2:]
    return ConvolutionGradients(
        fold(pieces, H, W, stride, padding, dilation), grad_weight, grad_bias
    )


@dataclass(frozen=True)
class Conv2dConfig:
    """Hyperparameters of one convolution layer."""

    in_channels: int
    out_channels: int
    kernel: Pair
    stride: Pair = 1
    padding: Pair = 0
    dilation: Pair = 1
    bias: bool = True

    def __post_init__(self) -> None:
        require(self.in_channels >= 1, f"in_channels is {self.in_channels}, expected at least 1")
        require(self.out_channels >= 1, f"out_channels is {self.out_channels}, expected >= 1")
        for name, least in (("kernel", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            sizes = pair(getattr(self, name))
            require(min(sizes) >= least, f"{name} is {sizes}, expected at least {least}")


class Conv2d(nn.Module):
    """A bank of learned filters around `conv2d`.

    Parameters: weight (C_out, C_in, F_h, F_w), bias (C_out,); C_out (C_in F_h F_w + 1) numbers.
    """

    def __init__(self, config: Conv2dConfig, generator: Generator | None = None) -> None:
        require_config(config, Conv2dConfig)
        super().__init__()
        self.config = config
        shape = (config.out_channels, config.in_channels, *pair(config.kernel))
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = uniform(*shape, bound=bound, generator=generator)
        self.bias = zeros(config.out_channels) if config.bias else None

    def forward(self, images: Tensor) -> Tensor:
        """Map (..., C_in, H, W) to (..., C_out, H', W')."""
        c = self.config
        return conv2d(images, self.weight, self.bias, c.stride, c.padding, c.dilation)


SYSTEMS = (
    System(
        "conv2d",
        "S0, S4",
        lambda g: Conv2d(Conv2dConfig(3, 2, (3, 2), stride=(2, 1), padding=1), g),
        (normal("B", 3, 6, 5),),
        parameters=2 * (3 * 3 * 2 + 1),
        wrong=(normal("B", 4, 6, 5),),
    ),
)
