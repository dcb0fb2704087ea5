"""Sparse autoencoder: many units, few of them active.

Source: S0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.autoencoders.plain import Autoencoder, AutoencoderConfig
from reference.errors import require, require_config
from reference.examples import unit
from reference.losses import bernoulli_kl, squared_error
from reference.registry import System
from reference.shapes import check_shape

__all__ = [
    "SparseAutoencoder",
    "SparseConfig",
    "sparsity_gradient",
    "sparsity_penalty",
]


def _mean_activation(code: Tensor) -> tuple[Tensor, float]:
    """ρ̂ (H,), a rounding error away from 0 and 1, and its slope by the plain mean."""
    epsilon = torch.finfo(code.dtype).eps
    # ρ̂ = ε + (1 - 2ε) mean y
    return epsilon + (1 - 2 * epsilon) * code.mean(dim=0), 1 - 2 * epsilon


def sparsity_penalty(code: Tensor, rho: float) -> Tensor:
    """How far the mean activations are from the wanted one.

    Equation: ``sum_j KL(ρ || ρ̂_j)`` with ``ρ̂_j = mean over the batch of y_j``

    Args:
        code: activations between 0 and 1, (B, H).
        rho: ρ.

    Returns: one number.

    Deviation: ρ̂ is kept a rounding error away from 0 and 1, where the divergence is infinite: a
    unit that is dead or always on costs much, but the training goes on.
    """
    check_shape("code", code, "B", "H")
    rho_hat, _ = _mean_activation(code)
    # sum_j KL(ρ || ρ̂_j)
    return bernoulli_kl(rho, rho_hat).sum()


def sparsity_gradient(code: Tensor, rho: float) -> Tensor:
    """Slope of the penalty by every activation, (B, H).

    Equation: ``dKL/dρ̂_j = -ρ/ρ̂_j + (1 - ρ)/(1 - ρ̂_j)``; each of the B activations moves ρ̂_j
    by 1/B
    """
    check_shape("code", code, "B", "H")
    rho_hat, by_mean = _mean_activation(code)
    # dKL/dρ̂ = -ρ/ρ̂ + (1 - ρ)/(1 - ρ̂)
    slope = by_mean * (-rho / rho_hat + (1 - rho) / (1 - rho_hat))
    return (slope / len(code)).expand_as(code)


@dataclass(frozen=True)
class SparseConfig:
    """Sizes and strength.

    Args:
        inputs: D.
        units: H, may be more than D.
        rho: wanted mean activation ρ.
        weight: β, contribution of the penalty.
    """

    inputs: int = 64
    units: int = 100
    rho: float = 0.05
    weight: float = 1e-3

    def __post_init__(self) -> None:
        require(0 < self.rho < 1, f"rho is {self.rho}, expected strictly between 0 and 1")
        require(self.weight >= 0, f"weight is {self.weight}, expected at least 0")


class SparseAutoencoder(Autoencoder):
    """One hidden layer of sigmoids with a penalty on their mean activation."""

    def __init__(self, config: SparseConfig, generator: Generator | None = None) -> None:
        require_config(config, SparseConfig)
        super().__init__(
            AutoencoderConfig((config.inputs, config.units), code="sigmoid"), generator
        )
        self.sparse = config

    def loss(self, x: Tensor) -> Tensor:
        """Reconstruction error and penalty of a batch (B, D).

        Equation: ``E + β sum_j KL(ρ || ρ̂_j)``
        """
        code = self.encode(x)
        # E + β sum_j KL(ρ || ρ̂_j)
        return squared_error(self.decode(code), x) + self.sparse.weight * sparsity_penalty(
            code, self.sparse.rho
        )


SYSTEMS = (
    System(
        "sparse_autoencoder",
        "S0",
        lambda g: SparseAutoencoder(SparseConfig(6, 9), g),
        (unit("B", 6),),
        parameters=2 * 54 + 9 + 6,
        wrong=(unit("B", 5),),
    ),
)
