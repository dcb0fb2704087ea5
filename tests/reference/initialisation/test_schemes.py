"""Variances and bounds of starting weights, and what they do to two rings."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from reference.data import two_rings
from reference.errors import ConfigError
from reference.initialisation import (
    SCHEMES,
    fans,
    fixed_variance,
    he,
    he_bound,
    he_variance,
    initialise,
    uniform_bound,
    xavier,
    xavier_bound,
    xavier_variance,
    zero,
)
from reference.losses import cross_entropy
from reference.multilayer_perceptron import MLP, MLPConfig
from reference.training import fit

SHAPE = (300, 200)


def test_the_formulas_of_the_lecture():
    """1/n, sqrt(3/n); 2/(n + m), sqrt(6/(n + m)); 2/n, sqrt(6/n)."""
    assert xavier_variance(200) == 1 / 200
    assert xavier_bound(200) == pytest.approx(math.sqrt(3 / 200))
    assert xavier_variance(200, 300) == 2 / 500
    assert xavier_bound(200, 300) == pytest.approx(math.sqrt(6 / 500))
    assert he_variance(200) == 2 / 200
    assert he_bound(200) == pytest.approx(math.sqrt(6 / 200))


def test_fans_agree_with_torch():
    """For full layers and filters."""
    for shape in ((5, 7), (4, 3, 5, 2)):
        expected = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
        assert fans(shape) == expected


@pytest.mark.parametrize(
    ("draw", "variance"),
    [
        (lambda g: xavier(SHAPE, "normal", False, g), 1 / 200),
        (lambda g: xavier(SHAPE, "uniform", False, g), 1 / 200),
        (lambda g: xavier(SHAPE, "normal", True, g), 2 / 500),
        (lambda g: xavier(SHAPE, "uniform", True, g), 2 / 500),
        (lambda g: he(SHAPE, "normal", g), 2 / 200),
        (lambda g: he(SHAPE, "uniform", g), 2 / 200),
        (lambda g: fixed_variance(SHAPE, 0.25, g), 0.25),
    ],
)
def test_drawn_weights_have_the_variance(draw, variance: float, generator: torch.Generator):
    """60,000 numbers: mean near 0, variance within 3 %."""
    w = draw(generator)
    assert w.var().item() == pytest.approx(variance, rel=0.03)
    assert w.mean().abs() < 5 * math.sqrt(variance / w.numel())


def test_uniform_weights_stay_within_the_bound(generator: torch.Generator):
    """And come close to it."""
    w = xavier(SHAPE, "uniform", True, generator)
    assert 0.99 * xavier_bound(200, 300) < w.abs().max() <= xavier_bound(200, 300)
    assert uniform_bound(1 / 3) == pytest.approx(1)


def activations(scheme: str, activation: str, generator: torch.Generator) -> torch.Tensor:
    """Mean square of the signal after ten layers of 256 units."""
    model = MLP(MLPConfig((256,) * 11, activation), generator)
    initialise(model, scheme, "normal", generator)
    return model(torch.randn(64, 256, generator=generator)).square().mean()


def test_xavier_and_he_keep_the_signal_alive(generator: torch.Generator):
    """Over ten ReLU layers He keeps the signal, Xavier halves it each time, fixed explodes."""
    assert 0.3 < activations("he", "relu", generator) / 2 < 3
    assert activations("xavier_one_sided", "relu", generator) < 0.02
    assert 0.3 < activations("xavier_one_sided", "linear", generator) < 3
    assert activations("fixed", "relu", generator) > 1e10
    assert activations("zero", "relu", generator) == 0


def test_zero_initialisation_gives_all_hidden_units_the_same_gradient():
    """Why it never learns: rows of every gradient are equal, and the first layer's are zero."""
    model = MLP(MLPConfig((2, 5, 2), "tanh"))
    initialise(model, "zero")
    rings = two_rings(50, generator=torch.Generator().manual_seed(0))
    cross_entropy(model(rings.rows), rings.labels).backward()
    first = model.layers[0].weight.grad
    assert torch.equal(first, first[:1].expand_as(first))
    assert torch.equal(zero((2, 3)), torch.zeros(2, 3))


def test_same_generator_same_weights():
    """Every scheme follows the generator."""
    for scheme in SCHEMES:
        pair = []
        for _ in range(2):
            model = MLP(MLPConfig((3, 4, 2)))
            initialise(model, scheme, generator=torch.Generator().manual_seed(1))
            pair.append(model)
        for a, b in zip(pair[0].parameters(), pair[1].parameters(), strict=True):
            assert torch.equal(a, b)


def test_nonsense_is_a_clear_error():
    """Unknown schemes and distributions, flat shapes, variances of zero."""
    with pytest.raises(ConfigError, match="expected one of zero, fixed"):
        initialise(MLP(MLPConfig((2, 2))), "lecun")
    with pytest.raises(ConfigError, match="'normal' or 'uniform'"):
        he((2, 2), "cauchy")
    with pytest.raises(ConfigError, match=r"expected \(out, in"):
        fans((3,))
    with pytest.raises(ConfigError, match="variance is 0"):
        fixed_variance((2, 2), 0.0)


def ring_accuracy(scheme: str, seed: int) -> float:
    generator = torch.Generator().manual_seed(seed)
    train, test = two_rings(600, 0.08, generator).split(0.5, generator)
    model = MLP(MLPConfig((2, 10, 5, 2), "relu"), generator)
    initialise(model, scheme, "normal", generator)
    fit(
        model.parameters(),
        lambda _: cross_entropy(model(train.rows), train.labels),
        steps=300,
        learning_rate=0.01,
    )
    return (model(test.rows).argmax(1) == test.labels).float().mean().item()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_two_rings_need_more_than_zeros(seed: int):
    """He separates the rings to 94 %, zero stays at chance (50 %): the lecture's 96 % and 50 %."""
    assert ring_accuracy("he", seed) > 0.94
    assert ring_accuracy("zero", seed) < 0.6


def test_a_network_started_at_zero_learns_what_one_unit_can():
    """Two crossing classes, 2-4-2 sigmoid net from zero: the same path as torch's own layers.

    All four hidden units stay alike, and still the net learns the line that one unit can draw: over
    95 %. A slope of zero at exactly 0 would leave it where guessing is.
    """
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(300, 2, generator=generator, dtype=torch.float64)
    labels = (points @ torch.tensor([1.0, 0.5], dtype=torch.float64) > 0.3).long()
    ours = MLP(MLPConfig((2, 4, 2), "sigmoid")).double()
    theirs = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 2)).double()
    scores = []
    for model in (ours, theirs):
        initialise(model, "zero")
        optimiser = torch.optim.Adam(model.parameters(), 0.1)
        for _ in range(60):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(points), labels).backward()
            optimiser.step()
        scores.append(model(points).detach())
    torch.testing.assert_close(scores[0], scores[1], rtol=1e-9, atol=1e-9)
    assert (scores[0].argmax(1) == labels).double().mean() > 0.95
    hidden = ours.layers[0].weight
    assert (hidden == hidden[0]).all()
