"""The GAN finds all modes of a mixture; DCGAN moves towards digits."""

from __future__ import annotations

import pytest
import torch

from reference.adversarial import (
    DCGANConfig,
    GANConfig,
    GANTraining,
    build_dcgan,
    build_gan,
    coverage,
    energy_distance,
    ring,
    train_gan,
)
from reference.data import digits

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("seed", range(3))]


def test_the_gan_covers_all_eight_modes(seed: int):
    """All modes, 85 % of samples near one (a circle: 75 %), a quarter of a Gaussian's distance."""
    generator = torch.Generator().manual_seed(seed)
    mixture = ring(8)
    players = build_gan(GANConfig(), generator)
    train_gan(*players, mixture.sample, 2, GANTraining(), generator)
    with torch.no_grad():
        made = players[0](torch.randn(1000, 2, generator=generator))
    real = mixture.sample(1000, generator)
    found = coverage(made, mixture)
    assert found.covered == 8
    assert found.quality > 0.85
    gaussian = real.std(0) * torch.randn(1000, 2, generator=generator)
    assert energy_distance(made, real) < 0.25 * energy_distance(gaussian, real)


def test_dcgan_moves_towards_digits(seed: int):
    """After 150 steps its images are at least three times nearer to real ones than at the start."""
    generator = torch.Generator().manual_seed(seed)
    images = digits().images * 2 - 1

    def sample(count: int, source: torch.Generator | None) -> torch.Tensor:
        return images[torch.randint(len(images), (count,), generator=source)]

    players = build_dcgan(DCGANConfig(16, 1, 16, 8), generator)

    def distance() -> float:
        with torch.no_grad():
            made = players[0](torch.randn(300, 16, generator=generator))
        return energy_distance(made.flatten(1), sample(300, generator).flatten(1))

    before = distance()
    train_gan(*players, sample, 16, GANTraining(150, 64, 2e-3), generator)
    assert distance() < before / 3
