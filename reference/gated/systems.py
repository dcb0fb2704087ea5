"""The gated family in the registry, each system in its smallest size: 3 inputs, 4 cells."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.gated.carousel import CarouselConfig, ConstantErrorCarousel
from reference.gated.gru import GRU, GRUConfig
from reference.gated.input_output import InputOutputConfig, InputOutputLSTM
from reference.gated.lstm import LSTM, LSTMConfig
from reference.gated.peephole import PeepholeConfig, PeepholeLSTM
from reference.registry import System


def _sequence(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(4, batch, 3, generator=generator),)


def _too_wide(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(4, 2, 9, generator=generator),)


SYSTEMS = (
    System(
        name="constant_error_carousel",
        family="gated",
        source="S3",
        build=lambda generator: ConstantErrorCarousel(CarouselConfig(3, 4), generator),
        example=_sequence,
        parameters=3 * 4 + 4,
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="lstm_without_forget_gate",
        family="gated",
        source="S3",
        build=lambda generator: InputOutputLSTM(InputOutputConfig(3, 4), generator),
        example=_sequence,
        parameters=3 * ((3 + 4) * 4 + 4),
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="lstm",
        family="gated",
        source="S0, S1, S3, S4",
        build=lambda generator: LSTM(LSTMConfig(3, 4), generator),
        example=_sequence,
        parameters=4 * ((3 + 4) * 4 + 4),
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="peephole_lstm",
        family="gated",
        source="S3",
        build=lambda generator: PeepholeLSTM(PeepholeConfig(3, 4), generator),
        example=_sequence,
        parameters=4 * ((3 + 4) * 4 + 4) + 3 * 4,
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="gru",
        family="gated",
        source="S1, S3, S4",
        build=lambda generator: GRU(GRUConfig(3, 4), generator),
        example=_sequence,
        parameters=3 * ((3 + 4) * 4 + 4),
        batch_axis=1,
        wrong=_too_wide,
    ),
)
