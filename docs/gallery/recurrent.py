"""Gradients through time, without gates and with them

Left: how much the state after 40 steps of a vanilla network depends on each state before, for three
sizes of its recurrent weights; below one it fades, above one it may grow until tanh holds it back.
Right: how much the last outputs depend on each input, in networks that have not learned anything.
Gates that stand half open lose the slope as fast as no gates; the memory cell of an LSTM whose
forget gates start open carries it over fifty steps.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.gated import GRU, LSTM, GRUConfig, LSTMConfig, input_gradients
from reference.recurrent import RNN, RNNConfig, jacobian_norms, rnn_forward


def figure() -> Figure:
    """Draw both norms on a logarithmic scale."""
    generator = torch.Generator().manual_seed(1)

    def randn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    steps, hidden = 40, 24
    orthogonal = torch.linalg.qr(randn(hidden, hidden))[0]
    W, b, x = randn(hidden, 1) * 0.1, torch.zeros(hidden, dtype=torch.float64), randn(steps, 1)
    picture, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for size in (0.7, 1.0, 1.4):
        h = rnn_forward(x, torch.zeros(hidden, dtype=torch.float64), W, size * orthogonal, b)
        norms = jacobian_norms(h, size * orthogonal)
        left.semilogy(range(1, steps + 1), norms, label=rf"$\|U\|$ = {size}")
    left.set(xlabel="steps back in time", ylabel=r"$\|\partial h_T / \partial h_t\|$")
    x = randn(50, 16, 2)
    layers = {
        "RNN": RNN(RNNConfig(2, hidden), generator),
        "GRU": GRU(GRUConfig(2, hidden), generator),
        "LSTM": LSTM(LSTMConfig(2, hidden), generator),
        "LSTM, forget gates open": LSTM(LSTMConfig(2, hidden, forget_bias=4.0), generator),
    }
    for name, layer in layers.items():
        right.semilogy(input_gradients(layer.double(), x).flip(0), label=name)
    right.set(xlabel="steps back in time", ylabel=r"$\|\partial h_T / \partial x_t\|$")
    for axis in (left, right):
        axis.grid(alpha=0.3)
        axis.legend()
    return picture
