"""Attention pooling: one vector for a document, to which each word adds as much as it matters.

What it guarantees:

- Weights sum to one over the real words; padding gets exactly none.
- The order of the words does not matter: what is seen is each word by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.attention.alignment import align, context_vector, padding_mask
from reference.errors import require_config, require_positive
from reference.examples import ids
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


def attention_pool(
    states: Tensor, W: Tensor, b: Tensor, v: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Weigh the states by a score that each one gets alone, and add them up.

    Equation:
        e_s = vᵀ tanh(W h_s + b),  a = softmax(e),  c = sum_s a_s h_s

    Args:
        states: (..., S, H).
        W: (A, H).
        b: (A,).
        v: (A,), what is asked of every word: does it matter?
        mask: True where a position may be seen; broadcasts to (..., S).

    Returns:
        c (..., H) and weights a (..., S).

    Source: S4, attention in document classification; Raffel and Ellis, 2015.
    """
    check_shape("states", states, ..., "S", W.shape[1])
    # e_s = vᵀ tanh(W h_s + b)
    weights = align(torch.tanh(states @ W.T + b) @ v, mask)
    # c = sum_s a_s h_s
    return context_vector(weights, states), weights


@dataclass(frozen=True)
class DocumentConfig:
    """Sizes: V tokens, D numbers a token, A of the score, K labels."""

    tokens: int
    embedding_size: int
    attention_size: int
    labels: int

    def __post_init__(self) -> None:
        require_positive(
            tokens=self.tokens,
            embedding_size=self.embedding_size,
            attention_size=self.attention_size,
            labels=self.labels,
        )


class DocumentClassifier(nn.Module):
    """Words, pooled by attention, into a label: "delicious" decides, the rest hardly counts.

    Equation:
        h_s = E · x_s,  c = sum_s a_s h_s,  P(label) = softmax(V c + c_0)

    Source: S0 (the word "delicious"), S4. Raffel and Ellis, 2015.
    """

    def __init__(self, config: DocumentConfig, generator: Generator | None = None) -> None:
        require_config(config, DocumentConfig)
        super().__init__()
        self.config = config
        D, A, K = config.embedding_size, config.attention_size, config.labels
        self.embedding = Embedding(EmbeddingConfig(config.tokens, D), generator)
        self.W = uniform(A, D, bound=1 / math.sqrt(D), generator=generator)
        self.b = zeros(A)
        self.v = uniform(A, bound=1 / math.sqrt(A), generator=generator)
        self.V = uniform(K, D, bound=1 / math.sqrt(D), generator=generator)
        self.c_0 = zeros(K)

    def forward(self, document: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map ids (T, B) to scores (B, K) and weights (T, B); lengths (B,), all T unless given."""
        check_shape("document", document, "T", "B")
        mask = None if lengths is None else padding_mask(lengths, len(document))
        states = self.embedding(document).transpose(0, 1)  # (B, T, D)
        c, weights = attention_pool(states, self.W, self.b, self.v, mask)
        # P(label) = softmax(V c + c_0)
        return c @ self.V.T + self.c_0, weights.T


SYSTEMS = (
    System(
        "document_classifier",
        "S0, S4",
        lambda generator: DocumentClassifier(DocumentConfig(5, 4, 3, 2), generator),
        (ids(5, "T", "B"),),
        parameters=5 * 4 + (4 * 3 + 3) + 3 + (4 * 2 + 2),
        wrong=(ids(5, 4),),
        output_axis=0,
    ),
)
