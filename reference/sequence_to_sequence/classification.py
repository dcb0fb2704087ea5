"""Sentence classification: many words in, one label out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import ids
from reference.gated.lstm import LSTM, LSTMConfig
from reference.initial import uniform, zeros
from reference.lengths import last_states
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


@dataclass(frozen=True)
class ClassifierConfig:
    """Sizes: V tokens, D numbers a token, H cells, K labels."""

    tokens: int
    embedding_size: int
    hidden_size: int
    labels: int

    def __post_init__(self) -> None:
        require_positive(
            tokens=self.tokens,
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
            labels=self.labels,
        )


class SentenceClassifier(nn.Module):
    """Words into an LSTM, its last output into scores.

    Equation:
        h_T = LSTM(E · x_1, ..., E · x_T),  P(label) = softmax(V h_T + c)

    Source: S1 (many to one: super, good, normal, bad, worst), S4 "Text classification".
    """

    def __init__(self, config: ClassifierConfig, generator: Generator | None = None) -> None:
        require_config(config, ClassifierConfig)
        super().__init__()
        self.config = config
        D, H = config.embedding_size, config.hidden_size
        self.embedding = Embedding(EmbeddingConfig(config.tokens, D), generator)
        self.recurrent = LSTM(LSTMConfig(D, H, forget_bias=1.0), generator)
        self.V = uniform(config.labels, H, bound=1 / math.sqrt(H), generator=generator)
        self.c = zeros(config.labels)

    def forward(self, sentence: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map ids (T, B) to scores (B, K); lengths (B,), all T unless given."""
        check_shape("sentence", sentence, "T", "B")
        h, _ = self.recurrent(self.embedding(sentence))  # (T, B, H)
        # P(label) = softmax(V h_T + c)
        return last_states(h, lengths) @ self.V.T + self.c


SYSTEMS = (
    System(
        "sentence_classifier",
        "S1, S4",
        lambda generator: SentenceClassifier(ClassifierConfig(5, 3, 4, 2), generator),
        (ids(5, "T", "B"),),
        parameters=5 * 3 + 4 * ((3 + 4) * 4 + 4) + 2 * 4 + 2,
        wrong=(ids(5, 6),),
        output_axis=0,
    ),
)
