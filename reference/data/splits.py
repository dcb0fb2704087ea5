"""Training, validation and test data; and how many batches an epoch has.

Guarantees: the three parts share no example and leave none out.

Source: S0 (training, validation, test; batch, batch size, epoch).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.errors import require, require_positive

__all__ = ["Split", "batches_per_epoch", "split_three_ways", "updates"]


@dataclass(frozen=True)
class Split:
    """Numbers of the examples of each part."""

    training: Tensor
    validation: Tensor
    test: Tensor


def split_three_ways(
    count: int, validation: float = 0.2, test: float = 0.2, generator: Generator | None = None
) -> Split:
    """Shuffle the numbers of all examples and cut them into three.

    Args:
        count: examples.
        validation: share that judges settings while one trains.
        test: share that is looked at once, at the end.
        generator: where the order comes from.
    """
    require_positive(count=count)
    require(
        validation >= 0 and test >= 0 and validation + test < 1,
        f"shares are {validation} and {test}, expected 0 or more and less than 1 together",
    )
    order = torch.randperm(count, generator=generator)
    first = count - round(count * validation) - round(count * test)
    return Split(
        order[:first], order[first : first + round(count * validation)],
        order[first + round(count * validation) :],
    )  # fmt: skip


def batches_per_epoch(count: int, batch_size: int) -> int:
    """How many mini-batches one pass over the data has; the last may be short.

    Equation: ``ceil(N / B)``

    >>> batches_per_epoch(80, 10), batches_per_epoch(81, 10)
    (8, 9)
    """
    require_positive(count=count, batch_size=batch_size)
    # ceil(N / B)
    return -(-count // batch_size)


def updates(count: int, batch_size: int, epochs: int) -> int:
    """How often the weights move in so many epochs.

    Equation: ``epochs · ceil(N / B)``
    """
    require_positive(epochs=epochs)
    # epochs · ceil(N / B)
    return epochs * batches_per_epoch(count, batch_size)
