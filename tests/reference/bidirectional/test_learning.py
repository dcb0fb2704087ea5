"""The bidirectional family learns what one direction cannot know, and trees learn brackets."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.bidirectional import (
    BidirectionalConfig,
    BidirectionalRNN,
    DeepBidirectionalConfig,
    DeepBidirectionalRNN,
    TreeConfig,
    TreeRNN,
)
from reference.recurrent import RNN, RNNConfig
from reference.training import fit

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


def score(model: nn.Module, seed: int) -> float:
    """Train to tell whether x_{t-1} + x_{t+1} > 0; the share of right answers on new sequences."""
    generator = torch.Generator().manual_seed(50 + seed)

    def batch(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.randn(10, count, 1, generator=generator)
        return x, ((x[:-2] + x[2:]) > 0).float()

    def loss(_: int) -> torch.Tensor:
        x, y = batch(64)
        return nn.functional.binary_cross_entropy_with_logits(model(x)[1:-1], y)

    fit(model.parameters(), loss, steps=150, learning_rate=0.02)
    x, y = batch(500)
    with torch.no_grad():
        return ((model(x)[1:-1] > 0) == (y > 0.5)).float().mean().item()


@pytest.mark.parametrize("seed", SEEDS)
def test_two_directions_beat_one(seed):
    """The label needs the next input: over 90 % with both directions, at most 80 % with one.

    One direction knows x_{t-1} alone, whose sign agrees with the sum's sign in 75 % of cases.
    """
    generator = torch.Generator().manual_seed(seed)
    one = nn.Sequential(RNN(RNNConfig(1, 16), generator), nn.Linear(16, 1))
    both = BidirectionalRNN(BidirectionalConfig(1, 16, 1), generator)
    deep = DeepBidirectionalRNN(DeepBidirectionalConfig(1, 8, 1, layers=2), generator)
    assert score(one, seed) < 0.8
    assert score(both, seed) > 0.9
    assert score(deep, seed) > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tree_network_learns_negation(seed):
    """Phrases ((w x) y) where w = "not" turns x round: over 95 % right, chance is 50 %.

    No sum of single words tells them apart: the answer is the exclusive or of w and x.
    """
    generator = torch.Generator().manual_seed(seed)
    model, head = TreeRNN(TreeConfig(3, 12), generator), nn.Parameter(torch.zeros(12))

    def batch(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        negated = torch.randint(2, (count,), generator=generator)
        good = torch.randint(2, (count,), generator=generator)
        second = torch.randint(2, (count,), generator=generator)  # stands outside: no matter
        x = torch.zeros(3, count, 3)
        x[0, torch.arange(count), 2] = 2.0 * negated - 1
        x[1, torch.arange(count), good] = 1
        x[2, torch.arange(count), second] = 1
        return x, (good ^ negated).float()

    def loss(_: int) -> torch.Tensor:
        x, y = batch(64)
        return nn.functional.binary_cross_entropy_with_logits(model(x, ((0, 1), 2)) @ head, y)

    fit([*model.parameters(), head], loss, steps=200, learning_rate=0.03)
    x, y = batch(500)
    with torch.no_grad():
        right = ((model(x, ((0, 1), 2)) @ head > 0) == (y > 0.5)).float().mean().item()
    assert right > 0.95
