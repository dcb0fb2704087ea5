"""What one step sees

How much each output depends on each input: the norm of the derivative, each row scaled to its
largest value. A network that reads forwards sees nothing to the right of the diagonal. One that
reads both ways understands a step from its past and from its future.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from reference.bidirectional import BidirectionalConfig, BidirectionalRNN
from reference.recurrent import RNN, RNNConfig


def dependence(model: nn.Module, x: Tensor) -> Tensor:
    """|dy_t/dx_s| for all t and s, each row divided by its largest entry."""
    x = x.clone().requires_grad_()
    y = model(x)
    rows = [
        torch.autograd.grad(y[t].sum(), x, retain_graph=True)[0].flatten(1).norm(dim=1)
        for t in range(len(x))
    ]
    found = torch.stack(rows)
    return found / found.amax(1, keepdim=True)


def figure() -> Figure:
    """Draw both tables side by side."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(12, 1, 3, generator=generator)
    one = RNN(RNNConfig(3, 16), generator)
    both = BidirectionalRNN(BidirectionalConfig(3, 16, 1), generator)
    picture, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True, layout="constrained")
    for axis, model, title in zip(axes, (one, both), ("forwards", "both directions"), strict=True):
        shown = axis.imshow(dependence(model, x).numpy(), cmap="viridis", vmin=0, vmax=1)
        axis.set(title=title, xlabel="input step")
    axes[0].set_ylabel("output step")
    picture.colorbar(shown, ax=axes, label="size of the derivative")
    return picture
