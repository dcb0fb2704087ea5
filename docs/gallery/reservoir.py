"""Echo states, and a reservoir as a low-pass filter

Left: two starts far apart under the same input; with spectral radius 0.9 the distance goes to
nothing, with 1.8 the reservoir remembers its start, unless a strong input drowns it. Middle: how
strongly the states follow sine waves of each frequency; the smaller the leak α, the less is left of
the fast ones. Right: a read-out by ridge regression, the only part that is trained, predicts
NARMA-10.
"""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.data.series import narma10
from reference.reservoir import (
    EchoStateConfig,
    EchoStateNetwork,
    random_reservoir,
    reservoir_states,
    state_distance,
)


def figure() -> Figure:
    """Draw distances, gains, and prediction against truth."""
    generator = torch.Generator().manual_seed(0)

    def randn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    picture, (left, middle, right) = plt.subplots(1, 3, figsize=(12.5, 3.4), layout="constrained")
    start, W_in, u = randn(60), randn(60, 1), randn(150, 1)
    for radius, size in ((0.9, 1), (1.8, 0), (1.8, 1)):
        W = random_reservoir(60, radius, 0.2, generator)
        distance = state_distance(u * size, start, -start, W_in, W)
        label = rf"$\rho$ = {radius}, {'input' if size else 'no input'}"
        left.semilogy(distance.clamp(min=1e-16), label=label)
    left.set(xlabel="step", ylabel="distance of two runs", ylim=(1e-17, 1e8))
    frequency = torch.logspace(-2.3, math.log10(0.4), 24, dtype=torch.float64)
    waves = torch.sin(2 * math.pi * frequency * torch.arange(500)[:, None])  # (T, frequencies)
    W = random_reservoir(60, 0.5, 0.2, generator)
    for alpha in (1.0, 0.3, 0.1):
        states = reservoir_states(
            0.3 * waves.unsqueeze(-1), torch.zeros(24, 60).double(), W_in, W, alpha
        )
        gain = states[250:].std(0).mean(1)
        middle.loglog(frequency, gain / gain[0], label=rf"$\alpha$ = {alpha}")
    middle.set(xlabel="waves a step", ylabel="size of the states")
    u, y = (series.unsqueeze(1) for series in narma10(1500, generator))
    config = EchoStateConfig(1, 200, 1, input_scale=0.4, direct=True)
    network = EchoStateNetwork(config, generator).double()
    network.fit(u[:1200], y[:1200], ridge=1e-8)
    right.plot(y[1350:1430], label="NARMA-10")
    right.plot(network(u)[1350:1430], "--", label="predicted")
    right.set(xlabel="step", ylabel="value")
    for axis in (left, middle, right):
        axis.legend()
    return picture
