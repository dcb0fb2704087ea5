"""Local response normalisation by the paper's formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.errors import ConfigError
from reference.normalisation import (
    LocalResponseNorm,
    LocalResponseNormConfig,
    local_response_norm,
)


def test_equal_maps_of_one_hundred():
    """100 / (2 + 1e-4 · 5 · 100²)^0.75 = 23.237; a mean in the sum's place gives 43.869."""
    x = torch.full((1, 9, 1, 1), 100.0)
    assert local_response_norm(x)[0, 4].item() == pytest.approx(23.237, abs=1e-3)
    mean = torch.nn.functional.local_response_norm(x, 5, 1e-4, 0.75, 2.0)
    assert mean[0, 4].item() == pytest.approx(43.869, abs=1e-3)


def test_it_is_the_sum_written_out(randn: Callable[..., torch.Tensor]):
    """Map by map over the neighbours that there are; torch's layer with n times the α."""
    x = randn(2, 7, 3, 2) * 50
    for c in range(7):
        near = x[:, max(0, c - 2) : c + 3]
        expected = x[:, c] / (2 + 1e-4 * (near**2).sum(1)) ** 0.75
        torch.testing.assert_close(local_response_norm(x)[:, c], expected)
    theirs = torch.nn.functional.local_response_norm(x, 5, 5e-4, 0.75, 2.0)
    torch.testing.assert_close(LocalResponseNorm()(x), theirs)


def test_nonsense_is_refused():
    """An even number of maps has no middle."""
    with pytest.raises(ConfigError, match="odd"):
        LocalResponseNormConfig(size=4)
    for size in (2, 4, 0):
        with pytest.raises(ConfigError):
            local_response_norm(torch.ones(1, 7, 1, 1), size)
    with pytest.raises(ConfigError, match="k is 0"):
        local_response_norm(torch.zeros(1, 7, 1, 1), k=0.0)
