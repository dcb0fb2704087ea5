"""The systems of this family, in sizes for tests."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.adversarial.dcgan import DCGANConfig, build_dcgan
from reference.adversarial.gan import GANConfig, build_gan
from reference.registry import System

_GAN = GANConfig(latent_size=3, data_size=2, hidden_size=4)
_DCGAN = DCGANConfig(latent_size=3, channels=1, width=2, image_size=16)


def _noise(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 3, generator=generator),)


def _points(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 2, generator=generator),)


def _images(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 1, 16, 16, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 5, generator=generator),)


def _g(generator: Generator | None) -> nn.Module:
    return build_gan(_GAN, generator)[0]


def _d(generator: Generator | None) -> nn.Module:
    return build_gan(_GAN, generator)[1]


def _dcgan_g(generator: Generator | None) -> nn.Module:
    return build_dcgan(_DCGAN, generator)[0]


def _dcgan_d(generator: Generator | None) -> nn.Module:
    return build_dcgan(_DCGAN, generator)[1]


SYSTEMS = (
    # (3 + 1) 4 + (4 + 1) 4 + (4 + 1) 2
    System("gan_generator", "adversarial", "S0", _g, _noise, 46, wrong=_wrong),
    # (2 + 1) 4 + (4 + 1) 4 + (4 + 1) 1
    System("gan_discriminator", "adversarial", "S0", _d, _points, 37, wrong=_wrong),
    # 16 (3·4 + 4·2 + 2·1) + 2 (4 + 2): kernels 4 x 4, no biases, two numbers per BN channel
    System("dcgan_generator", "adversarial", "S0", _dcgan_g, _noise, 364, wrong=_wrong),
    # 16 (1·2 + 2·4 + 4·1) + 2·4
    System("dcgan_discriminator", "adversarial", "S0", _dcgan_d, _images, 232, wrong=_wrong),
)
