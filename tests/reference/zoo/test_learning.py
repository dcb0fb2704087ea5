"""The zoo learns on scikit-learn's digits and iris, over three seeds."""

from __future__ import annotations

import pytest
import torch
from sklearn.datasets import load_digits, load_iris

from reference.training import fit
from reference.zoo import (
    BeliefConfig,
    BoltzmannConfig,
    BoltzmannMachine,
    DeepBeliefNetwork,
    HopfieldNetwork,
    RadialBasisConfig,
    RadialBasisNetwork,
    RestrictedBoltzmannMachine,
    RestrictedConfig,
    contrastive_divergence,
)

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


def digits(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Black and white digits: train and test pictures (N, 64) of 0 and 1, and their labels."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    x, y = (torch.tensor(images)[order] > 7).float(), torch.tensor(labels)[order]
    return x[:1400], x[1400:], y[:1400], y[1400:]


@pytest.mark.parametrize("seed", SEEDS)
def test_rbm_fills_in_what_is_missing(seed):
    """The lower half of unseen digits from the upper, by going up and down.

    Baseline: each lower pixel as in most training pictures; under 85 % of its errors are made.
    """
    train, test, _, _ = digits(seed)
    generator = torch.Generator().manual_seed(seed)
    rbm = RestrictedBoltzmannMachine(RestrictedConfig(64, 64), generator)
    with torch.no_grad():
        for epoch in range(25):
            for part in torch.randperm(len(train), generator=generator).split(50):
                step = contrastive_divergence(rbm, train[part], generator)
                rate = 0.2 if epoch < 15 else 0.05
                rbm.W += rate * step.W
                rbm.b += rate * step.b
                rbm.c += rate * step.c
        guess = test.clone()
        guess[:, 32:] = 0.5
        for _ in range(30):
            guess[:, 32:] = rbm.visible(rbm(guess))[:, 32:]
    lower = test[:, 32:]
    wrong = ((guess[:, 32:] > 0.5) != (lower > 0.5)).float().mean()
    usual = (train[:, 32:].mean(0) > 0.5).float()
    assert wrong < 0.85 * (usual != lower).float().mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_boltzmann_machine_learns_pairs(seed):
    """Six pixels of unseen digits are likelier by 0.2 nats than under six independent coins."""
    train, test, _, _ = digits(seed)
    some = [18, 20, 27, 35, 43, 45]
    train, test = train[:, some], test[:, some]
    machine = BoltzmannMachine(BoltzmannConfig(6), torch.Generator().manual_seed(seed))
    fit(
        machine.parameters(),
        lambda _: -machine.log_probability(train).mean(),
        steps=200,
        learning_rate=0.05,
    )
    coins = torch.distributions.Bernoulli(probs=train.mean(0)).log_prob(test).sum(1).mean()
    with torch.no_grad():
        assert machine.log_probability(test).mean() > coins + 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_belief_network_reconstructs_through_a_narrow_top(seed):
    """64 pixels through 20 units: under 65 % of the mean picture's error, on unseen digits."""
    train, test, _, _ = digits(seed)
    generator = torch.Generator().manual_seed(seed)
    network = DeepBeliefNetwork(BeliefConfig((64, 48, 20)), generator)
    network.fit(train, epochs=15, learning_rate=0.2, batch=50, generator=generator)
    with torch.no_grad():
        error = (network.reconstruct(test) - test).pow(2).mean()
    assert error < 0.65 * (train.mean(0) - test).pow(2).mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_radial_basis_network_classifies_iris(seed):
    """Over 90 % of unseen flowers right; the largest class is a third."""
    x, y = load_iris(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(150, generator=generator)
    x, y = torch.tensor(x)[order], torch.tensor(y)[order]
    x = (x - x[:100].mean(0)) / x[:100].std(0)
    target = torch.nn.functional.one_hot(y, 3).double()
    network = RadialBasisNetwork(RadialBasisConfig(4, 20, 3, width=1.5), generator).double()
    network.fit(x[:100], target[:100], generator, ridge=1e-3)
    with torch.no_grad():
        right = (network(x[100:]).argmax(1) == y[100:]).double().mean()
    assert right > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_hopfield_network_recalls_a_digit_from_its_upper_half(seed):
    """A zero and a one stored; with the lower third made random, 95 % of all pixels come back."""
    train, _, labels, _ = digits(seed)
    patterns = torch.stack([train[labels == digit][0] for digit in (0, 1)]) * 2 - 1
    network = HopfieldNetwork(64)
    network.store(patterns)
    generator = torch.Generator().manual_seed(seed)
    damaged = patterns.clone()
    damaged[:, 44:] = torch.randint(2, (2, 20), generator=generator).float() * 2 - 1
    before = (damaged == patterns).float().mean()
    after = (network(damaged) == patterns).float().mean()
    assert before < 0.9
    assert after > 0.95
