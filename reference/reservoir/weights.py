"""The weights of a reservoir: random, sparse, and scaled to a spectral radius.

What it guarantees:

- The spectral radius is the largest *modulus* of an eigenvalue, so that -2 counts as 2 and complex
  pairs count too (S0 calls it "the maximum eigenvalue").

What it does not do: promise the echo state property. A radius below one is customary; it is neither
sufficient in general nor, with an input that drives tanh into saturation, necessary.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.errors import DataError, require, require_positive
from reference.shapes import check_shape


def spectral_radius(W: Tensor) -> Tensor:
    """The largest modulus of an eigenvalue.

    Equation:
        ρ(W) = max_i |λ_i(W)|

    Args:
        W: (N, N).

    Returns:
        a number.

    Source: S0 "Spectral radius", corrected.
    """
    check_shape("W", W, "N", "N")
    # ρ(W) = max_i |λ_i|
    radius: Tensor = torch.linalg.eigvals(W).abs().max()
    return radius


def scale_spectral_radius(W: Tensor, radius: float) -> Tensor:
    """Scale a matrix to a wanted spectral radius: W · radius / ρ(W).

    Raises:
        DataError: all eigenvalues are zero, so no factor helps.
    """
    require(radius >= 0, f"radius must be 0 or more, got {radius!r}")
    now = spectral_radius(W)
    if now == 0:
        raise DataError("W has spectral radius 0: no factor gives it another one")
    return W * (radius / now)


def random_reservoir(
    size: int, radius: float, density: float, generator: Generator | None = None
) -> Tensor:
    """Draw a sparse random matrix with a spectral radius.

    Args:
        size: N.
        radius: ρ of the result.
        density: the chance of a connection, above 0 up to 1.
        generator: where the numbers come from.

    Returns:
        (N, N), float64, entries from U(-1, 1) times one factor.
    """
    require_positive(size=size)
    require(0 < density <= 1, f"density must be above 0 and at most 1, got {density!r}")
    W = torch.rand(size, size, generator=generator, dtype=torch.float64) * 2 - 1
    there = torch.rand(size, size, generator=generator, dtype=torch.float64) < density
    return scale_spectral_radius(W * there, radius)
