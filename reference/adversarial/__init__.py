"""Generative adversarial networks: losses, a GAN for the plane, DCGAN, latent arithmetic."""

from reference.adversarial.dcgan import (
    DCGANConfig,
    DCGANDiscriminator,
    DCGANGenerator,
    build_dcgan,
)
from reference.adversarial.gan import Discriminator, GANConfig, PointGenerator, build_gan
from reference.adversarial.latent import analogy, interpolate, interpolate_on_sphere, vectors_with
from reference.adversarial.losses import (
    discriminator_loss,
    game_value,
    generator_loss,
    optimal_discriminator,
    saturating_generator_loss,
)
from reference.adversarial.mixture import (
    Coverage,
    GaussianMixture,
    coverage,
    energy_distance,
    grid,
    ring,
)
from reference.adversarial.training import (
    GANHistory,
    GANTraining,
    discriminator_step,
    frozen,
    generator_step,
    train_gan,
)

__all__ = [
    "Coverage",
    "DCGANConfig",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "Discriminator",
    "GANConfig",
    "GANHistory",
    "GANTraining",
    "GaussianMixture",
    "PointGenerator",
    "analogy",
    "build_dcgan",
    "build_gan",
    "coverage",
    "discriminator_loss",
    "discriminator_step",
    "energy_distance",
    "frozen",
    "game_value",
    "generator_loss",
    "generator_step",
    "grid",
    "interpolate",
    "interpolate_on_sphere",
    "optimal_discriminator",
    "ring",
    "saturating_generator_loss",
    "train_gan",
    "vectors_with",
]
