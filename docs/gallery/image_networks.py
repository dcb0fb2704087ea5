"""Image networks: class activation maps

Where a small network finds the evidence for the right class of unseen digits. It ends in feature
maps, their average and one layer, so that the layer's weights can be put back on the maps. What is
light there has added to the score, and nobody told the network where to look.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.data import digits
from reference.image_networks import cam_digits, explain, train_classifier


def figure() -> Figure:
    """Train for a moment and draw the maps over eight digits."""
    generator = torch.Generator().manual_seed(0)
    train, test = digits().split(0.25, generator)
    model = cam_digits(generator)
    train_classifier(model, train.images, train.labels, 5, 5e-3, 32, generator)
    with torch.no_grad():
        maps = explain(model, test.images[:8])
    drawing, axes = plt.subplots(2, 8, figsize=(11, 3.2), layout="constrained")
    for i in range(8):
        label = int(test.labels[i])
        axes[0, i].imshow(test.images[i, 0].numpy(), cmap="gray_r")
        axes[0, i].set_title(f"digit {label}")
        axes[1, i].imshow(maps[i, label].numpy(), cmap="inferno")
        for axis in axes[:, i]:
            axis.axis("off")
    return drawing
