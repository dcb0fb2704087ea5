"""Denoising autoencoder: noisy input, clean target.

Source: S0, S4.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.autoencoders.plain import Autoencoder, AutoencoderConfig
from reference.errors import require, require_config
from reference.examples import unit
from reference.losses import squared_error
from reference.registry import System

__all__ = ["DenoisingAutoencoder", "add_gaussian_noise", "mask"]


def add_gaussian_noise(x: Tensor, deviation: float, generator: Generator | None = None) -> Tensor:
    """Corrupt by noise on every number.

    Equation: ``x̃ = x + n``, ``n ~ N(0, deviation²)``
    """
    require(deviation >= 0, f"deviation is {deviation}, expected at least 0")
    noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
    # x̃ = x + n; n ~ N(0, deviation²)
    return x + deviation * noise.to(x.device)


def mask(x: Tensor, rate: float, generator: Generator | None = None) -> Tensor:
    """Corrupt by setting a random share of the numbers to zero."""
    require(0 <= rate <= 1, f"rate is {rate}, expected from 0 to 1")
    keep = torch.rand(x.shape, generator=generator) >= rate
    return x * keep.to(x.device)


class DenoisingAutoencoder(Autoencoder):
    """An autoencoder trained to undo noise; the network itself is the plain one.

    Args:
        config: sizes.
        deviation: of the noise added while training.
        generator: where weights come from.
    """

    def __init__(
        self,
        config: AutoencoderConfig,
        deviation: float = 0.3,
        generator: Generator | None = None,
    ) -> None:
        require_config(config, AutoencoderConfig)
        super().__init__(config, generator)
        require(deviation >= 0, f"deviation is {deviation}, expected at least 0")
        self.deviation = deviation

    def loss(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Distance of the reconstruction of x̃ from the clean x.

        Equation: ``E = ½ mean (x - f(x̃))²``
        """
        # E = ½ mean (x - f(x̃))²
        return squared_error(self(add_gaussian_noise(x, self.deviation, generator)), x)


SYSTEMS = (
    System(
        "denoising_autoencoder",
        "S0, S4",
        lambda g: DenoisingAutoencoder(AutoencoderConfig((6, 2)), 0.3, g),
        (unit("B", 6),),
        parameters=2 * 12 + 2 + 6,
        wrong=(unit("B", 5),),
    ),
)
