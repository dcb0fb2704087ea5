"""Gradients through time

How much the state after 40 steps still depends on each state before, for three sizes of the
recurrent
weights: the spectral norm of the product of Jacobians. Below one it fades, above one it may grow,
and tanh holds it back.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.recurrent import jacobian_norms, rnn_forward


def figure() -> Figure:
    """Draw the norms on a logarithmic scale."""
    generator = torch.Generator().manual_seed(1)

    def randn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    steps, hidden = 40, 24
    orthogonal = torch.linalg.qr(randn(hidden, hidden))[0]
    W, b, x = randn(hidden, 1) * 0.1, torch.zeros(hidden, dtype=torch.float64), randn(steps, 1)
    picture, axes = plt.subplots(figsize=(6.5, 3.6))
    for size in (0.7, 1.0, 1.4):
        h = rnn_forward(x, torch.zeros(hidden, dtype=torch.float64), W, size * orthogonal, b)
        norms = jacobian_norms(h, size * orthogonal)
        axes.semilogy(range(1, steps + 1), norms, marker=".", label=f"$|U|$ = {size}")
    axes.set(xlabel="steps back in time", ylabel=r"$\|\partial h_T / \partial h_t\|$")
    axes.grid(alpha=0.3)
    axes.legend()
    return picture
