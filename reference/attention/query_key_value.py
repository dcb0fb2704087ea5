"""Source-target attention with query, key and value: what is asked, what answers, what is given."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.attention.alignment import align
from reference.errors import require_config, require_positive
from reference.examples import normal
from reference.initial import uniform
from reference.registry import System
from reference.shapes import check_shape


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Answer each query with the values whose keys fit it.

    Equation:
        attention(Q, K, V) = softmax(Q Kᵀ / sqrt(d)) V

    Args:
        Q: queries, (..., T, d).
        K: keys, (..., S, d).
        V: values, (..., S, D).
        mask: True where a query may see a key; broadcasts to (..., T, S).

    Returns:
        answers (..., T, D) and weights (..., T, S).

    Source: S0 "Query-Key-Value". Vaswani et al., 2017.

    Deviation: S0 speaks of the largest response and leaves the scaling out; the softmax is its soft
        form, and without sqrt(d) it saturates when d is large.
    """
    check_shape("K", K, ..., "S", Q.shape[-1])
    check_shape("V", V, ..., K.shape[-2], "D")
    # Q Kᵀ / sqrt(d): scores of unit variance when queries and keys have it
    scores = Q @ K.transpose(-1, -2) / math.sqrt(Q.shape[-1])  # (..., T, S)
    weights = align(scores, mask)
    # softmax(Q Kᵀ / sqrt(d)) V
    return weights @ V, weights


@dataclass(frozen=True)
class SourceTargetConfig:
    """Sizes: D of the target, D of the source, d of queries and keys, D of values."""

    target_size: int
    source_size: int
    key_size: int
    value_size: int

    def __post_init__(self) -> None:
        require_positive(
            target_size=self.target_size,
            source_size=self.source_size,
            key_size=self.key_size,
            value_size=self.value_size,
        )


class SourceTargetAttention(nn.Module):
    """The target asks, the source answers.

    Equation:
        Q = W_Q target,  K = W_K source,  V = W_V source,  softmax(Q Kᵀ / sqrt(d)) V
    """

    def __init__(self, config: SourceTargetConfig, generator: Generator | None = None) -> None:
        require_config(config, SourceTargetConfig)
        super().__init__()
        self.config = config

        def weight(out: int, size: int) -> nn.Parameter:
            return uniform(out, size, bound=1 / math.sqrt(size), generator=generator)

        self.W_Q = weight(config.key_size, config.target_size)
        self.W_K = weight(config.key_size, config.source_size)
        self.W_V = weight(config.value_size, config.source_size)

    def forward(
        self, target: Tensor, source: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Map target (..., T, D_t), source (..., S, D_s) to answers (..., T, D) and weights."""
        check_shape("target", target, ..., "T", self.config.target_size)
        check_shape("source", source, ..., "S", self.config.source_size)
        # Q = W_Q target,  K = W_K source,  V = W_V source
        Q, K, V = target @ self.W_Q.T, source @ self.W_K.T, source @ self.W_V.T
        return scaled_dot_product_attention(Q, K, V, mask)


SYSTEMS = (
    System(
        "source_target_attention",
        "S0",
        lambda generator: SourceTargetAttention(SourceTargetConfig(4, 3, 2, 5), generator),
        (normal("B", "T", 4), normal("B", "S", 3)),
        parameters=2 * 4 + 2 * 3 + 5 * 3,
        wrong=(normal("B", "T", 4), normal("B", 6, 4)),
    ),
)
