"""Hidden units of a Boltzmann machine, its learning rule, and a belief network that dreams."""

from __future__ import annotations

import pytest
import torch

from reference.errors import ConfigError
from reference.zoo import (
    BeliefConfig,
    BoltzmannConfig,
    BoltzmannMachine,
    DeepBeliefNetwork,
    all_states,
    boltzmann_update,
    train_boltzmann,
)


def test_the_chance_of_the_visible_sums_the_hidden_out(generator):
    """Visible chances sum to one, and each is the sum over all hidden states."""
    machine = BoltzmannMachine(BoltzmannConfig(3, 2), generator).double()
    v = all_states(3).double()
    chance = machine.log_probability(v).exp()
    torch.testing.assert_close(chance.sum(), torch.ones(()).double())
    every = all_states(5).double()
    joint = torch.softmax(-machine(every), 0)
    for one, p in zip(v, chance, strict=True):
        torch.testing.assert_close(joint[(every[:, :3] == one).all(1)].sum(), p)


@pytest.mark.parametrize("hidden", [0, 2])
def test_the_rule_is_the_slope_of_the_likelihood(generator, hidden: int):
    """Clamped less free means equal autograd's derivative by each wire and bias."""
    machine = BoltzmannMachine(BoltzmannConfig(3, hidden), generator).double()
    v = torch.tensor([[1.0, 0, 1], [0, 0, 1], [1, 1, 1]]).double()
    wires, b = torch.autograd.grad(machine.log_probability(v).mean(), [machine.wires, machine.b])
    update = boltzmann_update(machine, v)
    torch.testing.assert_close(update.W.tril(-1), wires.tril(-1))
    torch.testing.assert_close(update.b, b)
    torch.testing.assert_close(update.W, update.W.T)
    assert (torch.diag(update.W) == 0).all()


def test_tossing_gives_the_same_means(generator):
    """Long Gibbs runs, clamped and free, approach the exact rule."""
    machine = BoltzmannMachine(BoltzmannConfig(3, 2), generator)
    with torch.no_grad():
        machine.wires.mul_(10)
    v = torch.tensor([[1.0, 0, 1], [0, 0, 1]])
    start = torch.cat([v.repeat(3000, 1), torch.rand(6000, 2, generator=generator).round()], 1)
    on = machine.gibbs(start, 20, generator, clamp=True)
    assert torch.equal(on[:, :3], start[:, :3])
    free = machine.gibbs(start, 20, generator)
    exact, tossed = boltzmann_update(machine, v), boltzmann_update(machine, v, (on, free))
    torch.testing.assert_close(tossed.W, exact.W, atol=0.03, rtol=0)
    torch.testing.assert_close(tossed.b, exact.b, atol=0.03, rtol=0)


def test_hidden_units_learn_parity_that_pairs_cannot():
    """Even parity of three bits: no pair tells anything; one hidden unit makes it likelier."""
    even = torch.tensor([[0.0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]).double()
    chances = []
    for hidden in (0, 3):
        machine = BoltzmannMachine(
            BoltzmannConfig(3, hidden), torch.Generator().manual_seed(0)
        ).double()
        with torch.no_grad():
            machine.wires.mul_(30)
        history = train_boltzmann(machine, even, 400, 1.0)
        assert history[-1] > history[0]
        chances.append(machine.log_probability(even).exp().sum().item())
    assert chances[0] == pytest.approx(0.5, abs=0.01)
    assert chances[1] > 0.85


def test_a_machine_without_visible_units_is_refused():
    """Sizes that make no machine."""
    with pytest.raises(ConfigError, match="hidden"):
        BoltzmannConfig(3, -1)
    with pytest.raises(ConfigError, match="visible"):
        BoltzmannConfig(0, 2)


def test_a_belief_network_dreams_what_it_was_shown():
    """Two patterns and their noise: dreams are near one of both, and both occur."""
    generator = torch.Generator().manual_seed(0)
    patterns = torch.tensor([[1.0, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]])
    data = patterns[torch.randint(2, (400,), generator=generator)]
    flips = (torch.rand(data.shape, generator=generator) < 0.05).float()
    network = DeepBeliefNetwork(BeliefConfig((8, 6, 4)), generator)
    network.fit((data - flips).abs(), 30, 0.2, 40, generator)
    dreams = network.sample(200, 200, generator)
    assert dreams.shape == (200, 8)
    assert ((dreams >= 0) & (dreams <= 1)).all()
    distance = torch.cdist(dreams.round(), patterns, p=1)  # bits that differ
    assert (distance.min(1).values <= 1).float().mean() > 0.9
    share = (distance.argmin(1) == 0).float().mean()
    assert 0.1 < share < 0.9
