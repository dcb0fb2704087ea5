"""Words as numbers: one-hot vectors, embeddings, and how word2vec learns them."""

from reference.words.cbow import CBOW, CBOWConfig, context_windows
from reference.words.embedding import Embedding, EmbeddingConfig, embed, nearest, one_hot
from reference.words.negative_sampling import (
    NegativeSampling,
    NegativeSamplingConfig,
    draw_negatives,
    negative_sampling_loss,
    noise_distribution,
)
from reference.words.skip_gram import SkipGram, SkipGramConfig, skip_gram_pairs

__all__ = [
    "CBOW",
    "CBOWConfig",
    "Embedding",
    "EmbeddingConfig",
    "NegativeSampling",
    "NegativeSamplingConfig",
    "SkipGram",
    "SkipGramConfig",
    "context_windows",
    "draw_negatives",
    "embed",
    "nearest",
    "negative_sampling_loss",
    "noise_distribution",
    "one_hot",
    "skip_gram_pairs",
]
