"""The Hopfield network: patterns as valleys of an energy, recall as running downhill.

What it guarantees:

- Units are -1 or +1; updating one unit at a time never raises the energy.
- Recall ends in a state that no single update changes.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_only, require_positive
from reference.examples import signs
from reference.registry import System
from reference.shapes import check_shape


def hebbian_weights(patterns: Tensor) -> Tensor:
    """Store patterns: what fires together wires together.

    Equation:
        W = 1/N sum_p x_p x_pᵀ, with zeros on the diagonal

    Args:
        patterns: (P, N), -1 or +1.

    Returns:
        (N, N), symmetric.

    Source: S4 "Hopfield Network (HN)". Hopfield, 1982.
    """
    check_shape("patterns", patterns, "P", "N")
    require_only("patterns", patterns, -1, 1)
    # W = 1/N sum x xᵀ, no unit wired to itself
    W = patterns.T @ patterns / patterns.shape[1]
    return W - torch.diag(torch.diag(W))


def hopfield_energy(W: Tensor, x: Tensor) -> Tensor:
    """The energy of states (..., N).

    Equation:
        E(x) = -1/2 xᵀ W x
    """
    check_shape("x", x, ..., len(W))
    # E = -1/2 xᵀ W x
    return -((x @ W) * x).sum(-1) / 2


def hopfield_recall(
    W: Tensor, x: Tensor, generator: Generator | None = None, sweeps: int = 50
) -> Tensor:
    """Update one unit after the other until none changes.

    Equation:
        x_i <- sign(sum_j W_ij x_j), unchanged where the sum is zero

    Args:
        W: (N, N), symmetric, zero diagonal.
        x: states, (..., N), -1 or +1.
        generator: in which order the units of each sweep are taken; one by one if not given.
        sweeps: give up after so many.

    Returns:
        (..., N).
    """
    require_positive(sweeps=sweeps)
    check_shape("x", x, ..., len(W))
    require_only("x", x, -1, 1)
    x = x.clone()
    for _ in range(sweeps):
        before = x.clone()
        order = (
            torch.arange(len(W))
            if generator is None
            else torch.randperm(len(W), generator=generator)
        )
        for i in order.tolist():
            field = x @ W[i]
            # x_i <- sign(sum_j W_ij x_j)
            x[..., i] = torch.where(field == 0, x[..., i], torch.sign(field))
        if torch.equal(x, before):
            break
    return x


class HopfieldNetwork(nn.Module):
    """An associative memory: forward recalls the stored pattern that a damaged one falls to."""

    W: Tensor

    def __init__(self, units: int) -> None:
        super().__init__()
        require_positive(units=units)
        self.register_buffer("W", torch.zeros(units, units))

    def store(self, patterns: Tensor) -> None:
        """Set the weights from patterns (P, N)."""
        check_shape("patterns", patterns, "P", len(self.W))
        self.W.copy_(hebbian_weights(patterns))

    def energy(self, x: Tensor) -> Tensor:
        """The energy of states (..., N), (...)."""
        return hopfield_energy(self.W, x)

    def forward(self, x: Tensor) -> Tensor:
        """Recall: (..., N) to (..., N)."""
        return hopfield_recall(self.W, x)


def _two_patterns(generator: Generator | None) -> HopfieldNetwork:
    network = HopfieldNetwork(5)
    network.store(torch.randint(2, (2, 5), generator=generator) * 2.0 - 1)
    return network


SYSTEMS = (
    System(
        "hopfield_network",
        "S4",
        _two_patterns,
        (signs("B", 5),),
        parameters=0,
        wrong=(signs("B", 9),),
        differentiable=False,
    ),
)
