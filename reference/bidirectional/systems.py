"""The bidirectional family in the registry, each system in its smallest size."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.bidirectional.bidirectional import BidirectionalConfig, BidirectionalRNN
from reference.bidirectional.deep import DeepBidirectionalConfig, DeepBidirectionalRNN
from reference.bidirectional.tree import TreeConfig, TreeRNN
from reference.registry import System


def _sequence(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(4, batch, 3, generator=generator),)


def _too_wide(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(4, 2, 9, generator=generator),)


SYSTEMS = (
    System(
        name="bidirectional_rnn",
        family="bidirectional",
        source="S3, S4",
        build=lambda generator: BidirectionalRNN(BidirectionalConfig(3, 4, 2), generator),
        example=_sequence,
        parameters=2 * (4 * (3 + 4) + 4) + 2 * 8 + 2,
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="deep_bidirectional_rnn",
        family="bidirectional",
        source="S4",
        build=lambda generator: DeepBidirectionalRNN(
            DeepBidirectionalConfig(3, 4, 2, layers=2), generator
        ),
        example=_sequence,
        parameters=2 * (4 * (3 + 4) + 4) + 2 * (4 * (8 + 4) + 4) + 2 * 8 + 2,
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="tree_rnn",
        family="bidirectional",
        source="S3",
        build=lambda generator: TreeRNN(TreeConfig(3, 4), generator),
        example=lambda batch, generator: (torch.randn(batch, 3, generator=generator),),
        parameters=3 * 4 + 4 + 4 * 8 + 4,
        batch_axis=None,
        wrong=lambda generator: (torch.randn(5, 9, generator=generator),),
    ),
)
