"""Multilayer perceptron: XOR in two spaces

No line separates the four points of XOR. Two ReLU units with weights 1 and biases 0 and -1 carry
them to a space where the line ``h1 - 2 h2 = 1/2`` does. Two of the points fall on each other there:
the hidden layer has thrown away what the task does not need.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.multilayer_perceptron import XOR_POINTS, xor_by_relu


def figure() -> Figure:
    """Draw the input space and the hidden space."""
    drawing, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    points = torch.tensor(XOR_POINTS)
    trace = xor_by_relu(points)
    side = torch.linspace(-0.3, 1.3, 801)
    plane = torch.stack(torch.meshgrid(side, side, indexing="xy"), dim=-1)
    axes[0].contourf(side, side, xor_by_relu(plane).output > 0.5, levels=1, colors=["1", "0.85"])
    axes[0].set(title="input space", xlabel="x1", ylabel="x2")
    h1 = torch.linspace(-0.3, 2.3, 2)
    axes[1].plot(h1, (h1 - 0.5) / 2, "k--", label="h1 - 2 h2 = 1/2")
    axes[1].set(title="hidden space", xlabel="h1", ylabel="h2")
    for axis, where in zip(axes, (points, trace.hidden), strict=True):
        for answer, colour, mark in ((0, "C0", "o"), (1, "C1", "X")):
            chosen = where[trace.output == answer]
            axis.scatter(
                *chosen.T, s=90, color=colour, marker=mark, label=f"target {answer}", zorder=3
            )
    axes[1].legend()
    return drawing
