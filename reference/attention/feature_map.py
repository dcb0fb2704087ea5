"""Self-attention over a feature map: pixels that are far apart see each other in one step."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.attention.self_attention import SelfAttention, SelfAttentionConfig
from reference.errors import require_config, require_positive
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape


@dataclass(frozen=True)
class FeatureMapConfig:
    """Sizes: C channels, d of queries and keys."""

    channels: int
    key_size: int

    def __post_init__(self) -> None:
        require_positive(channels=self.channels, key_size=self.key_size)


class FeatureMapAttention(nn.Module):
    """Self-attention with the pixels of a feature map as words.

    Equation:
        y_p = x_p + sum_q softmax_q(Q_p · K_q / sqrt(d)) V_q,  over all pixels q

    Source: S0 ("features that are located far apart can be considered").

    Deviation: the weights W_Q, W_K, W_V are 1x1 convolutions written as matrices; SAGAN (2019)
        scales the added part by a learned number that starts at zero, here it is one.
    """

    def __init__(self, config: FeatureMapConfig, generator: Generator | None = None) -> None:
        require_config(config, FeatureMapConfig)
        super().__init__()
        self.config = config
        self.attention = SelfAttention(
            SelfAttentionConfig(config.channels, config.key_size), generator
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, C, H, W) to (B, C, H, W) and weights (B, HW, HW)."""
        check_shape("x", x, "B", self.config.channels, "H", "W")
        pixels = x.flatten(2).transpose(1, 2)  # (B, HW, C)
        answers, weights = self.attention(pixels)
        return answers.transpose(1, 2).reshape(x.shape), weights


SYSTEMS = (
    System(
        "feature_map_attention",
        "S0",
        lambda generator: FeatureMapAttention(FeatureMapConfig(4, 2), generator),
        (normal("B", 4, 3, 2),),
        parameters=2 * 2 * 4 + 4 * 4,
        wrong=(normal("B", 5, 3, 2),),
    ),
)
