"""Training an image classifier on a small data set, and measuring it."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_positive, require_within
from reference.losses import cross_entropy
from reference.optimisers import batches

__all__ = ["accuracy", "train_classifier"]


def train_classifier(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epochs: int,
    learning_rate: float = 2e-3,
    batch_size: int = 32,
    generator: Generator | None = None,
) -> list[float]:
    """Adam on the cross-entropy of shuffled mini-batches, with a rate that falls linearly to zero.

    Args:
        model: maps images to logits.
        images: (N, C, H, W).
        labels: (N,).
        epochs: passes over the data.
        learning_rate: of Adam, in the first epoch.
        batch_size: images per step.
        generator: where the order comes from.

    Returns: mean loss of each epoch.
    """
    require_positive(epochs=epochs)
    require_within(0, math.inf, learning_rate=learning_rate)
    optimiser = torch.optim.Adam(model.parameters(), learning_rate)
    losses = []
    model.train()
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = learning_rate * (1 - epoch / epochs)
        total = 0.0
        for index in batches(len(images), batch_size, generator):
            optimiser.zero_grad()
            loss = cross_entropy(model(images[index]), labels[index])
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
            total += loss.item() * len(index)
        losses.append(total / len(images))
    return losses


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Share of right answers in evaluation mode."""
    model.eval()
    right = model(images).argmax(dim=1) == labels
    return float(right.float().mean())
