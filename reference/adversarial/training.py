"""Alternating training of the two players of a GAN.

Guarantees:

- in the discriminator's step only D changes, in the generator's step only G;
- the same seed gives the same result.

Does not: print, choose a device or pick hyperparameters for other data than small mixtures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam, Optimizer

from reference.adversarial.losses import discriminator_loss, generator_loss
from reference.errors import require, require_positive

__all__ = [
    "GANHistory",
    "GANTraining",
    "discriminator_step",
    "frozen",
    "generator_step",
    "train_gan",
]


class frozen:  # noqa: N801 - reads as a verb: `with frozen(discriminator):`
    """Switch off the gradients of a network's parameters for a block.

    Gradients still flow through the network to its input; that is what the generator learns from.
    """

    def __init__(self, network: nn.Module) -> None:
        self.changed = [p for p in network.parameters() if p.requires_grad]

    def __enter__(self) -> None:
        for parameter in self.changed:
            parameter.requires_grad_(False)

    def __exit__(self, *_: object) -> None:
        for parameter in self.changed:
            parameter.requires_grad_(True)


def discriminator_step(
    generator: nn.Module,
    discriminator: nn.Module,
    optimiser: Optimizer,
    real: Tensor,
    noise: Tensor,
) -> float:
    """Teach D one batch: real data is real, G's data is not. G is not updated.

    Equation: ``θ_D <- θ_D - η grad L_D``

    Source: S0 ("in this phase, the value of G is not updated").
    """
    with torch.no_grad():  # G only makes data here
        fake = generator(noise)
    loss = discriminator_loss(discriminator(real), discriminator(fake))
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    # θ_D <- θ_D - η grad L_D
    optimiser.step()
    return loss.item()


def generator_step(
    generator: nn.Module, discriminator: nn.Module, optimiser: Optimizer, noise: Tensor
) -> float:
    """Teach G one batch: what it makes should be called real. D is not updated.

    Equation: ``θ_G <- θ_G - η grad L_G``

    Source: S0 ("only the value of the generator is updated in this phase").
    """
    with frozen(discriminator):  # the slope passes through D, D stays
        loss = generator_loss(discriminator(generator(noise)))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    # θ_G <- θ_G - η grad L_G
    optimiser.step()
    return loss.item()


@dataclass(frozen=True)
class GANTraining:
    """How long and how fast to train.

    Args:
        steps: alternations of both players.
        batch_size: points per step.
        learning_rate: of Adam, at the start; it falls linearly to zero, which ends the game's
            circling.
        betas: of Adam; a first one of 0 does not run after the last opponent.
        discriminator_steps: steps of D for each of G.
    """

    steps: int = 1000
    batch_size: int = 128
    learning_rate: float = 4e-3
    betas: tuple[float, float] = (0.0, 0.9)
    discriminator_steps: int = 1

    def __post_init__(self) -> None:
        require_positive(
            steps=self.steps,
            batch_size=self.batch_size,
            discriminator_steps=self.discriminator_steps,
        )
        require(self.learning_rate > 0, f"learning_rate is {self.learning_rate}, expected above 0")


@dataclass(frozen=True)
class GANHistory:
    """Loss of each player at each step."""

    discriminator: tuple[float, ...]
    generator: tuple[float, ...]


def train_gan(
    generator: nn.Module,
    discriminator: nn.Module,
    sample: Callable[[int, Generator | None], Tensor],
    latent_size: int,
    training: GANTraining,
    seed: Generator | None = None,
    watch: Callable[[int], None] | None = None,
) -> GANHistory:
    """Let both players learn in turn.

    Args:
        generator: G, (B, V) to data.
        discriminator: D, data to logits.
        sample: draws real data: count and random generator to (count, ...).
        latent_size: V.
        training: settings.
        seed: where all randomness comes from.
        watch: called with the number of each finished step, for pictures during training.

    Source: S0; Goodfellow et al. 2014, algorithm 1.
    """
    teach_d = Adam(discriminator.parameters(), training.learning_rate, training.betas)
    teach_g = Adam(generator.parameters(), training.learning_rate, training.betas)
    losses_d, losses_g = [], []
    for step in range(training.steps):
        rate = training.learning_rate * (1 - step / training.steps)
        for group in (*teach_d.param_groups, *teach_g.param_groups):
            group["lr"] = rate
        for _ in range(training.discriminator_steps):
            real = sample(training.batch_size, seed)
            noise = torch.randn(training.batch_size, latent_size, generator=seed)
            loss_d = discriminator_step(generator, discriminator, teach_d, real, noise)
        noise = torch.randn(training.batch_size, latent_size, generator=seed)
        losses_g.append(generator_step(generator, discriminator, teach_g, noise))
        losses_d.append(loss_d)
        if watch is not None:
            watch(step)
    return GANHistory(tuple(losses_d), tuple(losses_g))
