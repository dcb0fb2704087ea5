"""Convolution: down and up again

A digit, the same sharpened by a filter, and the maxima of each window, which hardly care where in
the window the edge was. Unpooling puts the maxima back where they were and leaves zeros between
them. A transposed convolution spreads each value by a filter instead, here so that neighbours mix.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.convolution import conv2d, conv_transpose2d, max_pool2d, max_unpool2d
from reference.data import digits


def figure() -> Figure:
    """Draw each stage."""
    image = digits().images[0]
    edge = torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])[None, None]
    maps = conv2d(image, edge, padding=1)
    pooled, positions = max_pool2d(maps, 2)
    back = max_unpool2d(pooled, positions, 8, 8)
    slope = torch.tensor([0.25, 0.75, 0.75, 0.25])  # overlapping windows mix: a soft enlargement
    spread = conv_transpose2d(pooled, slope.outer(slope)[None, None], stride=2, padding=1)
    drawing, axes = plt.subplots(1, 5, figsize=(11, 2.6), layout="constrained")
    for axis, (name, picture) in zip(
        axes,
        {
            "image": image,
            "sharpened": maps,
            "max pooling": pooled,
            "unpooling": back,
            "transposed": spread,
        }.items(),
        strict=True,
    ):
        axis.imshow(picture[0].numpy(), cmap="gray_r")
        axis.set_title(f"{name}, {picture.shape[-2]} x {picture.shape[-1]}")
        axis.axis("off")
    return drawing
