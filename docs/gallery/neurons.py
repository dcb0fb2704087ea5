"""Neurons

Left: the activation functions of an artificial neuron; step and sign have no slope to learn by, and
are the same above 0. Right: a leaky integrate-and-fire neuron charges with a growing current and
fires whenever it reaches the threshold. It codes the current's strength by the number of spikes.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.neurons import ACTIVATIONS, LIFConfig, lif


def figure() -> Figure:
    """Draw activations and spikes."""
    drawing, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    a = torch.linspace(-3, 3, 301)
    for name in ("step", "sign", "sigmoid", "tanh", "relu"):
        left.plot(a, ACTIVATIONS[name][0](a), label=name, lw=3 if name == "step" else 1.5)
    left.set(xlabel="pre-activation a", ylabel="g(a)", ylim=(-1.3, 3))
    left.legend()

    current = torch.linspace(0.8, 3, 300)
    potential, spikes = lif(current, LIFConfig())
    right.plot(potential, label="membrane potential")
    right.plot(current / 3, label="input current / 3", color="grey", linestyle="--")
    right.vlines(spikes.nonzero().flatten(), 1, 1.2, color="C3", label="spikes")
    right.set(xlabel="time (ms)", ylabel="potential / threshold", ylim=(-0.05, 1.75))
    right.legend(loc="upper center", ncols=2, fontsize=8)
    return drawing
