"""Cutting an image into windows and adding windows back: the two halves of every layer here.

Guarantees: `fold` is the adjoint of `windows`, ``<windows(x), y> = <x, fold(y)>``; this one fact
gives the backward pass of convolution and pooling, and the transposed convolution.

Does not: copy on the way in; `windows` is a view wherever torch can make one.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reference.convolution.geometry import Pair, output_size, pair
from reference.shapes import check_shape

__all__ = ["fold", "pad", "windows"]


def pad(images: Tensor, padding: Pair, value: float = 0.0) -> Tensor:
    """Put `padding` rows and columns of `value` around each image, (..., H, W)."""
    vertical, horizontal = pair(padding)
    if vertical == horizontal == 0:
        return images
    return functional.pad(images, (horizontal, horizontal, vertical, vertical), value=value)


def windows(
    images: Tensor,
    kernel: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    fill: float = 0.0,
) -> Tensor:
    """Cut every window of the kernel's size out of the padded images.

    Args:
        images: (..., C, H, W).
        kernel: window height and width.
        stride: step between windows.
        padding: rows and columns added on each side.
        dilation: step between the pixels of one window.
        fill: value of the padding.

    Returns: (..., C, H', W', F_h, F_w).
    """
    check_shape("images", images, ..., "C", "H", "W")
    (kh, kw), (sh, sw), (dh, dw) = pair(kernel), pair(stride), pair(dilation)
    (ph, pw) = pair(padding)
    output_size(images.shape[-2], kh, sh, ph, dh)
    output_size(images.shape[-1], kw, sw, pw, dw)
    padded = pad(images, padding, fill)
    cut = padded.unfold(-2, dh * (kh - 1) + 1, sh).unfold(-2, dw * (kw - 1) + 1, sw)
    return cut[..., ::dh, ::dw]


def fold(
    pieces: Tensor,
    height: int,
    width: int,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Tensor:
    """Add windows back where they were cut; overlapping pixels sum.

    Args:
        pieces: (..., C, H', W', F_h, F_w).
        height: H of the image before padding.
        width: W of the image before padding.
        stride: step between windows.
        padding: rows and columns that were added on each side, cropped here.
        dilation: step between the pixels of one window.

    Returns: (..., C, H, W).
    """
    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    *lead, rows, columns, kh, kw = pieces.shape
    image = torch.zeros(
        *lead, height + 2 * ph, width + 2 * pw, dtype=pieces.dtype, device=pieces.device
    )
    for i in range(kh):
        for j in range(kw):
            top, left = i * dh, j * dw
            image[..., top : top + sh * rows : sh, left : left + sw * columns : sw] += pieces[
                ..., i, j
            ]
    return image[..., ph : ph + height, pw : pw + width]
