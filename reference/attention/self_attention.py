"""Self-attention over a sentence: every word asks all words, itself included.

What it guarantees:

- Words have no order of their own: permuting the input permutes the output (without a mask).
- With `causal_mask` no output depends on a later word.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.attention.query_key_value import SourceTargetAttention, SourceTargetConfig
from reference.errors import require_config, require_positive
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape


@dataclass(frozen=True)
class SelfAttentionConfig:
    """Sizes: D of a word, d of queries and keys."""

    size: int
    key_size: int

    def __post_init__(self) -> None:
        require_positive(size=self.size, key_size=self.key_size)


class SelfAttention(nn.Module):
    """Each word plus the weighted values of all words.

    Equation:
        y = x + softmax(Q Kᵀ / sqrt(d)) V,  Q, K, V from x itself

    Source: S0 ("the sum of the input word and the weighted Value").
    """

    def __init__(self, config: SelfAttentionConfig, generator: Generator | None = None) -> None:
        require_config(config, SelfAttentionConfig)
        super().__init__()
        self.config = config
        self.attention = SourceTargetAttention(
            SourceTargetConfig(config.size, config.size, config.key_size, config.size), generator
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map words (..., T, D) to words (..., T, D) and weights (..., T, T)."""
        check_shape("x", x, ..., "T", self.config.size)
        answers, weights = self.attention(x, x, mask)
        # y = x + weighted values
        return x + answers, weights


SYSTEMS = (
    System(
        "self_attention",
        "S0",
        lambda generator: SelfAttention(SelfAttentionConfig(4, 2), generator),
        (normal("B", "S", 4),),
        parameters=2 * 2 * 4 + 4 * 4,
        wrong=(normal("B", 5, 3),),
    ),
)
