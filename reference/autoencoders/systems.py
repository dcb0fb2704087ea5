"""The systems of this family, in sizes for tests."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from reference.autoencoders.convolutional import (
    ConvolutionalConfig,
    Upsampling,
    build_convolutional_autoencoder,
)
from reference.autoencoders.denoising import DenoisingAutoencoder
from reference.autoencoders.plain import Autoencoder, AutoencoderConfig
from reference.autoencoders.sparse import SparseAutoencoder, SparseConfig
from reference.autoencoders.variational import VAEConfig, build_vae
from reference.registry import System


def _vectors(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.rand(batch, 6, generator=generator),)


def _vectors_and_noise(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (
        torch.rand(batch, 6, generator=generator),
        torch.randn(batch, 2, generator=generator),
    )


def _images(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.rand(batch, 1, 8, 4, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.rand(2, 5, generator=generator),)


def _wrong_pair(generator: Generator) -> tuple[Tensor, ...]:
    return torch.rand(2, 5, generator=generator), torch.randn(2, 2, generator=generator)


def _plain(*sizes: int, tied: bool = False) -> Callable[[Generator | None], nn.Module]:
    return lambda g: Autoencoder(AutoencoderConfig(sizes, tied=tied), g)


def _convolutional(upsampling: Upsampling) -> Callable[[Generator | None], nn.Module]:
    config = ConvolutionalConfig(1, (3, 2), upsampling)
    return lambda g: build_convolutional_autoencoder(config, g)


def _denoising(generator: Generator | None) -> nn.Module:
    return DenoisingAutoencoder(AutoencoderConfig((6, 2)), 0.3, generator)


def _sparse(generator: Generator | None) -> nn.Module:
    return SparseAutoencoder(SparseConfig(6, 9), generator)


def _variational(generator: Generator | None) -> nn.Module:
    return build_vae(VAEConfig(6, 4, 2), generator)


SYSTEMS = (
    System(
        "autoencoder",
        "autoencoders",
        "S0, S3, S4",
        _plain(6, 2),
        _vectors,
        2 * 12 + 2 + 6,
        wrong=_wrong,
    ),
    System(
        "tied_autoencoder",
        "autoencoders",
        "S0",
        _plain(6, 2, tied=True),
        _vectors,
        12 + 2 + 6,
        wrong=_wrong,
    ),
    System(
        "stacked_autoencoder",
        "autoencoders",
        "S0",
        _plain(6, 4, 2),
        _vectors,
        2 * (24 + 8) + (4 + 2) + (4 + 6),
        wrong=_wrong,
    ),
    System(
        "sparse_autoencoder", "autoencoders", "S0", _sparse, _vectors, 2 * 54 + 9 + 6, wrong=_wrong
    ),
    System(
        "denoising_autoencoder",
        "autoencoders",
        "S0, S4",
        _denoising,
        _vectors,
        2 * 12 + 2 + 6,
        wrong=_wrong,
    ),
    # 7·4; two heads 5·2; 3·4 + 5·6
    System(
        "variational_autoencoder",
        "autoencoders",
        "S0, S3",
        _variational,
        _vectors_and_noise,
        28 + 20 + 12 + 30,
        wrong=_wrong_pair,
    ),
    # 9·3 + 3; 27·2 + 2; 18·3 + 3; 27 + 1
    System(
        "unpooling_autoencoder",
        "autoencoders",
        "S4",
        _convolutional("unpooling"),
        _images,
        30 + 56 + 57 + 28,
        wrong=_wrong,
    ),
    # the ways up: 2·3·16 + 3; 3·16 + 1
    System(
        "transposed_autoencoder",
        "autoencoders",
        "S4",
        _convolutional("transposed"),
        _images,
        30 + 56 + 99 + 49,
        wrong=_wrong,
    ),
)
