"""The radial basis network: hidden neurons that answer to what is near their centre.

What it guarantees:

- `fit` sets the output weights in closed form; with one centre on each example and no ridge the
  network passes through every example.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive, require_within
from reference.examples import normal
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape


def radial_basis(x: Tensor, centres: Tensor, width: float | Tensor) -> Tensor:
    """How near inputs are to centres.

    Equation:
        φ_j(x) = exp(-|x - centre_j|² / (2 width²))

    Args:
        x: (..., D).
        centres: (J, D).
        width: of the bell, above 0.

    Returns:
        (..., J), between 0 and 1, 1 on the centre.

    Source: S4 "Radial Basis Network (RBF)". Broomhead and Lowe, 1988.
    """
    check_shape("x", x, ..., centres.shape[1])
    distance = ((x.unsqueeze(-2) - centres) ** 2).sum(-1)  # (..., J)
    # φ_j(x) = exp(-|x - centre_j|² / (2 width²))
    return torch.exp(-distance / (2 * width**2))


@dataclass(frozen=True)
class RadialBasisConfig:
    """Sizes: D inputs, J centres, K outputs; the width of the bells."""

    input_size: int
    centres: int
    output_size: int
    width: float = 1.0

    def __post_init__(self) -> None:
        require_positive(
            input_size=self.input_size, centres=self.centres, output_size=self.output_size
        )
        require(self.width > 0, f"width must be above 0, got {self.width!r}")


class RadialBasisNetwork(nn.Module):
    """Bells around centres, summed with weights.

    Equation:
        y = W φ(x) + b
    """

    def __init__(self, config: RadialBasisConfig, generator: Generator | None = None) -> None:
        require_config(config, RadialBasisConfig)
        super().__init__()
        self.config = config
        J, D, K = config.centres, config.input_size, config.output_size
        self.centres = uniform(J, D, bound=1.0, generator=generator)
        self.W = uniform(K, J, bound=1 / J, generator=generator)
        self.b = zeros(K)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., D) to (..., K)."""
        # y = W φ(x) + b
        return radial_basis(x, self.centres, self.config.width) @ self.W.T + self.b

    def fit(self, x: Tensor, target: Tensor, generator: Generator, ridge: float = 1e-6) -> None:
        """Put centres on random examples and solve for the output weights.

        Args:
            x: (N, D), at least as many as centres.
            target: (N, K).
            generator: which examples become centres.
            ridge: λ, penalty on the weights, 0 for none.
        """
        J = self.config.centres
        check_shape("x", x, "N", self.config.input_size)
        check_shape("target", target, len(x), self.config.output_size)
        require_within(0, math.inf, ridge=ridge)
        require(len(x) >= J, f"{J} centres need as many examples, got {len(x)}")
        with torch.no_grad():
            self.centres.copy_(x[torch.randperm(len(x), generator=generator)[:J]])
            phi = radial_basis(x, self.centres, self.config.width)
            mean = target.mean(0)
            eye = torch.eye(J, dtype=x.dtype, device=x.device)
            # (φᵀ φ + λ I) Wᵀ = φᵀ (target - mean)
            W = torch.linalg.solve(phi.T @ phi + ridge * eye, phi.T @ (target - mean))
            self.W.copy_(W.T)
            self.b.copy_(mean)


SYSTEMS = (
    System(
        "radial_basis_network",
        "S4",
        lambda generator: RadialBasisNetwork(RadialBasisConfig(5, 4, 2), generator),
        (normal("B", 5),),
        parameters=4 * 5 + 2 * 4 + 2,
        wrong=(normal("B", 9),),
    ),
)
