"""Optimisers: ways down a narrow valley

Forty steps of each rule on ``½ (w1² + 20 w2²)`` from the same start. Plain descent jumps from wall
to wall of the narrow valley, because one rate has to serve both directions. Momentum adds up what
points the same way; the others divide by how large each weight's slopes have been, so that both
directions get steps of their own size.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.optimisers import SGD, Adagrad, Adam, Momentum, Nesterov, RMSProp, descend


def valley(w: torch.Tensor) -> torch.Tensor:
    """Twenty times steeper across than along."""
    return 0.5 * (w[..., 0] ** 2 + 20 * w[..., 1] ** 2)


def figure() -> Figure:
    """Draw the paths over the valley's contours."""
    drawing, axes = plt.subplots(
        2, 3, figsize=(9, 4.6), sharex=True, sharey=True, layout="constrained"
    )
    x, y = torch.linspace(-2.4, 0.8, 97), torch.linspace(-1.1, 1.1, 89)
    plane = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    rules = (
        SGD(0.09),
        Momentum(0.02, 0.8),
        Nesterov(0.02, 0.8),
        Adagrad(0.5),
        RMSProp(0.1),
        Adam(0.2),
    )
    for axis, rule in zip(axes.flat, rules, strict=True):
        path = descend(valley, torch.tensor([-2.0, 0.9]), rule, 40)
        axis.contour(x, y, valley(plane).sqrt(), levels=12, colors="lightgrey")
        axis.plot(*path.T, "o-", markersize=3, lw=1)
        axis.set_title(type(rule).__name__)
    for axis in axes[:, 0]:
        axis.set_ylabel("w2")
    for axis in axes[1]:
        axis.set_xlabel("w1")
    return drawing
