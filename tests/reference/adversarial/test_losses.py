"""The game's losses and the best discriminator."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from reference.adversarial import (
    discriminator_loss,
    game_value,
    generator_loss,
    optimal_discriminator,
    ring,
    saturating_generator_loss,
)
from reference.errors import ShapeError

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def test_losses_are_the_formulas_on_probabilities(randn: Draw):
    """Written with D = σ(logit) and plain logarithms, the same numbers."""
    real, fake = randn(5, 2), randn(7, 2)
    d_real, d_fake = real.sigmoid(), fake.sigmoid()
    torch.testing.assert_close(
        discriminator_loss(real, fake), -d_real.log().mean() - (1 - d_fake).log().mean(), **TIGHT
    )
    torch.testing.assert_close(generator_loss(fake), -d_fake.log().mean(), **TIGHT)
    torch.testing.assert_close(saturating_generator_loss(fake), (1 - d_fake).log().mean(), **TIGHT)
    torch.testing.assert_close(game_value(real, fake), -discriminator_loss(real, fake), **TIGHT)


def test_only_the_non_saturating_loss_learns_from_a_sure_discriminator():
    """Where D(G(z)) is near zero one slope is about -1, the other about 0."""
    logits = torch.tensor([-20.0], dtype=torch.float64, requires_grad=True)
    (strong,) = torch.autograd.grad(generator_loss(logits), logits)
    (weak,) = torch.autograd.grad(saturating_generator_loss(logits), logits)
    assert strong.item() == pytest.approx(-1, abs=1e-6)
    assert abs(weak.item()) < 1e-6


def test_losses_stay_finite_for_huge_logits():
    """No log(0) at ±1e4."""
    big = torch.tensor([1e4, -1e4])
    assert torch.isfinite(discriminator_loss(big, big))
    assert torch.isfinite(generator_loss(big))


def test_optimal_discriminator_maximises_the_game(randn: Draw):
    """p/(p+q) has zero slope of p log D + q log(1 - D), and every other D is worse."""
    p, q = randn(20).exp(), randn(20).exp()
    best = optimal_discriminator(p, q).requires_grad_()
    value = p * best.log() + q * (1 - best).log()
    (slope,) = torch.autograd.grad(value.sum(), best)
    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-9)
    for other in (0.9 * best, 0.5 * best + 0.5):
        assert (p * other.log() + q * (1 - other).log() < value).all()


def test_a_perfect_generator_is_worth_minus_log_four():
    """Where p = q the best D is 1/2 and the value is -log 4."""
    p = ring().density(torch.zeros(3, 2) + torch.tensor([[2.0, 0], [0, 0], [50, 50]]))
    assert optimal_discriminator(p, p).tolist() == [0.5, 0.5, 0.5]
    even = torch.zeros(4)
    assert game_value(even, even).item() == pytest.approx(-math.log(4))


def test_unequal_shapes_are_a_clear_error(randn: Draw):
    """Densities of different points are refused."""
    with pytest.raises(ShapeError, match="fake_density has shape"):
        optimal_discriminator(randn(3).exp(), randn(4).exp())
