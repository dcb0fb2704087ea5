"""Running downhill

A Hopfield network with two digits stored as valleys of an energy. Damaged pictures, above, fall
into the valley of the digit that they were, one unit after the other; below is where they end. The
energy E never rises on the way.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.zoo import HopfieldNetwork

ZERO = (
    "..####..",
    ".##..##.",
    ".#....#.",
    ".#....#.",
    ".#....#.",
    ".#....#.",
    ".##..##.",
    "..####..",
)
ONE = (
    "...##...",
    "..###...",
    ".#.##...",
    "...##...",
    "...##...",
    "...##...",
    "...##...",
    ".######.",
)


def figure() -> Figure:
    """Damage both digits twice, recall, and draw."""
    drawn = [[1.0 if mark == "#" else -1.0 for row in rows for mark in row] for rows in (ZERO, ONE)]
    patterns = torch.tensor(drawn)
    network = HopfieldNetwork(64)
    network.store(patterns)
    generator = torch.Generator().manual_seed(4)
    start = patterns.repeat(2, 1)
    start = torch.where(torch.rand(4, 64, generator=generator) < 0.22, -start, start)
    end = network(start)
    picture, axes = plt.subplots(2, 4, figsize=(7, 3.9))
    for row, states in enumerate((start, end)):
        for column in range(4):
            axis = axes[row, column]
            axis.imshow(states[column].reshape(8, 8).numpy(), cmap="binary")
            axis.set(xticks=[], yticks=[], title=f"E = {network.energy(states[column]):.1f}")
    axes[0, 0].set_ylabel("damaged")
    axes[1, 0].set_ylabel("recalled")
    picture.tight_layout()
    return picture
