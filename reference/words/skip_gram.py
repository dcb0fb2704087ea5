"""Skip-gram: guess the words around from the word in the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import ids
from reference.initial import uniform
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


def skip_gram_pairs(ids: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """All pairs of a word and one of its neighbours.

    Args:
        ids: the text, (T,).
        window: how far a neighbour may be.

    Returns:
        centre (N,) and context (N,), ordered by distance from -window to window.

    >>> skip_gram_pairs(torch.tensor([5, 6, 7]), 1)
    (tensor([6, 7, 5, 6]), tensor([5, 6, 6, 7]))
    """
    require_positive(window=window)
    check_shape("ids", ids, "T")
    centres, contexts = [], []
    for distance in [d for d in range(-window, window + 1) if d != 0]:
        here = ids[max(0, -distance) : len(ids) - max(0, distance)]
        there = ids[max(0, distance) : len(ids) - max(0, -distance)]
        centres.append(here)
        contexts.append(there)
    return torch.cat(centres), torch.cat(contexts)


@dataclass(frozen=True)
class SkipGramConfig:
    """Sizes of a skip-gram model: V words, D numbers a word."""

    words: int
    size: int

    def __post_init__(self) -> None:
        require_positive(words=self.words, size=self.size)


class SkipGram(nn.Module):
    """Skip-gram with the full softmax over the vocabulary.

    Equation:
        P(context | word) = softmax(U E · w)

    Source: S3 section 6. Mikolov et al., 2013.
    """

    def __init__(self, config: SkipGramConfig, generator: Generator | None = None) -> None:
        require_config(config, SkipGramConfig)
        super().__init__()
        self.config = config
        self.embedding = Embedding(EmbeddingConfig(config.words, config.size), generator)
        bound = 1 / math.sqrt(config.size)
        self.U = uniform(config.words, config.size, bound=bound, generator=generator)

    def forward(self, word: Tensor) -> Tensor:
        """Map word ids (B,) to scores of a neighbour (B, V)."""
        check_shape("word", word, "B")
        features: Tensor = self.embedding(word)  # (B, D)
        return features @ self.U.T  # (B, V)


SYSTEMS = (
    System(
        "skip_gram",
        "S3",
        lambda generator: SkipGram(SkipGramConfig(7, 3), generator),
        (ids(7, "B"),),
        parameters=2 * 7 * 3,
        wrong=(ids(7, "B", 4),),
    ),
)
