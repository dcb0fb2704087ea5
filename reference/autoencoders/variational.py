"""Variational autoencoder: the code is a random variable.

Guarantees: all randomness is an argument (the noise ε), so that the loss can be differentiated and
tested; the divergence is the closed form.

Source: S0, S3; Kingma & Welling 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_numbers, require_positive
from reference.examples import normal, unit
from reference.initial import global_seed
from reference.losses import binary_cross_entropy_with_logits, gaussian_kl
from reference.registry import System
from reference.shapes import check_shape

__all__ = ["VAE", "VAEConfig", "build_vae", "negative_elbo", "reparameterise"]


def reparameterise(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Draw the code so that gradients pass to mean and variance.

    Equation: ``z = μ + σ ε``, ``ε ~ N(0, I)``

    Args:
        mean: μ, (..., V).
        log_variance: log σ², (..., V).
        noise: ε, (..., V).

    Returns: (..., V).
    """
    check_shape("log_variance", log_variance, *mean.shape)
    check_shape("noise", noise, *mean.shape)
    # z = μ + σ ε
    return mean + (0.5 * log_variance).exp() * noise


def negative_elbo(logits: Tensor, x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Cost of a batch: error of the pixels plus divergence of the code from N(0, I).

    Equation: ``- E log p(x | z) + KL(N(μ, σ²) || N(0, I))``, per example, pixels as Bernoulli

    Args:
        logits: of the pixels, (B, D).
        x: pixels in [0, 1], (B, D).
        mean: (B, V).
        log_variance: (B, V).

    Returns: mean over the batch.

    Raises: `DataError` for a pixel that is not 0 to 1.
    """
    check_shape("mean", mean, *logits.shape[:-1], "V")
    require_numbers("x", x, 0, 1)
    pixels = binary_cross_entropy_with_logits(logits, x, "none").sum(dim=-1)
    # - log p(x | z) + KL
    return (pixels + gaussian_kl(mean, log_variance, "none")).mean()


@dataclass(frozen=True)
class VAEConfig:
    """Pixels D, hidden units H, code size V."""

    inputs: int = 64
    hidden_size: int = 64
    latent_size: int = 8

    def __post_init__(self) -> None:
        require_positive(
            inputs=self.inputs, hidden_size=self.hidden_size, latent_size=self.latent_size
        )


class VAE(nn.Module):
    """Encoder to mean and variance, decoder to pixels."""

    def __init__(self, config: VAEConfig, generator: Generator | None = None) -> None:
        require_config(config, VAEConfig)
        super().__init__()
        self.config = config
        D, H, V = config.inputs, config.hidden_size, config.latent_size
        with global_seed(generator):
            self.encoder = nn.Sequential(nn.Linear(D, H), nn.ReLU())  # (B, H)
            self.mean = nn.Linear(H, V)
            self.log_variance = nn.Linear(H, V)
            self.decoder = nn.Sequential(nn.Linear(V, H), nn.ReLU(), nn.Linear(H, D))  # (B, D)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, D) to mean and log variance of the code, (B, V) each."""
        check_shape("x", x, ..., self.config.inputs)
        h = self.encoder(x)
        return self.mean(h), self.log_variance(h)

    def decode(self, z: Tensor) -> Tensor:
        """Map codes (B, V) to logits of the pixels (B, D)."""
        check_shape("z", z, ..., self.config.latent_size)
        logits: Tensor = self.decoder(z)
        return logits

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map pixels (B, D) and noise (B, V) to logits, mean, log variance."""
        mean, log_variance = self.encode(x)
        return self.decode(reparameterise(mean, log_variance, noise)), mean, log_variance

    def loss(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Negative evidence lower bound of a batch with fresh noise."""
        noise = torch.randn(
            *x.shape[:-1], self.config.latent_size, generator=generator, dtype=x.dtype
        ).to(x.device)
        logits, mean, log_variance = self(x, noise)
        return negative_elbo(logits, x, mean, log_variance)

    @torch.no_grad()
    def sample(self, count: int, generator: Generator | None = None) -> Tensor:
        """Invent `count` images: codes from N(0, I), probabilities of pixels out, (count, D)."""
        z = torch.randn(count, self.config.latent_size, generator=generator)
        weight = self.mean.weight
        return torch.sigmoid(self.decode(z.to(weight.device, weight.dtype)))


def build_vae(config: VAEConfig, generator: Generator | None = None) -> VAE:
    """Make a VAE whose start follows from the generator."""
    return VAE(config, generator)


SYSTEMS = (
    System(
        "variational_autoencoder",
        "S0, S3",
        lambda g: build_vae(VAEConfig(6, 4, 2), g),
        (unit("B", 6), normal("B", 2)),
        # 7·4; two heads 5·2; 3·4 + 5·6
        parameters=28 + 20 + 12 + 30,
        wrong=(unit("B", 5), normal("B", 2)),
    ),
)
