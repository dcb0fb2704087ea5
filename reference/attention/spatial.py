"""Spatial attention: a mask over the image, so that what follows sees the fish and not the plate.

What it guarantees:

- The mask is between 0 and 1, one number a pixel, the same for all channels.
- A pixel that the mask closes has no way to the output but through the mask itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from reference.convolution.convolution import Conv2d, Conv2dConfig
from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.neurons.activations import sigmoid, tanh
from reference.registry import System
from reference.shapes import check_shape


def spatial_attention(images: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Close the pixels that do not matter.

    Equation:
        m_hw = σ(e_hw),  y_chw = m_hw x_chw

    Args:
        images: x, (B, C, H, W).
        scores: e, (B, 1, H, W).

    Returns:
        masked images (B, C, H, W) and the mask (B, 1, H, W).

    Source: S0, attention in image processing (yellowtail on a black plate).
    """
    check_shape("images", images, "B", "C", "H", "W")
    check_shape("scores", scores, len(images), 1, *images.shape[-2:])
    # m_hw = σ(e_hw)
    mask = sigmoid(scores)
    # y_chw = m_hw x_chw
    return mask * images, mask


@dataclass(frozen=True)
class SpatialConfig:
    """Sizes: C channels of the image, M maps in the branch that makes the mask, its odd kernel."""

    channels: int
    maps: int = 8
    kernel: int = 3

    def __post_init__(self) -> None:
        require_positive(channels=self.channels, maps=self.maps, kernel=self.kernel)
        require(self.kernel % 2 == 1, f"kernel is {self.kernel}, expected an odd number")


class SpatialAttention(nn.Module):
    """A small branch looks at the image, says where to look, and masks the image.

    Equation:
        e = conv(tanh(conv(x))),  m = σ(e),  y = m ⊙ x
    """

    def __init__(self, config: SpatialConfig, generator: Generator | None = None) -> None:
        require_config(config, SpatialConfig)
        super().__init__()
        self.config = config
        C, M, k = config.channels, config.maps, config.kernel
        self.look = Conv2d(Conv2dConfig(C, M, k, padding=k // 2), generator)
        self.score = Conv2d(Conv2dConfig(M, 1, k, padding=k // 2), generator)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, C, H, W) to masked images (B, C, H, W) and the mask (B, 1, H, W)."""
        check_shape("images", images, "B", self.config.channels, "H", "W")
        # e = conv(tanh(conv(x)))
        return spatial_attention(images, self.score(tanh(self.look(images))))


SYSTEMS = (
    System(
        "spatial_attention",
        "S0",
        lambda generator: SpatialAttention(SpatialConfig(2, 3), generator),
        (normal("B", 2, 5, 4),),
        parameters=(9 * 2 + 1) * 3 + (9 * 3 + 1),
        wrong=(normal("B", 3, 5, 4),),
    ),
)
