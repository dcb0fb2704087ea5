"""Image captioning: the features of a convolutional network start a recurrent one.

What it guarantees:

- The image enters once, at the first step, as a term added inside the tanh (S1: W_ih v).
- Any features will do: the last layer of a network before its classifier, (B, F).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import ids, normal
from reference.initial import uniform, zeros
from reference.recurrent.vanilla import RNN, RNNConfig
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


@dataclass(frozen=True)
class CaptionerConfig:
    """Sizes: F image features, V tokens, D numbers a token, H hidden neurons."""

    features: int
    tokens: int
    embedding_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(
            features=self.features,
            tokens=self.tokens,
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
        )


class Captioner(nn.Module):
    """A recurrent network that describes what a convolutional one has seen.

    Equation:
        h_1 = tanh(W x_1 + U h_0 + W_ih v + b),  h_t = tanh(W x_t + U h_{t-1} + b)
        P(word t + 1) = softmax(V h_t + c)

    Source: S1 "image captioning" (v from VGG without its classifier). Karpathy and Li, 2015.
    """

    def __init__(self, config: CaptionerConfig, generator: Generator | None = None) -> None:
        require_config(config, CaptionerConfig)
        super().__init__()
        self.config = config
        F, D, H = config.features, config.embedding_size, config.hidden_size
        self.embedding = Embedding(EmbeddingConfig(config.tokens, D), generator)
        self.recurrent = RNN(RNNConfig(D, H), generator)
        self.W_ih = uniform(H, F, bound=1 / math.sqrt(F), generator=generator)
        self.V = uniform(config.tokens, H, bound=1 / math.sqrt(H), generator=generator)
        self.c = zeros(config.tokens)

    def step(
        self, word: Tensor, h_prev: Tensor, features: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read one word (B,); the image (B, F) is given at the first step; scores and h_t."""
        layer = self.recurrent
        # a = W x_t + U h_{t-1} + b
        a = self.embedding(word) @ layer.W.T + h_prev @ layer.U.T + layer.b
        if features is not None:
            # a_1 = W x_1 + U h_0 + b + W_ih v
            a = a + features @ self.W_ih.T
        # h_t = tanh(a)
        h_t = torch.tanh(a)
        # scores = V h_t + c
        return h_t @ self.V.T + self.c, h_t

    def forward(self, features: Tensor, words_in: Tensor) -> Tensor:
        """Map features (B, F) and words from the start mark on (T, B) to scores (T, B, V).

        Padding stands behind a caption's words and changes no score before it; leave it out of the
        loss by `reference.lengths.masked_cross_entropy`.
        """
        check_shape("features", features, "B", self.config.features)
        check_shape("words_in", words_in, "T", len(features))
        h_t = features.new_zeros(len(features), self.config.hidden_size)
        scores = []
        for t, word in enumerate(words_in):
            score, h_t = self.step(word, h_t, features if t == 0 else None)
            scores.append(score)
        return torch.stack(scores)


def caption(model: Captioner, features: Tensor, start: int, length: int) -> Tensor:
    """Describe each image (B, F) greedily, ids (length, B)."""
    word = torch.full((len(features),), start, dtype=torch.long, device=features.device)
    h_t = features.new_zeros(len(features), model.config.hidden_size)
    written = []
    with torch.no_grad():
        for t in range(length):
            score, h_t = model.step(word, h_t, features if t == 0 else None)
            word = score.argmax(-1)
            written.append(word)
    return torch.stack(written)


SYSTEMS = (
    System(
        "captioner",
        "S1, S4",
        lambda generator: Captioner(CaptionerConfig(6, 5, 3, 4), generator),
        (normal("B", 6), ids(5, "T", "B")),
        parameters=5 * 3 + (4 * (3 + 4) + 4) + 4 * 6 + 5 * 4 + 5,
        wrong=(normal("B", 7), ids(5, "T", "B")),
        output_axis=1,
    ),
)
