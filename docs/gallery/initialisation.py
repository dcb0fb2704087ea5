"""Initialisation: the signal on its way through ten layers

Root mean square of each layer's output, for normal inputs and 200 units a layer. With a variance
that does not know the layer's size the signal dies or grows from layer to layer. Only He keeps a
ReLU network's signal alive; Xavier does it for tanh.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.initialisation import fixed_variance, he, xavier


def figure() -> Figure:
    """Draw the signal's size over depth, for tanh and for ReLU."""
    drawing, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
    shape = (200, 200)
    for axis, name, activation in ((axes[0], "tanh", torch.tanh), (axes[1], "ReLU", torch.relu)):
        for scheme, draw in (
            ("variance 0.0001", lambda g: fixed_variance(shape, 1e-4, g)),
            ("variance 1", lambda g: fixed_variance(shape, 1.0, g)),
            ("Xavier", lambda g: xavier(shape, "normal", generator=g)),
            ("He", lambda g: he(shape, generator=g)),
        ):
            generator = torch.Generator().manual_seed(0)
            signal = torch.randn(100, 200, generator=generator)
            sizes = []
            for _ in range(10):
                signal = activation(signal @ draw(generator).T)
                sizes.append(signal.square().mean().sqrt())
            axis.semilogy(range(1, 11), sizes, marker=".", label=scheme)
        axis.set(title=name, xlabel="layer")
    axes[0].set_ylabel("root mean square of the output")
    axes[0].legend(loc="upper left")
    return drawing
