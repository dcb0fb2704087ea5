"""Echo states

Left: two starts far apart under the same input; with spectral radius 0.9 the distance goes to
nothing, with 1.8 and no input the reservoir remembers its start. Right: a read-out by ridge
regression predicts NARMA-10.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from reference.data.series import narma10
from reference.reservoir import EchoStateConfig, EchoStateNetwork, random_reservoir, state_distance


def figure() -> Figure:
    """Draw distances, and prediction against truth."""
    generator = torch.Generator().manual_seed(0)

    def randn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    picture, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4))
    start, W_in, u = randn(60), randn(60, 1), randn(150, 1)
    for radius, driven in ((0.9, u), (1.8, u * 0)):
        W = random_reservoir(60, radius, 0.2, generator)
        distance = state_distance(driven, start, -start, W_in, W)
        label = rf"$\rho$ = {radius}, {'input' if driven.any() else 'no input'}"
        left.semilogy(distance.clamp(min=1e-16), label=label)
    left.set(xlabel="step", ylabel="distance of two runs")
    left.legend()
    u, y = (series.unsqueeze(1) for series in narma10(1500, generator))
    config = EchoStateConfig(1, 200, 1, input_scale=0.4, direct=True)
    network = EchoStateNetwork(config, generator).double()
    network.fit(u[:1200], y[:1200], ridge=1e-8)
    right.plot(y[1350:1430], label="NARMA-10")
    right.plot(network(u)[1350:1430], "--", label="predicted")
    right.set(xlabel="step")
    right.legend()
    picture.tight_layout()
    return picture
