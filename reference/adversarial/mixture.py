"""A mixture of Gaussians in the plane: data whose modes one can count.

Guarantees: sampling follows from the generator; densities integrate to one; measures say in
numbers what one sees in the picture: which modes are found, and how far the clouds are apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.errors import require
from reference.shapes import check_shape

__all__ = ["Coverage", "GaussianMixture", "coverage", "energy_distance", "grid", "ring"]


@dataclass(frozen=True)
class GaussianMixture:
    """Equally likely round Gaussians.

    Args:
        centres: (K, D).
        deviation: standard deviation of each.
    """

    centres: Tensor
    deviation: float

    def __post_init__(self) -> None:
        check_shape("centres", self.centres, "K", "D")
        require(self.deviation > 0, f"deviation is {self.deviation}, expected above 0")

    def sample(self, count: int, generator: Generator | None = None) -> Tensor:
        """Draw (count, D) points."""
        which = torch.randint(len(self.centres), (count,), generator=generator)
        noise = torch.randn(count, self.centres.shape[1], generator=generator)
        return self.centres[which] + self.deviation * noise.to(self.centres.dtype)

    def density(self, points: Tensor) -> Tensor:
        """Density at (..., D) points.

        Equation: ``p(x) = 1/K sum_k N(x; c_k, s² I)``
        """
        D = self.centres.shape[1]
        squared = ((points[..., None, :] - self.centres) ** 2).sum(dim=-1)  # (..., K)
        # p(x) = 1/K sum_k exp(-|x - c_k|² / 2s²) / (2πs²)^(D/2)
        scale: float = (2 * math.pi * self.deviation**2) ** (D / 2)
        return (-squared / (2 * self.deviation**2)).exp().mean(dim=-1) / scale


def ring(modes: int = 8, radius: float = 2.0, deviation: float = 0.2) -> GaussianMixture:
    """Gaussians on a circle, (modes, 2) centres."""
    require(modes >= 1, f"modes is {modes}, expected at least 1")
    angle = 2 * math.pi * torch.arange(modes) / modes
    return GaussianMixture(radius * torch.stack([angle.cos(), angle.sin()], dim=1), deviation)


def grid(side: int = 3, spacing: float = 2.0, deviation: float = 0.2) -> GaussianMixture:
    """Gaussians on a square grid around the origin, (side², 2) centres."""
    require(side >= 1, f"side is {side}, expected at least 1")
    axis = spacing * (torch.arange(side) - (side - 1) / 2)
    return GaussianMixture(torch.cartesian_prod(axis, axis), deviation)


@dataclass(frozen=True)
class Coverage:
    """How well samples cover a mixture.

    Args:
        counts: (K,) samples nearest to each mode and within the reach of it.
        covered: modes with at least a third of their fair share.
        quality: share of all samples that lie within the reach of some mode.
    """

    counts: Tensor
    covered: int
    quality: float


def coverage(
    samples: Tensor, mixture: GaussianMixture, reach: float = 3.0, share: float = 1 / 3
) -> Coverage:
    """Count the modes that samples (N, D) have found.

    Args:
        samples: (N, D).
        mixture: the data's distribution.
        reach: a sample belongs to its nearest mode if within this many standard deviations.
        share: a mode is covered if it has at least this part of N / K samples.

    Raises: `ConfigError` when there are no samples.
    """
    check_shape("samples", samples, "N", mixture.centres.shape[1])
    require(len(samples) > 0, "there are no samples, expected at least one")
    distance, nearest = torch.cdist(samples, mixture.centres.to(samples.dtype)).min(dim=1)
    good = distance <= reach * mixture.deviation
    counts = torch.bincount(nearest[good], minlength=len(mixture.centres))
    least = share * len(samples) / len(mixture.centres)
    return Coverage(counts, int((counts >= least).sum()), float(good.float().mean()))


def energy_distance(a: Tensor, b: Tensor) -> float:
    """Distance between two clouds (N, D) and (M, D); zero only for equal distributions.

    Equation: ``2 E|a - b| - E|a - a'| - E|b - b'|`` over pairs of different points

    Returns: an unbiased estimate, which may be slightly negative for equal distributions.
    """
    check_shape("b", b, "M", a.shape[1])
    N, M = len(a), len(b)
    require(min(N, M) >= 2, f"clouds of {N} and {M} points have no pairs, expected two each")
    within_a = torch.pdist(a).sum() * 2 / (N * (N - 1))
    within_b = torch.pdist(b).sum() * 2 / (M * (M - 1))
    # 2 E|a - b| - E|a - a'| - E|b - b'|
    return float(2 * torch.cdist(a, b).mean() - within_a - within_b)
