"""Principal component analysis, the linear autoencoder in closed form.

Guarantees: components are orthonormal, in order of variance; no other linear code of that size
reconstructs the data better in squared error (Eckart-Young).

Source: S0, S4.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reference.errors import require
from reference.shapes import check_shape

__all__ = ["PCA", "fit_pca", "largest_principal_angle"]


@dataclass(frozen=True)
class PCA:
    """Mean (D,), components (K, D) and variances (K,) of the data."""

    mean: Tensor
    components: Tensor
    variances: Tensor

    def encode(self, x: Tensor) -> Tensor:
        """Map (..., D) to codes (..., K).

        Equation: ``y = V (x - μ)``
        """
        check_shape("x", x, ..., len(self.mean))
        # y = V (x - μ)
        return (x - self.mean) @ self.components.T

    def decode(self, code: Tensor) -> Tensor:
        """Map codes (..., K) to (..., D).

        Equation: ``x̂ = Vᵀ y + μ``
        """
        check_shape("code", code, ..., len(self.components))
        # x̂ = Vᵀ y + μ
        return code @ self.components + self.mean

    def reconstruct(self, x: Tensor) -> Tensor:
        """Project on the components' space."""
        return self.decode(self.encode(x))


def fit_pca(data: Tensor, components: int) -> PCA:
    """Find the directions of greatest variance.

    Equation: ``X - μ = U S Vᵀ``; the rows of Vᵀ are the components, ``S²/(N - 1)`` the variances

    Args:
        data: (N, D).
        components: K, at most min(N, D).
    """
    check_shape("data", data, "N", "D")
    require(
        1 <= components <= min(data.shape),
        f"components is {components}, expected 1 to {min(data.shape)} for data {tuple(data.shape)}",
    )
    mean = data.mean(dim=0)
    # X - μ = U S Vᵀ
    _, S, Vt = torch.linalg.svd(data - mean, full_matrices=False)
    return PCA(mean, Vt[:components], S[:components] ** 2 / (len(data) - 1))


def largest_principal_angle(a: Tensor, b: Tensor) -> float:
    """Angle in degrees between the spaces spanned by the rows of (K, D) and (K, D).

    Equation: ``cos θ_max = smallest singular value of Q_aᵀ Q_b``, Q orthonormal bases
    """
    check_shape("b", b, *a.shape)
    q_a, q_b = torch.linalg.qr(a.T)[0], torch.linalg.qr(b.T)[0]
    # sin θ_max = || (I - Q_a Q_aᵀ) Q_b ||, exact for small angles too
    sine = torch.linalg.matrix_norm(q_b - q_a @ (q_a.T @ q_b), 2).clamp(max=1)
    return float(torch.rad2deg(torch.asin(sine)))
