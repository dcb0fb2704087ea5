"""Shapes, counts and the question who learns when."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.adversarial import (
    DCGANConfig,
    GANConfig,
    GANTraining,
    build_dcgan,
    build_gan,
    discriminator_step,
    frozen,
    generator_step,
    ring,
    train_gan,
)
from reference.errors import ConfigError


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def state(network: nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def same(network: nn.Module, before: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(network.parameters(), before, strict=True))


def test_dcgan_has_the_published_parameter_counts():
    """64 x 64 with width 64, as in the well-known PyTorch example: 3,576,704 and 2,765,568."""
    with torch.device("meta"):
        g, d = build_dcgan(DCGANConfig())
    assert (count(g), count(d)) == (3_576_704, 2_765_568)


@pytest.mark.parametrize("size", [8, 16, 32])
def test_dcgan_makes_and_reads_images_of_the_size(size: int):
    """Noise to images in [-1, 1], images to one logit each."""
    g, d = build_dcgan(DCGANConfig(5, 1, 4, size))
    images = g(torch.randn(3, 5, generator=torch.Generator().manual_seed(0)))
    assert images.shape == (3, 1, size, size)
    assert images.abs().max() <= 1
    assert d(images).shape == (3,)


def test_each_step_changes_one_player_only():
    """D's step leaves G bit for bit, and the other way round."""
    seed = torch.Generator().manual_seed(1)
    g, d = build_gan(GANConfig(), seed)
    teach_g, teach_d = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())
    before_g, before_d = state(g), state(d)
    noise = torch.randn(16, 2, generator=seed)
    discriminator_step(g, d, teach_d, ring().sample(16, seed), noise)
    assert same(g, before_g)
    assert not same(d, before_d)
    before_d = state(d)
    generator_step(g, d, teach_g, noise)
    assert same(d, before_d)
    assert not same(g, before_g)
    assert all(p.requires_grad for p in d.parameters())


def test_frozen_networks_still_pass_the_slope_through():
    """The input gets a gradient, the parameters do not, and all is as before afterwards."""
    _, d = build_gan(GANConfig())
    points = torch.ones(2, 2, requires_grad=True)
    with frozen(d):
        d(points).sum().backward()
    assert points.grad is not None
    assert all(p.grad is None for p in d.parameters())
    assert all(p.requires_grad for p in d.parameters())


def test_the_same_seed_gives_the_same_training():
    """Losses and networks repeat bit for bit."""
    runs = []
    for _ in range(2):
        seed = torch.Generator().manual_seed(3)
        g, d = build_gan(GANConfig(2, 2, 8), seed)
        history = train_gan(g, d, ring().sample, 2, GANTraining(steps=5, batch_size=8), seed)
        runs.append((history, state(g)))
    assert runs[0][0] == runs[1][0]
    assert len(runs[0][0].generator) == 5
    assert all(torch.equal(a, b) for a, b in zip(runs[0][1], runs[1][1], strict=True))


def test_nonsense_settings_are_clear_errors():
    """Sizes of zero, image sizes that cannot be doubled to, rates of zero."""
    with pytest.raises(ConfigError, match="latent_size"):
        GANConfig(latent_size=0)
    with pytest.raises(ConfigError, match="power of two"):
        DCGANConfig(image_size=28)
    with pytest.raises(ConfigError, match="learning_rate"):
        GANTraining(learning_rate=0)
