"""Stacked autoencoder: one layer at a time, then all together.

Guarantees: greedy training changes no layer trained before; the stack made of the parts computes
exactly what the parts compute one after another.

Source: S0.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Generator, Tensor

from reference.autoencoders.plain import Autoencoder, AutoencoderConfig
from reference.autoencoders.training import train
from reference.examples import unit
from reference.registry import System

__all__ = ["assemble", "train_greedily"]


def train_greedily(
    config: AutoencoderConfig,
    data: Tensor,
    steps: int,
    learning_rate: float = 3e-3,
    generator: Generator | None = None,
) -> list[Autoencoder]:
    """Train the largest autoencoder on the data, the next on its codes, and so on.

    Args:
        config: of the whole; each part is one pair of its sizes.
        data: (N, D).
        steps: of each part.
        learning_rate: of Adam.
        generator: where everything random comes from.

    Returns: one small autoencoder per pair of sizes, outermost first.
    """
    parts: list[Autoencoder] = []
    last = len(config.sizes) - 2
    for i, (outer, inner) in enumerate(pairwise(config.sizes)):
        part = Autoencoder(
            AutoencoderConfig(
                (outer, inner),
                code=config.code if i == last else config.hidden,
                output=config.output if i == 0 else config.hidden,
                tied=config.tied,
            ),
            generator,
        )
        train(part, data, steps, learning_rate, generator=generator)
        parts.append(part)
        with torch.no_grad():
            data = part.encode(data)  # y becomes the data of the next, smaller one
    return parts


@torch.no_grad()
def assemble(config: AutoencoderConfig, parts: list[Autoencoder]) -> Autoencoder:
    """Stack encoders inwards and decoders outwards into one network, ready for fine-tuning."""
    whole = Autoencoder(config, Generator())  # every number is copied over
    for i, part in enumerate(parts):
        whole.encoder_weights[i].copy_(part.encoder_weights[0])
        whole.encoder_biases[i].copy_(part.encoder_biases[0])
        mirrored = len(parts) - 1 - i
        whole.decoder_biases[mirrored].copy_(part.decoder_biases[0])
        if not config.tied:
            whole.decoder_weights[mirrored].copy_(part.decoder_weights[0])
    return whole


SYSTEMS = (
    System(
        "stacked_autoencoder",
        "S0",
        lambda g: Autoencoder(AutoencoderConfig((6, 4, 2)), g),
        (unit("B", 6),),
        parameters=2 * (24 + 8) + (4 + 2) + (4 + 6),
        wrong=(unit("B", 5),),
    ),
)
