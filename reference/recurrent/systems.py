"""The recurrent family in the registry, each system in its smallest size."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.recurrent.addition import AdderConfig, BinaryAdder, binary_addition
from reference.recurrent.character import CharacterConfig, CharacterModel
from reference.recurrent.deep import DeepRNN, DeepRNNConfig
from reference.recurrent.vanilla import RNN, RNNConfig
from reference.registry import System


def _sequence(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(4, batch, 3, generator=generator),)


def _too_wide(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(4, 2, 9, generator=generator),)


SYSTEMS = (
    System(
        name="rnn",
        family="recurrent",
        source="S0, S2, S3, S4",
        build=lambda generator: RNN(RNNConfig(3, 5), generator),
        example=_sequence,
        parameters=5 * (3 + 5) + 5,
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="deep_rnn",
        family="recurrent",
        source="S4",
        build=lambda generator: DeepRNN(DeepRNNConfig(3, 4, layers=2), generator),
        example=_sequence,
        parameters=(4 * (3 + 4) + 4) + (4 * (4 + 4) + 4),
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="character_model",
        family="recurrent",
        source="S1",
        build=lambda generator: CharacterModel(CharacterConfig(6, 5), generator),
        example=lambda batch, generator: (torch.randint(6, (4, batch), generator=generator),),
        parameters=5 * (6 + 5) + 5 + 6 * 5 + 6,
        batch_axis=1,
        wrong=lambda _: (torch.zeros(4, dtype=torch.long),),
    ),
    System(
        name="binary_adder",
        family="recurrent",
        source="S3",
        build=lambda generator: BinaryAdder(AdderConfig(hidden_size=3), generator),
        example=lambda batch, generator: binary_addition(batch, 4, generator)[:1],
        parameters=3 * (2 + 3) + 3 + 3 + 1,
        batch_axis=1,
        wrong=_too_wide,
    ),
)
