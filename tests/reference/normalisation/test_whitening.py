"""Whitening removes all correlation."""

from __future__ import annotations

import pytest
import torch

from reference.errors import ConfigError
from reference.normalisation import fit_whitening


def test_whitened_data_has_mean_zero_and_covariance_one(randn):
    """Whatever the mixture was; the matrix is symmetric and turns nothing."""
    data = randn(300, 4) @ randn(4, 4) + randn(4)
    whitening = fit_whitening(data, 1e-12)
    z = whitening(data)
    torch.testing.assert_close(z.mean(0), torch.zeros(4).double(), atol=1e-9, rtol=0)
    covariance = z.T @ z / len(z)
    torch.testing.assert_close(covariance, torch.eye(4).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(whitening.W, whitening.W.T)
    assert (torch.linalg.eigvalsh(whitening.W) > 0).all()


def test_batch_norm_leaves_the_correlation(randn):
    """Each variance becomes one, the correlation stays: only whitening removes it."""
    x = randn(500, 1)
    data = torch.cat([x, x + 0.1 * randn(500, 1)], 1)
    normed = (data - data.mean(0)) / data.std(0)
    assert torch.corrcoef(normed.T)[0, 1] > 0.99
    assert torch.corrcoef(fit_whitening(data)(data).T)[0, 1].abs() < 0.01


def test_flat_directions_stay_finite():
    """Equal columns have no variance in one direction, one row has none at all."""
    data = torch.ones(5, 2) * torch.arange(5.0)[:, None]
    assert fit_whitening(data)(data).isfinite().all()
    with pytest.raises(ConfigError, match="covariance"):
        fit_whitening(data[:1])


@pytest.mark.parametrize("size", [1, 30, 1e4])
def test_rounding_below_zero_stays_finite_in_float32(size: float):
    """A direction without variance comes out of `eigh` as a little less than nothing."""
    for seed in range(20):
        half = torch.randn(20, 3, generator=torch.Generator().manual_seed(seed)) * size + size
        data = torch.cat([half, half[:, :2]], 1)
        assert fit_whitening(data)(data).isfinite().all()
