"""Skip-gram with negative sampling: tell a true neighbour from a few drawn at random.

What it guarantees:

- The cost of a pair does not depend on the size of the vocabulary.
- Noise words are drawn from the counts to the power 3/4, from the generator that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_ids, require_positive
from reference.examples import ids
from reference.initial import zeros
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


def noise_distribution(counts: Tensor, power: float = 0.75) -> Tensor:
    """The chance of each word to be drawn as noise: counts^power, made to sum to one; (V,)."""
    check_shape("counts", counts, "V")
    require(bool((counts > 0).any()), "at least one word must have been counted")
    weights = counts.double() ** power
    weights[counts == 0] = 0
    return weights / weights.sum()


def draw_negatives(noise: Tensor, pairs: int, negatives: int, generator: Generator) -> Tensor:
    """Draw `negatives` noise words for each pair, ids (pairs, negatives)."""
    require_positive(pairs=pairs, negatives=negatives)
    drawn = torch.multinomial(noise, pairs * negatives, replacement=True, generator=generator)
    return drawn.reshape(pairs, negatives)


def negative_sampling_loss(word: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    """The loss of one true pair and its noise words.

    Equation:
        E = -log σ(u_context · v_word) - sum_k log σ(-u_k · v_word)

    Args:
        word: v, features of the word, (..., D).
        context: u of the true neighbour, (..., D).
        negatives: u of the noise words, (..., K, D).

    Returns:
        (...).

    Source: S3 section 6. Mikolov et al., "Distributed representations of words", 2013.
    """
    check_shape("context", context, *word.shape)
    check_shape("negatives", negatives, *word.shape[:-1], "K", word.shape[-1])
    true_score = (word * context).sum(-1)  # (...)
    noise_scores = (negatives @ word.unsqueeze(-1)).squeeze(-1)  # (..., K)
    # -log σ(true) - sum_k log σ(-noise_k)
    log_sigmoid = nn.functional.logsigmoid
    return -log_sigmoid(true_score) - log_sigmoid(-noise_scores).sum(-1)


@dataclass(frozen=True)
class NegativeSamplingConfig:
    """Sizes: V words, D numbers a word."""

    words: int
    size: int

    def __post_init__(self) -> None:
        require_positive(words=self.words, size=self.size)


class NegativeSampling(nn.Module):
    """Two embeddings, one for words in the middle and one for neighbours.

    Deviation: the paper's code starts the neighbours' embedding at zero; so does this one.
    """

    def __init__(self, config: NegativeSamplingConfig, generator: Generator | None = None) -> None:
        require_config(config, NegativeSamplingConfig)
        super().__init__()
        self.config = config
        self.embedding = Embedding(EmbeddingConfig(config.words, config.size), generator)
        self.U = zeros(config.words, config.size)

    def forward(self, word: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
        """Map ids of words (B,), neighbours (B,) and noise (B, K) to the loss of each pair (B,)."""
        check_shape("word", word, "B")
        check_shape("context", context, len(word))
        check_shape("negatives", negatives, len(word), "K")
        require_ids("context", context, self.config.words)
        require_ids("negatives", negatives, self.config.words)
        return negative_sampling_loss(
            self.embedding(word),  # (B, D)
            self.U[context],  # (B, D)
            self.U[negatives],  # (B, K, D)
        )


SYSTEMS = (
    System(
        "negative_sampling",
        "S3",
        lambda generator: NegativeSampling(NegativeSamplingConfig(7, 3), generator),
        (ids(7, "B"), ids(7, "B"), ids(7, "B", 4)),
        parameters=2 * 7 * 3,
        wrong=(ids(7, "B"), ids(7, 3), ids(7, "B", 4)),
    ),
)
