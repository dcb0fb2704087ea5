"""The game between generator and discriminator, as losses on logits.

Guarantees:

- stable for any logit: no logarithm of a rounded probability is taken;
- at the best discriminator and a perfect generator the value is -log 4.

Does not: freeze anything; see `training.py` for who learns when.
"""

from __future__ import annotations

import torch
from torch import Tensor

from reference.losses import binary_cross_entropy_with_logits
from reference.shapes import check_shape

__all__ = [
    "discriminator_loss",
    "game_value",
    "generator_loss",
    "optimal_discriminator",
    "saturating_generator_loss",
]


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Cost of taking real data for false or made data for real.

    Equation: ``L_D = - mean log D(x) - mean log (1 - D(G(z)))`` with ``D = σ(logit)``

    Args:
        real_logits: (B, ...) logits of real data, whose target is 1.
        fake_logits: (B', ...) logits of generated data, whose target is 0.

    Source: S0; Goodfellow et al. 2014.
    """
    # - log D(x) - log (1 - D(G(z)))
    real = binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
    fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    return real + fake


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating cost of being found out: the made data is given the label "real".

    Equation: ``L_G = - mean log D(G(z))``

    Source: S0 ("the supervisory information 'real' is given to D").
    """
    # - log D(G(z))
    return binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


def saturating_generator_loss(fake_logits: Tensor) -> Tensor:
    """The minimax form, whose slope vanishes when the discriminator is sure.

    Equation: ``L_G = mean log (1 - D(G(z)))``
    """
    # L_G = mean log (1 - D(G(z)))
    return -binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))


def game_value(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What D maximises and G minimises.

    Equation: ``V(D, G) = E log D(x) + E log (1 - D(G(z)))``
    """
    # V(D, G) = E log D(x) + E log (1 - D(G(z)))
    return -discriminator_loss(real_logits, fake_logits)


def optimal_discriminator(real_density: Tensor, fake_density: Tensor) -> Tensor:
    """The best answer of a discriminator that knows both densities.

    Equation: ``D*(x) = p(x) / (p(x) + q(x))``

    Args:
        real_density: p(x), not negative, any shape.
        fake_density: q(x), the same shape.

    Returns: D*(x); 1/2 where both densities are zero.

    Source: Goodfellow et al. 2014, proposition 1; from d/dD (p log D + q log(1 - D)) = 0.
    """
    check_shape("fake_density", fake_density, *real_density.shape)
    total = real_density + fake_density
    safe = torch.where(total > 0, total, torch.ones_like(total))
    # D*(x) = p(x) / (p(x) + q(x))
    return torch.where(total > 0, real_density / safe, torch.full_like(total, 0.5))
