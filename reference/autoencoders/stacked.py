"""Stacked autoencoder: one layer at a time, then all together, then as a classifier.

Guarantees: greedy training changes no layer trained before; the stack made of the parts computes
exactly what the parts compute one after another.

Source: S0.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

from reference.autoencoders.plain import Autoencoder, AutoencoderConfig
from reference.autoencoders.training import train
from reference.examples import unit
from reference.losses import cross_entropy
from reference.multilayer_perceptron.network import Linear
from reference.neurons.activations import activation
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["StackedClassifier", "assemble", "fine_tune", "train_greedily"]


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


class StackedClassifier(nn.Module):
    """The encoder of a stack, and a layer that names what it has encoded.

    Equation: ``P(class) = softmax(W y + b)`` with ``y = g_n(W_n … g_1(W_1 x + b_1) … + b_n)``

    The decoder is thrown away; pre-training has left its weights in the encoder.

    Source: S0, fine-tuning of the whole with labels after the layers were trained one by one.
    """

    def __init__(
        self, autoencoder: Autoencoder, classes: int, generator: Generator | None = None
    ) -> None:
        super().__init__()
        self.config = autoencoder.config
        self.weights = nn.ParameterList(w.detach().clone() for w in autoencoder.encoder_weights)
        self.biases = nn.ParameterList(b.detach().clone() for b in autoencoder.encoder_biases)
        self.top = Linear(autoencoder.config.sizes[-1], classes, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., D) to logits (..., classes)."""
        check_shape("x", x, ..., self.config.sizes[0])
        last = len(self.weights) - 1
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            g = activation(self.config.code if i == last else self.config.hidden)
            # y = g(W x + b)
            x = g(x @ w.T + b)
        # P(class) = softmax(W y + b)
        logits: Tensor = self.top(x)
        return logits


def fine_tune(
    model: StackedClassifier,
    data: Tensor,
    labels: Tensor,
    steps: int,
    learning_rate: float = 3e-3,
    generator: Generator | None = None,
) -> list[float]:
    """Train all layers together on labelled data (N, D), (N,); returns the loss of each step."""

    def cost(index: Tensor) -> Tensor:
        return cross_entropy(model(data[index]), labels[index])

    numbers = torch.arange(len(data))
    return train(model, numbers, steps, learning_rate, generator=generator, loss=cost)


SYSTEMS = (
    System(
        "stacked_autoencoder",
        "S0",
        lambda g: Autoencoder(AutoencoderConfig((6, 4, 2)), g),
        (unit("B", 6),),
        parameters=2 * (24 + 8) + (4 + 2) + (4 + 6),
        wrong=(unit("B", 5),),
    ),
    System(
        "stacked_classifier",
        "S0",
        lambda g: StackedClassifier(Autoencoder(AutoencoderConfig((6, 4, 2), "tanh"), g), 3, g),
        (unit("B", 6),),
        parameters=(24 + 4) + (8 + 2) + (6 + 3),
        wrong=(unit("B", 5),),
    ),
)
