"""Bias and variance: how far a kind of model is off on average, and how far it follows its data.

Guarantees: bias² + variance is exactly the mean squared error against the noiseless truth.

Source: S0 (bias falls with complexity, variance rises).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from reference.as_module import AsModule
from reference.errors import require
from reference.examples import normal
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["BiasVariance", "bias_variance", "fit_polynomial"]


class BiasVariance(NamedTuple):
    """Squared bias, variance and their sum, averaged over the points."""

    bias: Tensor
    variance: Tensor
    error: Tensor


def bias_variance(predictions: Tensor, truth: Tensor) -> BiasVariance:
    """Split the error of models that were trained on different data.

    Equation: ``E (y - f)² = (E y - f)² + E (y - E y)²``, E over the training sets

    Args:
        predictions: y of each model at each point, (M, N).
        truth: f without noise, (N,).

    Source: S0; Geman, Bienenstock and Doursat, 1992.

    Deviation: S0 labels the axis of complexity "variance"; complexity is one cause of it.
    """
    check_shape("predictions", predictions, "M", "N")
    check_shape("truth", truth, predictions.shape[1])
    mean = predictions.mean(dim=0)
    # E (y - f)² = (E y - f)² + E (y - E y)²
    bias, variance = ((mean - truth) ** 2).mean(), ((predictions - mean) ** 2).mean()
    return BiasVariance(bias, variance, bias + variance)


def fit_polynomial(x: Tensor, y: Tensor, degree: int, at: Tensor) -> Tensor:
    """Fit a polynomial to points (N,), (N,) by least squares and give its values at (K,)."""
    require(0 <= degree < len(x), f"degree is {degree}, expected 0 to {len(x) - 1}")
    powers = torch.arange(degree + 1, device=x.device)
    coefficients: Tensor = torch.linalg.lstsq(x[:, None] ** powers, y[:, None]).solution
    values: Tensor = (at[:, None] ** powers) @ coefficients
    return values[:, 0]


SYSTEMS = (
    System(
        "bias_variance",
        "S0",
        lambda _: AsModule(bias_variance),
        (normal(4, 5), normal(5)),
        wrong=(normal(4, 5), normal(4)),
    ),
)
