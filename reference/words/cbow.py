"""Continuous bag of words: guess the word from the words around it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import DataError, require_config, require_positive
from reference.examples import ids
from reference.initial import uniform
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


def context_windows(ids: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """Cut a text into (context, word) examples, leaving out the ends where the context is short.

    Args:
        ids: the text, (T,).
        window: how many words to either side.

    Returns:
        context (N, 2 window) in reading order, and the word in the middle (N,); N = T - 2 window.

    >>> context_windows(torch.tensor([5, 6, 7, 8]), 1)
    (tensor([[5, 7],
            [6, 8]]), tensor([6, 7]))
    """
    require_positive(window=window)
    check_shape("ids", ids, "T")
    if len(ids) <= 2 * window:
        raise DataError(f"a text of {len(ids)} words has no window of {2 * window + 1} words")
    pieces = ids.unfold(0, 2 * window + 1, 1)  # (N, 2 window + 1)
    around = [i for i in range(2 * window + 1) if i != window]
    return pieces[:, around], pieces[:, window]


@dataclass(frozen=True)
class CBOWConfig:
    """Sizes of a CBOW model: V words, D numbers a word."""

    words: int
    size: int

    def __post_init__(self) -> None:
        require_positive(words=self.words, size=self.size)


class CBOW(nn.Module):
    """The mean of the context's embeddings, scored against every word.

    Equation:
        v = 1/C sum_c E · w_c,  P(word | context) = softmax(U v)

    Source: S3 section 6. Mikolov et al., 2013.
    """

    def __init__(self, config: CBOWConfig, generator: Generator | None = None) -> None:
        require_config(config, CBOWConfig)
        super().__init__()
        self.config = config
        self.embedding = Embedding(EmbeddingConfig(config.words, config.size), generator)
        bound = 1 / math.sqrt(config.size)
        self.U = uniform(config.words, config.size, bound=bound, generator=generator)

    def forward(self, context: Tensor) -> Tensor:
        """Map context ids (B, C) to scores of the word in the middle (B, V)."""
        check_shape("context", context, "B", "C")
        # v = mean of the context's embeddings
        v = torch.mean(self.embedding(context), dim=1)  # (B, D)
        return v @ self.U.T  # (B, V)


SYSTEMS = (
    System(
        "cbow",
        "S3",
        lambda generator: CBOW(CBOWConfig(7, 3), generator),
        (ids(7, "B", 4),),
        parameters=2 * 7 * 3,
        wrong=(ids(7, 4),),
    ),
)
