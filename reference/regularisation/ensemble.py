"""Ensembles: several networks vote, and their separate errors cancel.

Guarantees: the squared error of the mean is the mean squared error less the members' spread, so
that an ensemble is never worse than its members are on average.

Source: S2 (ensembles); S0 (dropout as ensemble learning).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_positive
from reference.examples import normal
from reference.losses.cross_entropy import softmax
from reference.multilayer_perceptron.network import MLP, MLPConfig
from reference.registry import System

__all__ = ["Ensemble", "ambiguity", "bootstrap"]


def bootstrap(count: int, generator: Generator | None = None) -> Tensor:
    """Draw as many examples as there are, with replacement: a member's own data, ids (count,)."""
    require_positive(count=count)
    return torch.randint(count, (count,), generator=generator)


def ambiguity(predictions: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Split the error of an ensemble.

    Equation: ``(ȳ - t)² = mean_m (y_m - t)² - mean_m (y_m - ȳ)²``

    Args:
        predictions: of all members, (M, ...).
        target: (...).

    Returns: the ensemble's error, the members' mean error, their spread; (...) each.

    Source: Krogh and Vedelsby, 1995.
    """
    mean = predictions.mean(dim=0)
    # (ȳ - t)² = mean_m (y_m - t)² - mean_m (y_m - ȳ)²
    spread = ((predictions - mean) ** 2).mean(dim=0)
    return (mean - target) ** 2, ((predictions - target) ** 2).mean(dim=0), spread


class Ensemble(nn.Module):
    """Classifiers of one task, whose probabilities are averaged.

    Equation: ``P(class) = 1/M sum_m softmax(z_m)``
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        require(len(members) > 0, "there are no members, expected at least one")
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, ...) to probabilities (B, classes)."""
        # P(class) = 1/M sum_m softmax(z_m)
        return torch.stack([softmax(member(x)) for member in self.members]).mean(dim=0)


SYSTEMS = (
    System(
        "ensemble",
        "S0, S2",
        lambda g: Ensemble([MLP(MLPConfig((3, 4, 2), "tanh"), g) for _ in range(3)]),
        (normal("B", 3),),
        parameters=3 * (4 * 4 + 5 * 2),
        wrong=(normal("B", 4),),
    ),
)
