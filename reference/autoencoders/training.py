"""Training any autoencoder of this package, and measuring reconstructions."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_positive, require_within
from reference.losses import squared_error

__all__ = ["reconstruction_error", "train"]


def train(
    model: nn.Module,
    data: Tensor,
    steps: int,
    learning_rate: float = 3e-3,
    batch_size: int = 64,
    generator: Generator | None = None,
    loss: Callable[[Tensor], Tensor] | None = None,
) -> list[float]:
    """Adam on random mini-batches, with a rate that falls linearly to zero.

    Args:
        model: any module that reconstructs.
        data: (N, ...).
        steps: of Adam.
        learning_rate: at the start.
        batch_size: examples per step.
        generator: where the batches come from.
        loss: of a batch; half the mean squared error of `model(batch)` unless given. A model with
            a loss of its own hands it in, `loss=lambda batch: vae.loss(batch, generator)`.

    Returns: loss of each step.

    >>> from reference.autoencoders import VAE, VAEConfig
    >>> generator = Generator().manual_seed(0)
    >>> vae, pixels = VAE(VAEConfig(6, 4, 2), generator), torch.rand(9, 6, generator=generator)
    >>> losses = train(
    ...     vae, pixels, 40, generator=generator, loss=lambda batch: vae.loss(batch, generator)
    ... )
    >>> losses[-1] < losses[0]
    True
    """
    require_positive(steps=steps, batch_size=batch_size)
    require_within(0, math.inf, learning_rate=learning_rate)
    cost = loss or (lambda batch: squared_error(model(batch), batch))
    optimiser = torch.optim.Adam(model.parameters(), learning_rate)
    losses = []
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        index = torch.randint(len(data), (batch_size,), generator=generator)
        optimiser.zero_grad()
        value = cost(data[index])
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        losses.append(value.item())
    return losses


@torch.no_grad()
def reconstruction_error(reconstruct: Callable[[Tensor], Tensor], data: Tensor) -> Tensor:
    """Mean squared error of each example, (N, ...) to (N,): the score of an anomaly.

    Equation: ``e = mean (x - x̂)²``
    """
    # e = mean (x - x̂)²
    return ((data - reconstruct(data)) ** 2).flatten(1).mean(dim=1)
