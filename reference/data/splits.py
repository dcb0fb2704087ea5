"""Training, validation and test data; and how many batches an epoch has.

Guarantees: the three parts share no example and leave none out.

Source: S0 (training, validation, test; batch, batch size, epoch).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.errors import require, require_positive
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["Split", "batches_per_epoch", "split_three_ways", "updates"]


@dataclass(frozen=True)
class Split:
    """Numbers of the examples of each part."""

    training: Tensor
    validation: Tensor
    test: Tensor

    def of(self, examples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Take the three parts out of the examples (N, ...)."""
        count = len(self.training) + len(self.validation) + len(self.test)
        check_shape("examples", examples, count, ...)
        return examples[self.training], examples[self.validation], examples[self.test]


def split_three_ways(
    count: int, validation: float = 0.2, test: float = 0.2, generator: Generator | None = None
) -> Split:
    """Shuffle the numbers of all examples and cut them into three.

    Args:
        count: examples.
        validation: share that judges settings while one trains.
        test: share that is looked at once, at the end.
        generator: where the order comes from.

    Raises: `ConfigError` when the shares are not such, or leave no example to train on.
    """
    require_positive(count=count)
    require(
        validation >= 0 and test >= 0 and validation + test < 1,
        f"shares are {validation} and {test}, expected 0 or more and less than 1 together",
    )
    judged, kept = round(count * validation), round(count * test)
    require(judged + kept < count, f"of {count} examples none is left to train on")
    order = torch.randperm(count, generator=generator)
    return Split(*order.tensor_split((count - judged - kept, count - kept)))


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


def _split_ten(examples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Ten examples in three parts, always the same ones."""
    return split_three_ways(10, generator=Generator().manual_seed(0)).of(examples)


SYSTEMS = (
    System(
        "data_split",
        "S0",
        lambda _: AsModule(_split_ten),
        (normal(10, 3),),
        wrong=(normal(9, 3),),
    ),
)
