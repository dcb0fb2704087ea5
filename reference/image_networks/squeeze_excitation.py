"""Squeeze-and-excitation: attention over the channels of a feature map.

Source: S0; Hu et al. 2018.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_positive
from reference.examples import normal
from reference.initial import global_seed
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["SqueezeExcitation", "squeeze_excitation"]


def squeeze_excitation(
    x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor
) -> tuple[Tensor, Tensor]:
    """Weigh each channel by a number between 0 and 1 that depends on all channels.

    Equation: ``z_c = mean_hw x_chw`` (squeeze); ``s = σ(W_2 ReLU(W_1 z + b_1) + b_2)``
    (excitation); ``y_chw = s_c x_chw``

    Args:
        x: feature maps (..., C, H, W).
        w1: (C/r, C).
        b1: (C/r,).
        w2: (C, C/r).
        b2: (C,).

    Returns: y, (..., C, H, W), and the weights s, (..., C).
    """
    check_shape("x", x, ..., w1.shape[1], "H", "W")
    # z_c = mean_hw x_chw
    z = x.mean(dim=(-2, -1))
    # s = σ(W_2 ReLU(W_1 z + b_1) + b_2)
    s = torch.sigmoid(torch.relu(z @ w1.T + b1) @ w2.T + b2)
    # y_chw = s_c x_chw
    return x * s[..., None, None], s


class SqueezeExcitation(nn.Module):
    """The block with its two small full layers: 2 C²/r + C/r + C parameters.

    Args:
        channels: C.
        reduction: r, which must divide C.
    """

    def __init__(
        self, channels: int, reduction: int = 16, generator: Generator | None = None
    ) -> None:
        super().__init__()
        require_positive(channels=channels, reduction=reduction)
        require(
            channels % reduction == 0,
            f"reduction is {reduction}, expected a divisor of the {channels} channels",
        )
        with global_seed(generator):
            self.squeeze = nn.Linear(channels, channels // reduction)
            self.excite = nn.Linear(channels // reduction, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., C, H, W) to the same shape."""
        return squeeze_excitation(
            x, self.squeeze.weight, self.squeeze.bias, self.excite.weight, self.excite.bias
        )[0]


SYSTEMS = (
    System(
        "squeeze_excitation",
        "S0",
        lambda g: SqueezeExcitation(4, 2, g),
        (normal("B", 4, 5, 5),),
        parameters=10 + 12,
        wrong=(normal("B", 7, 5),),
    ),
)
