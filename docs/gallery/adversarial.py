"""Adversarial: a generator learns eight modes

Samples of the generator (orange) during training, over real data (blue).
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.adversarial import GANConfig, GANTraining, build_gan, coverage, ring, train_gan

SHOWN = (0, 150, 300, 600, 999)


def figure() -> Figure:
    """Train and draw the generator at five moments."""
    generator = torch.Generator().manual_seed(0)
    mixture = ring(8)
    players = build_gan(GANConfig(), generator)
    noise = torch.randn(500, 2, generator=generator)
    moments: dict[int, torch.Tensor] = {}

    def watch(step: int) -> None:
        if step in SHOWN:
            with torch.no_grad():
                moments[step] = players[0](noise)

    train_gan(*players, mixture.sample, 2, GANTraining(), generator, watch)
    real = mixture.sample(500, generator)
    drawing, axes = plt.subplots(1, 5, figsize=(12, 2.8), sharey=True, layout="constrained")
    for axis, step in zip(axes, SHOWN, strict=True):
        axis.scatter(*real.T, s=3, alpha=0.3)
        axis.scatter(*moments[step].T, s=3)
        axis.set(
            title=f"step {step + 1}: {coverage(moments[step], mixture).covered} of 8",
            xlim=(-3, 3), ylim=(-3, 3), aspect="equal",
        )  # fmt: skip
    return drawing
