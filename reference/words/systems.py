"""The words family in the registry: 7 words, 3 numbers a word."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.registry import System
from reference.words.cbow import CBOW, CBOWConfig
from reference.words.embedding import Embedding, EmbeddingConfig
from reference.words.negative_sampling import NegativeSampling, NegativeSamplingConfig
from reference.words.skip_gram import SkipGram, SkipGramConfig


def _ids(*shape: int, generator: Generator) -> Tensor:
    return torch.randint(7, shape, generator=generator)


SYSTEMS = (
    System(
        name="embedding",
        family="words",
        source="S2, S3",
        build=lambda generator: Embedding(EmbeddingConfig(7, 3), generator),
        example=lambda batch, generator: (_ids(batch, generator=generator),),
        parameters=7 * 3,
    ),
    System(
        name="cbow",
        family="words",
        source="S3",
        build=lambda generator: CBOW(CBOWConfig(7, 3), generator),
        example=lambda batch, generator: (_ids(batch, 4, generator=generator),),
        parameters=2 * 7 * 3,
        wrong=lambda generator: (_ids(4, generator=generator),),
    ),
    System(
        name="skip_gram",
        family="words",
        source="S3",
        build=lambda generator: SkipGram(SkipGramConfig(7, 3), generator),
        example=lambda batch, generator: (_ids(batch, generator=generator),),
        parameters=2 * 7 * 3,
        wrong=lambda generator: (_ids(2, 4, generator=generator),),
    ),
    System(
        name="negative_sampling",
        family="words",
        source="S3",
        build=lambda generator: NegativeSampling(NegativeSamplingConfig(7, 3), generator),
        example=lambda batch, generator: (
            _ids(batch, generator=generator),
            _ids(batch, generator=generator),
            _ids(batch, 4, generator=generator),
        ),
        parameters=2 * 7 * 3,
        wrong=lambda generator: (
            _ids(2, generator=generator),
            _ids(3, generator=generator),
            _ids(2, 4, generator=generator),
        ),
    ),
)
