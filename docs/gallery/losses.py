"""Losses: what a wrong answer costs

A sigmoid unit with target 1. Squared error goes flat where the unit is badly wrong, so its slope
vanishes and nothing is learned there. Cross-entropy keeps a slope of almost -1, the more wrong the
steeper.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.losses import binary_cross_entropy_with_logits, squared_error


def figure() -> Figure:
    """Draw both losses and their slopes over the logit."""
    drawing, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    logit = torch.linspace(-6, 6, 241, requires_grad=True)
    target = torch.ones_like(logit)
    for name, loss in (
        ("squared error", squared_error(torch.sigmoid(logit), target, "none")),
        ("cross-entropy", binary_cross_entropy_with_logits(logit, target, "none")),
    ):
        (slope,) = torch.autograd.grad(loss.sum(), logit)
        axes[0].plot(logit.detach(), loss.detach(), label=name)
        axes[1].plot(logit.detach(), slope, label=name)
    axes[0].set(xlabel="logit", ylabel="loss")
    axes[1].set(xlabel="logit", ylabel="slope by the logit")
    axes[0].legend()
    return drawing
