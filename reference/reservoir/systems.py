"""The reservoir family in the registry: 2 inputs, 6 reservoir neurons, 1 output.

The read-out is a buffer set in closed form, so no parameter is trained by gradient; it starts at
zero.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.registry import System
from reference.reservoir.echo_state import EchoStateConfig, EchoStateNetwork


def _build(generator: Generator | None, config: EchoStateConfig) -> EchoStateNetwork:
    network = EchoStateNetwork(config, generator)
    network.W_out.uniform_(-1, 1, generator=generator)
    return network


def _sequence(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(5, batch, 2, generator=generator),)


def _too_wide(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(5, 2, 9, generator=generator),)


SYSTEMS = (
    System(
        name="echo_state_network",
        family="reservoir",
        source="S0, S2",
        build=lambda generator: _build(generator, EchoStateConfig(2, 6, 1, density=0.5)),
        example=_sequence,
        parameters=0,
        batch_axis=1,
        wrong=_too_wide,
    ),
    System(
        name="general_echo_state_network",
        family="reservoir",
        source="S0",
        build=lambda generator: _build(
            generator,
            EchoStateConfig(2, 6, 1, density=0.5, leak=0.5, feedback_scale=0.5, direct=True),
        ),
        example=_sequence,
        parameters=0,
        batch_axis=1,
        wrong=_too_wide,
    ),
)
