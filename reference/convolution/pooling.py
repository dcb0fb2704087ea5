"""Pooling, its inverse with remembered positions, and flattening.

Guarantees:

- values, positions and gradients agree with torch's own functions to 1e-9 in float64;
- `max_unpool2d(*max_pool2d(x))` puts every maximum back where it was and zeros elsewhere;
- average pooling is shown to be a strided convolution whose weights are all 1/n.

Does not: average over the padding differently at the border; padded zeros count, as in torch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference.convolution.convolution import conv2d
from reference.convolution.geometry import Pair, pair
from reference.convolution.windows import fold, windows
from reference.errors import ShapeError, require
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "AvgPool2d",
    "MaxPool2d",
    "avg_pool2d",
    "avg_pool2d_as_convolution",
    "avg_pool2d_backward",
    "flatten",
    "global_average_pool",
    "max_pool2d",
    "max_pool2d_backward",
    "max_unpool2d",
]


def max_pool2d(
    images: Tensor, kernel: Pair, stride: Pair | None = None, padding: Pair = 0
) -> tuple[Tensor, Tensor]:
    """Keep the largest value of each window and remember where it was.

    Equation: ``y_chw = max_ij x_c,(hS+i-P),(wS+j-P)``

    Args:
        images: (..., C, H, W).
        kernel: window size.
        stride: step, the window's size unless given.
        padding: minus infinities around the image, at most half of the kernel.

    Returns: values (..., C, H', W') and positions (same shape, int64): row · W + column of the
    maximum in the unpadded plane.

    Of equal numbers the first wins, never the padding; what is not a number wins always, the last.

    Source: S0, S4 (remember which element was max).
    """
    (kh, kw), (ph, pw) = pair(kernel), pair(padding)
    require(
        2 * ph <= kh and 2 * pw <= kw,
        f"padding is {(ph, pw)}, expected at most half of the kernel {(kh, kw)}",
    )
    sh, sw = pair(kernel if stride is None else stride)
    cut = windows(images, kernel, (sh, sw), padding, fill=-torch.inf)
    values, winner = cut.flatten(-2).max(dim=-1)  # (..., C, H', W')
    clear = values > -torch.inf  # neither -inf nor not-a-number
    if not bool(clear.all()):
        inside = windows(torch.ones_like(images), kernel, (sh, sw), padding)
        winner = winner.where(clear, _unclear_winner(cut.flatten(-2), inside.flatten(-2)))
        values = cut.flatten(-2).gather(-1, winner[..., None])[..., 0]
    rows = torch.arange(values.shape[-2], device=images.device)[:, None] * sh - ph
    columns = torch.arange(values.shape[-1], device=images.device)[None, :] * sw - pw
    # position = (hS + i - P) W + (wS + j - P)
    row = rows + winner.div(kw, rounding_mode="floor")
    column = columns + winner.remainder(kw)
    return values, row * images.shape[-1] + column


def _unclear_winner(cut: Tensor, inside: Tensor) -> Tensor:
    """The last number of a window that is none; if all are -inf, the first within the image."""
    none = cut.isnan()
    last = cut.shape[-1] - 1 - none.flip(-1).int().argmax(dim=-1)
    return last.where(none.any(dim=-1), inside.int().argmax(dim=-1))


def max_pool2d_backward(grad: Tensor, positions: Tensor, height: int, width: int) -> Tensor:
    """Send each gradient to the pixel that won; (..., C, H', W') to (..., C, H, W).

    Equation: ``dL/dx_p = sum of g_hw over the windows whose maximum is at p``
    """
    flat = grad.new_zeros(*grad.shape[:-2], height * width)
    flat = flat.scatter_add(-1, positions.flatten(-2), grad.flatten(-2))
    # dL/dx_p = sum of g_hw over the windows whose maximum is at p
    return flat.reshape(*grad.shape[:-2], height, width)


def max_unpool2d(values: Tensor, positions: Tensor, height: int, width: int) -> Tensor:
    """Put pooled values back at the remembered positions, zero elsewhere.

    Args:
        values: (..., C, H', W').
        positions: what `max_pool2d` returned.
        height: H of the image to make.
        width: W of the image to make.

    Returns: (..., C, H, W).

    Raises: `ShapeError` when values and positions differ in shape or a position lies outside.

    Source: S4, unpooling in the convolutional autoencoder.

    >>> max_unpool2d(torch.tensor([[[9.0]]]), torch.tensor([[[3]]]), 2, 2)
    tensor([[[0., 0.],
             [0., 9.]]])
    """
    check_shape("positions", positions, *values.shape)
    if positions.numel() and not 0 <= int(positions.min()) <= int(positions.max()) < height * width:
        raise ShapeError(
            f"positions run from {int(positions.min())} to {int(positions.max())}, "
            f"expected 0 to {height * width - 1} for an image of {height} x {width}"
        )
    flat = values.new_zeros(*values.shape[:-2], height * width)
    # x at the position p of y is y, elsewhere 0
    flat = flat.scatter(-1, positions.flatten(-2), values.flatten(-2))
    return flat.reshape(*values.shape[:-2], height, width)


def avg_pool2d(
    images: Tensor, kernel: Pair, stride: Pair | None = None, padding: Pair = 0
) -> Tensor:
    """Average each window, (..., C, H, W) to (..., C, H', W').

    Equation: ``y_chw = 1/n sum_ij x_c,(hS+i-P),(wS+j-P)``, n = F_h F_w

    Source: S0, S4.
    """
    cut = windows(images, kernel, kernel if stride is None else stride, padding)
    # y_chw = 1/n sum_ij x_c,(hS+i-P),(wS+j-P)
    return cut.mean(dim=(-2, -1))


def avg_pool2d_backward(
    grad: Tensor,
    height: int,
    width: int,
    kernel: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
) -> Tensor:
    """Give every pixel of a window an equal share; (..., C, H', W') to (..., C, H, W).

    Equation: ``dL/dx_p = 1/n sum of g_hw over the windows that hold p``
    """
    kh, kw = pair(kernel)
    pieces = (grad / (kh * kw))[..., None, None].expand(*grad.shape, kh, kw)
    # dL/dx_p = 1/n sum of g_hw over the windows that hold p
    return fold(pieces, height, width, kernel if stride is None else stride, padding)


def avg_pool2d_as_convolution(images: Tensor, kernel: Pair, stride: Pair | None = None) -> Tensor:
    """Average pooling as a strided convolution whose weights are all 1/n.

    Source: S4, strided convolution.
    """
    kh, kw = pair(kernel)
    C = images.shape[-3]
    # w_ocij = 1/n where o = c, else 0
    weight = torch.eye(C, dtype=images.dtype, device=images.device)[:, :, None, None] / (kh * kw)
    return conv2d(images, weight.expand(C, C, kh, kw), stride=kernel if stride is None else stride)


def global_average_pool(images: Tensor) -> Tensor:
    """Average each feature map to one number, (..., C, H, W) to (..., C)."""
    return images.mean(dim=(-2, -1))


def flatten(images: Tensor) -> Tensor:
    """Lay each image out as one vector, (..., C, H, W) to (..., C·H·W), row by row.

    Source: S0, S4.
    """
    return images.flatten(-3)


class MaxPool2d(nn.Module):
    """Max pooling as a layer; gives values and positions."""

    def __init__(self, kernel: Pair, stride: Pair | None = None, padding: Pair = 0) -> None:
        super().__init__()
        self.settings = (kernel, stride, padding)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map (..., C, H, W) to two of (..., C, H', W')."""
        return max_pool2d(images, *self.settings)


class AvgPool2d(nn.Module):
    """Average pooling as a layer."""

    def __init__(self, kernel: Pair, stride: Pair | None = None, padding: Pair = 0) -> None:
        super().__init__()
        self.settings = (kernel, stride, padding)

    def forward(self, images: Tensor) -> Tensor:
        """Map (..., C, H, W) to (..., C, H', W')."""
        return avg_pool2d(images, *self.settings)


SYSTEMS = (
    System(
        "max_pool2d",
        "S0, S4",
        lambda _: MaxPool2d(2),
        (normal("B", 3, 6, 5),),
        wrong=(normal(6, 5),),
    ),
    System(
        "avg_pool2d",
        "S0, S4",
        lambda _: AvgPool2d(2),
        (normal("B", 3, 6, 5),),
        wrong=(normal(6, 5),),
    ),
)
