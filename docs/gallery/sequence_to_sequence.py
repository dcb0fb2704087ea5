"""A sequence through one vector

An RNN autoencoder says sixteen steps again after they went through eight numbers: solid the waves
that it read, dashed what it wrote. Before learning it writes next to nothing. Afterwards phase and
size of each wave have passed through the code.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.sequence_to_sequence import AutoencoderConfig, RNNAutoencoder
from reference.training import fit


def figure() -> Figure:
    """Learn and draw three waves."""
    generator = torch.Generator().manual_seed(0)
    model = RNNAutoencoder(AutoencoderConfig(1, 8), generator)

    def waves(count: int) -> torch.Tensor:
        phase = torch.rand(count, 1, generator=generator) * 6.28
        size = torch.rand(count, 1, generator=generator) + 0.3
        return size * torch.sin(torch.arange(16).reshape(-1, 1, 1) * 0.4 + phase)

    x = waves(3)
    with torch.no_grad():
        before = model(x)

    def loss(_: int) -> torch.Tensor:
        batch = waves(48)
        return (model(batch) - batch).pow(2).mean()

    fit(model.parameters(), loss, steps=250, learning_rate=0.02, threshold=1.0)
    with torch.no_grad():
        after = model(x)
    picture, axes = plt.subplots(1, 2, figsize=(8.5, 3.2), sharey=True)
    for axis, written, title in zip(axes, (before, after), ("before", "after"), strict=True):
        for i in range(3):
            axis.plot(x[:, i, 0], "-", color=f"C{i}", label="" if i else "read")
            axis.plot(written[:, i, 0], "--", lw=2.5, color=f"C{i}", label="" if i else "written")
        axis.set(title=title, xlabel="step")
    axes[0].set_ylabel("height of the wave")
    axes[0].legend(loc="lower left")
    picture.tight_layout()
    return picture
