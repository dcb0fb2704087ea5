"""A convolutional network over words, which tells from a document's label the words that made it.

What it guarantees:

- The label's score is the mean of what each word adds to it, plus a bias: nothing else decides.
- With lengths given, padding adds nothing: it is zero before the convolution and left out of the
  mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import ids
from reference.initial import uniform, zeros
from reference.lengths import real_steps
from reference.neurons.activations import relu
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


def convolve_words(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Slide filters over the words, zeros beyond both ends.

    Equation:
        z_t = W [x_{t-k} ; ... ; x_{t+k}] + b,  over windows of 2k + 1 words

    Args:
        x: words, (T, B, D).
        W: filters, (F, D, 2k + 1).
        b: (F,).

    Returns:
        (T, B, F).
    """
    check_shape("x", x, "T", "B", W.shape[1])
    reach = W.shape[2] // 2
    ends = x.new_zeros(reach, *x.shape[1:])
    windows = torch.cat([ends, x, ends]).unfold(0, W.shape[2], 1)  # (T, B, D, 2k + 1)
    # z_t = W [x_{t-k} ; ... ; x_{t+k}] + b
    return torch.einsum("tbdk,fdk->tbf", windows, W) + b


@dataclass(frozen=True)
class TextCNNConfig:
    """Sizes: V tokens, D numbers a token, F filters of an odd width, K labels."""

    tokens: int
    embedding_size: int
    filters: int
    labels: int
    width: int = 3

    def __post_init__(self) -> None:
        require_positive(
            tokens=self.tokens,
            embedding_size=self.embedding_size,
            filters=self.filters,
            labels=self.labels,
            width=self.width,
        )
        require(self.width % 2 == 1, f"width is {self.width}, expected an odd number of words")


class TextCNN(nn.Module):
    """Words, convolved, averaged, into a label; and back to the words.

    Equation:
        f_t = ReLU(W [x_{t-k} ; ... ; x_{t+k}] + b),  score = V mean_t f_t + c
        word t adds V f_t:  score = mean_t (V f_t) + c

    Source: S4 "Sentiment Classification and Word Localization". Lee et al., 2018.

    Deviation: one layer of filters of one width; the paper has several, and two ways to localise.
    """

    def __init__(self, config: TextCNNConfig, generator: Generator | None = None) -> None:
        require_config(config, TextCNNConfig)
        super().__init__()
        self.config = config
        D, F, K = config.embedding_size, config.filters, config.labels
        self.embedding = Embedding(EmbeddingConfig(config.tokens, D), generator)
        bound = 1 / math.sqrt(D * config.width)
        self.W = uniform(F, D, config.width, bound=bound, generator=generator)
        self.b = zeros(F)
        self.V = uniform(K, F, bound=1 / math.sqrt(F), generator=generator)
        self.c = zeros(K)

    def localise(self, document: Tensor, lengths: Tensor | None = None) -> Tensor:
        """What each word of ids (T, B) adds to each label, (T, B, K); 0 in the padding."""
        check_shape("document", document, "T", "B")
        x = self.embedding(document)  # (T, B, D)
        real = torch.ones_like(document) if lengths is None else real_steps(lengths, len(document))
        real = real.unsqueeze(-1).to(x)
        # f_t = ReLU(W [x_{t-k} ; ... ; x_{t+k}] + b)
        features = relu(convolve_words(x * real, self.W, self.b))  # (T, B, F)
        # word t adds V f_t
        return features @ self.V.T * real

    def forward(self, document: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map ids (T, B) to scores (B, K); lengths (B,), all T unless given."""
        added = self.localise(document, lengths)
        steps = len(document) if lengths is None else lengths.unsqueeze(-1)
        # score = mean_t (V f_t) + c
        return added.sum(0) / steps + self.c


SYSTEMS = (
    System(
        "text_cnn",
        "S4",
        lambda generator: TextCNN(TextCNNConfig(5, 4, 3, 2), generator),
        (ids(5, "T", "B"),),
        parameters=5 * 4 + (4 * 3 * 3 + 3) + (3 * 2 + 2),
        wrong=(ids(5, 4),),
        output_axis=0,
    ),
)
