"""Batch normalisation: what a layer sees

Two channels of very different scale, before and after normalisation: afterwards both have mean 0
and variance 1, whatever came in. During training the statistics are those of the batch. For the
test a running mean is kept, shown on its way to the true one (dotted).
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.normalisation import BatchNorm, BatchNormConfig


def figure() -> Figure:
    """Draw histograms and the running statistic."""
    drawing, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
    generator = torch.Generator().manual_seed(0)
    layer = BatchNorm(BatchNormConfig(2))
    running = []
    for _ in range(60):
        x = torch.randn(64, 2, generator=generator) * torch.tensor([0.5, 3.0]) + torch.tensor(
            [2.0, -4.0]
        )
        y = layer(x)
        running.append(layer.running_mean.clone())
    for channel in range(2):
        for axis, values in zip(axes, (x, y.detach()), strict=False):
            axis.hist(
                values[:, channel], bins=15, alpha=0.6, hatch=("", "///")[channel],
                edgecolor="k", lw=0.4, label=f"channel {channel + 1}",
            )  # fmt: skip
            axis.set(xlabel="value", ylabel="examples")
        axes[2].plot([row[channel] for row in running], label=f"channel {channel + 1}")
    for mean, colour in ((2.0, "C0"), (-4.0, "C1")):
        axes[2].axhline(mean, color=colour, lw=0.8, linestyle=":")
    for axis, title in zip(axes, ("before", "after", "running mean"), strict=True):
        axis.set_title(title)
    axes[0].legend()
    axes[2].legend()
    axes[2].set(xlabel="batch", ylabel="running mean")
    return drawing
