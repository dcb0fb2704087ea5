"""One-hot vectors and the embedding E·w that turns them into features.

What it guarantees:

- `embed(E, one_hot(i, V))` is column i of E; `Embedding` picks the column without the product.
- V × D weights for V words, whatever the text: a V × V matrix is never made (S3 section 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_ids, require_positive
from reference.examples import ids
from reference.initial import uniform
from reference.registry import System
from reference.shapes import check_shape


def one_hot(ids: Tensor, size: int) -> Tensor:
    """Write each id as a vector with a single one, (...) -> (..., V), float32.

    Raises:
        DataError: an id is not 0 to V - 1.

    >>> one_hot(torch.tensor([2, 0]), 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    require_ids("ids", ids, size)
    return (ids.unsqueeze(-1) == torch.arange(size, device=ids.device)).float()


def embed(E: Tensor, w: Tensor) -> Tensor:
    """Turn one-hot words into features.

    Equation:
        e = E · w

    Args:
        E: the embedding matrix, (D, V).
        w: one-hot words, (..., V).

    Returns:
        (..., D).

    Source: S3 P111 (E.dot(w)).
    """
    check_shape("w", w, ..., E.shape[1])
    # e = E · w
    return w.to(E.dtype) @ E.T


def nearest(E: Tensor, word: int, count: int) -> Tensor:
    """The words whose columns point most nearly where this word's column points.

    Equation:
        similarity(i, j) = E_i · E_j / (|E_i| |E_j|)

    Args:
        E: (D, V).
        word: its id.
        count: how many neighbours, at most V - 1.

    Returns:
        ids, (count,), the nearest first, without the word itself.
    """
    require_ids("ids", torch.tensor(word), E.shape[1])
    require(1 <= count < E.shape[1], f"count is {count}, expected 1 to {E.shape[1] - 1}")
    columns = nn.functional.normalize(E.T, dim=-1)  # (V, D)
    # similarity(i, j) = E_i · E_j / (|E_i| |E_j|)
    similarity = columns @ columns[word]
    similarity[word] = -math.inf
    return similarity.topk(count).indices


@dataclass(frozen=True)
class EmbeddingConfig:
    """Sizes of an embedding: V words, D numbers a word."""

    words: int
    size: int

    def __post_init__(self) -> None:
        require_positive(words=self.words, size=self.size)


class Embedding(nn.Module):
    """The matrix E as a layer.

    Source: S2 (word embeddings), S3 P111.

    Deviation: torch.nn.Embedding keeps the transpose, (V, D).
    """

    def __init__(self, config: EmbeddingConfig, generator: Generator | None = None) -> None:
        require_config(config, EmbeddingConfig)
        super().__init__()
        self.config = config
        bound = 1 / math.sqrt(config.size)
        self.E = uniform(config.size, config.words, bound=bound, generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids (...) to features (..., D): the product E · onehot(id), as a pick of columns."""
        require_ids("ids", ids, self.config.words)
        return nn.functional.embedding(ids, self.E.T)  # rows of Eᵀ: a pick, no product


SYSTEMS = (
    System(
        "embedding",
        "S2, S3",
        lambda generator: Embedding(EmbeddingConfig(7, 3), generator),
        (ids(7, "B"),),
        parameters=7 * 3,
    ),
)
