"""Local response normalisation: strong maps quieten their neighbours, as in AlexNet.

Guarantees: each pixel by itself; agrees with torch's layer once its α is divided by n.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["LocalResponseNorm", "LocalResponseNormConfig", "local_response_norm"]


def local_response_norm(
    x: Tensor, size: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
) -> Tensor:
    """Divide each map by the strength of the maps beside it.

    Equation: ``y_c = x_c / (k + α sum_j x_j²)^β``, j over the n maps around c that there are

    Args:
        x: feature maps (B, C, H, W).
        size: n, an odd number of maps.
        k: keeps the divisor away from zero.
        alpha: α.
        beta: β.

    Returns: (B, C, H, W).

    Raises: `ConfigError` when n is even or k is not above 0.

    Source: S4, AlexNet; Krizhevsky et al. 2012, section 3.3, with n = 5, k = 2, α = 1e-4, β = 0.75.

    Deviation: torch's layer takes the mean over the n maps, so that its α is n times this one.
    """
    check_shape("x", x, "B", "C", "H", "W")
    LocalResponseNormConfig(size, k, alpha, beta)
    near = size // 2
    squares = functional.pad(x**2, (0, 0, 0, 0, near, near))  # (B, C + n - 1, H, W)
    # y_c = x_c / (k + α sum_j x_j²)^β
    return x / (k + alpha * squares.unfold(1, size, 1).sum(dim=-1)) ** beta


@dataclass(frozen=True)
class LocalResponseNormConfig:
    """n maps, and the constants k, α and β of the paper."""

    size: int = 5
    k: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75

    def __post_init__(self) -> None:
        require_positive(size=self.size)
        require(self.size % 2 == 1, f"size is {self.size}, expected an odd number of maps")
        require(self.k > 0, f"k is {self.k}, expected above 0")


class LocalResponseNorm(nn.Module):
    """The layer around `local_response_norm`; nothing is learned."""

    def __init__(self, config: LocalResponseNormConfig | None = None) -> None:
        super().__init__()
        self.config = config or LocalResponseNormConfig()
        require_config(self.config, LocalResponseNormConfig)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape (B, C, H, W)."""
        c = self.config
        return local_response_norm(x, c.size, c.k, c.alpha, c.beta)


SYSTEMS = (
    System(
        "local_response_norm",
        "S4",
        lambda _: LocalResponseNorm(),
        (normal("B", 7, 3, 2),),
        wrong=(normal("B", 7),),
    ),
)
