"""The mixture, its measures, and arithmetic with noise vectors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.adversarial import (
    GaussianMixture,
    analogy,
    coverage,
    energy_distance,
    grid,
    interpolate,
    interpolate_on_sphere,
    ring,
)
from reference.errors import ConfigError, ShapeError

Draw = Callable[..., torch.Tensor]


def test_density_integrates_to_one():
    """A Riemann sum over a wide square."""
    axis = torch.linspace(-4, 4, 161, dtype=torch.float64)
    points = torch.cartesian_prod(axis, axis)
    cell = (axis[1] - axis[0]) ** 2
    for mixture in (ring(5, 1.5, 0.3), grid(2, 1.0, 0.4)):
        assert (mixture.density(points).sum() * cell).item() == pytest.approx(1, abs=1e-6)


def test_samples_follow_the_seed_and_the_moments(generator: torch.Generator):
    """Same seed, same points; centre zero and variance r²/2 + s² per axis."""
    mixture = ring(8, 2.0, 0.2)
    again = torch.Generator().manual_seed(generator.initial_seed())
    points = mixture.sample(20_000, generator)
    assert torch.equal(points, mixture.sample(20_000, again))
    assert points.mean(0).abs().max() < 0.05
    assert points.var(0).tolist() == pytest.approx([2.04, 2.04], rel=0.03)


def test_true_samples_cover_all_and_collapsed_ones_do_not(generator: torch.Generator):
    """The measures tell a right cloud from a collapsed and from a blurred one."""
    mixture = ring()
    right = coverage(mixture.sample(2000, generator), mixture)
    assert right.covered == 8
    assert right.quality > 0.97
    collapsed = mixture.centres[:1] + 0.2 * torch.randn(2000, 2, generator=generator)
    assert coverage(collapsed, mixture).covered == 1
    blurred = torch.randn(2000, 2, generator=generator)
    assert coverage(blurred, mixture).quality < 0.5
    angle = 6.2832 * torch.rand(2000, generator=generator)
    circle = 2 * torch.stack([angle.cos(), angle.sin()], dim=1)
    assert coverage(circle, mixture).quality < 0.8


def test_energy_distance_is_zero_only_for_equal_clouds(generator: torch.Generator):
    """Near zero for two draws, positive and growing with a shift."""
    mixture = ring()
    a, b = mixture.sample(1000, generator), mixture.sample(1000, generator)
    same, near, far = (energy_distance(a, b + shift) for shift in (0.0, 0.5, 1.5))
    assert abs(same) < 0.02 < near < far


def test_energy_distance_on_two_points_each():
    """By hand on a line: 2·mean(|a - b|) - |a - a'| - |b - b'|."""
    a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [4.0]])
    # pairs: 2, 4, 1, 3, mean 2.5
    assert energy_distance(a, b) == pytest.approx(2 * 2.5 - 1 - 2)


def test_analogy_adds_and_subtracts_means():
    """King - man + woman, with means of several vectors."""
    start = torch.tensor([[1.0, 0], [3, 0]])
    remove, add = torch.tensor([[1.0, 1]]), torch.tensor([[0.0, 5], [0, 7]])
    assert analogy(start, remove, add).tolist() == [1, 5]


def test_walks_end_where_they_should(randn: Draw):
    """End points are exact; the arc keeps the length of vectors of equal length."""
    a, b = randn(6), randn(6)
    b = b * a.norm() / b.norm()
    for walk in (interpolate(a, b, 5), interpolate_on_sphere(a, b, 5)):
        torch.testing.assert_close(walk[0], a)
        torch.testing.assert_close(walk[-1], b)
    torch.testing.assert_close(
        interpolate_on_sphere(a, b, 5).norm(dim=1), a.norm().expand(5), rtol=1e-9, atol=1e-9
    )
    assert interpolate(a, b, 5).norm(dim=1).min() < a.norm()
    torch.testing.assert_close(interpolate_on_sphere(a, a, 3), a.expand(3, -1))


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Impossible mixtures and vectors of different lengths."""
    with pytest.raises(ConfigError, match="deviation is 0"):
        GaussianMixture(torch.zeros(1, 2), 0.0)
    with pytest.raises(ConfigError, match="modes is 0"):
        ring(0)
    with pytest.raises(ShapeError, match="centres has shape"):
        GaussianMixture(torch.zeros(2), 1.0)
    with pytest.raises(ShapeError, match="remove has shape"):
        analogy(randn(2, 3), randn(2, 4), randn(2, 3))
    with pytest.raises(ConfigError, match="steps is 1"):
        interpolate(randn(3), randn(3), 1)


def test_no_samples_cover_nothing():
    """Nought of nought is refused; it does not pass for all modes covered."""
    with pytest.raises(ConfigError, match="no samples"):
        coverage(torch.zeros(0, 2), ring(8))
