"""Whitening: inputs without correlation, each of variance one; batch norm does half of it cheaply.

Guarantees: whitened training data has mean 0 and covariance I, up to ε.

Does not: scale to deep networks: it needs a covariance matrix and its inverse root at each layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_within
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["Whitening", "fit_whitening"]


@dataclass(frozen=True)
class Whitening:
    """Mean μ (D,) and symmetric matrix W (D, D) of data."""

    mean: Tensor
    W: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Whiten (..., D).

        Equation: ``z = W (x - μ)``
        """
        check_shape("x", x, ..., len(self.mean))
        # z = W (x - μ)
        return (x - self.mean) @ self.W


def fit_whitening(data: Tensor, epsilon: float = 1e-5) -> Whitening:
    """Find the matrix that removes all correlation and changes the data least (ZCA).

    Equation: ``Σ = 1/N sum (x - μ)(x - μ)ᵀ = U Λ Uᵀ``; ``W = U (Λ + ε)^(-1/2) Uᵀ``

    Args:
        data: (N, D), at least two rows.
        epsilon: ε, keeps directions without variance finite.

    Source: S4, whitening as the first answer to covariate shift.
    """
    check_shape("data", data, "N", "D")
    require(len(data) >= 2, f"{len(data)} rows have no covariance, expected at least 2")
    require_within(0, math.inf, epsilon=epsilon)
    mean = data.mean(dim=0)
    centred = data - mean
    # Σ = U Λ Uᵀ
    variances, U = torch.linalg.eigh(centred.T @ centred / len(data))
    # W = U (Λ + ε)^(-1/2) Uᵀ; rounding can bring a variance of 0 below 0, and even below -ε
    return Whitening(mean, U @ torch.diag((variances.clamp(min=0) + epsilon) ** -0.5) @ U.T)


class WhiteningLayer(nn.Module):
    """Whitening by fixed statistics."""

    mean: Tensor
    W: Tensor

    def __init__(self, whitening: Whitening) -> None:
        super().__init__()
        self.register_buffer("mean", whitening.mean)
        self.register_buffer("W", whitening.W)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape (..., D)."""
        return Whitening(self.mean, self.W)(x)


def _small(generator: Generator | None) -> WhiteningLayer:
    return WhiteningLayer(fit_whitening(torch.randn(20, 3, generator=generator)))


SYSTEMS = (
    System("whitening", "S4", _small, (normal("B", 3),), parameters=0, wrong=(normal("B", 4),)),
)
