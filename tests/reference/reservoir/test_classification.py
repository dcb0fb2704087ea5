"""A reservoir that names a sequence."""

from __future__ import annotations

import math

import pytest
import torch

from reference.errors import ConfigError
from reference.reservoir import EchoStateConfig, ReservoirClassifier, ReservoirClassifierConfig


def waves(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Sines, squares and saws with noise beside a constant one, (60, B, 2), and which is which."""
    kind = torch.randint(3, (count,), generator=generator)
    phase = torch.rand(count, generator=generator)
    turn = (torch.arange(60)[:, None] / 12 + phase) % 1
    shapes = torch.stack([torch.sin(2 * math.pi * turn), torch.sign(turn - 0.5), 2 * turn - 1])
    u = shapes[kind, :, torch.arange(count)].T
    u = u + 0.1 * torch.randn(u.shape, generator=generator)
    # a reservoir without a constant input is odd, and the mean of an odd answer to a wave is zero
    return torch.stack([u, torch.ones_like(u)], dim=-1), kind


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_waves_are_told_apart_by_one_hot_targets(seed: int):
    """Over 90 % of unseen waves, where guessing gives a third; only the read-out was set."""
    generator = torch.Generator().manual_seed(seed)
    config = EchoStateConfig(2, 60, 3, spectral_radius=0.8, leak=0.6)
    model = ReservoirClassifier(ReservoirClassifierConfig(config, washout=10), generator)
    before = model.network.W.clone()
    u, kind = waves(150, generator)
    model.fit(u, kind, ridge=0.1)
    u, kind = waves(150, generator)
    assert (model(u).argmax(-1) == kind).float().mean() > 0.9
    assert torch.equal(model.network.W, before)


def test_the_read_out_is_least_squares_on_every_step(generator):
    """By hand: all steps of all sequences side by side, the same one-hot target for each."""
    config = EchoStateConfig(2, 5, 2)
    model = ReservoirClassifier(ReservoirClassifierConfig(config, washout=1), generator).double()
    u = torch.randn(6, 3, 2, generator=generator, dtype=torch.float64)
    labels = torch.tensor([0, 1, 1])
    model.fit(u, labels, ridge=0.5)
    rows = model.network.run(u)[0][1:].reshape(-1, 5)
    target = torch.eye(2).double()[labels].repeat(5, 1)
    expected = torch.linalg.solve(rows.T @ rows + 0.5 * torch.eye(5), rows.T @ target).T
    torch.testing.assert_close(model.network.W_out, expected)
    torch.testing.assert_close(model(u), model.network(u)[1:].mean(0))


def test_nonsense_is_refused():
    """A feedback of classes, a negative washout."""
    with pytest.raises(ConfigError, match="feed back"):
        ReservoirClassifierConfig(EchoStateConfig(1, 5, 2, feedback_scale=0.1))
    with pytest.raises(ConfigError, match="washout"):
        ReservoirClassifierConfig(EchoStateConfig(1, 5, 2), washout=-1)
