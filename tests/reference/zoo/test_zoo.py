"""The zoo: energies that never rise, chances that sum to one, states all listed."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Bernoulli

from reference import ConfigError
from reference.errors import DataError
from reference.zoo import (
    BeliefConfig,
    BoltzmannConfig,
    BoltzmannMachine,
    DeepBeliefNetwork,
    HopfieldNetwork,
    MarkovChain,
    RadialBasisConfig,
    RadialBasisNetwork,
    RestrictedBoltzmannMachine,
    RestrictedConfig,
    all_states,
    boltzmann_energy,
    contrastive_divergence,
    estimate_transitions,
    hebbian_weights,
    hopfield_energy,
    hopfield_recall,
    radial_basis,
    sample_chain,
    stationary_distribution,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


def signs(*shape: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randint(2, shape, generator=generator).double() * 2 - 1


# --- radial basis -------------------------------------------------------------------------------


def test_a_bell_is_one_on_its_centre_and_symmetric(randn):
    """Phi depends on the distance alone, falls with it, and is 1 at zero."""
    centres = randn(3, 2)
    torch.testing.assert_close(
        radial_basis(centres, centres, 0.7).diag(), torch.ones(3, dtype=torch.float64), **TOLERANCE
    )
    step = randn(2)
    ahead, back = (
        radial_basis(centres + step, centres, 0.7),
        radial_basis(centres - step, centres, 0.7),
    )
    torch.testing.assert_close(ahead.diag(), back.diag(), **TOLERANCE)
    assert (radial_basis(centres + 2 * step, centres, 0.7).diag() < ahead.diag()).all()


def test_a_centre_on_each_example_interpolates(generator, randn):
    """With as many centres as examples and no ridge every target is met."""
    x, y = randn(12, 2), randn(12, 3)
    network = RadialBasisNetwork(RadialBasisConfig(2, 12, 3, width=0.3), generator).double()
    network.fit(x, y, generator, ridge=0.0)
    torch.testing.assert_close(network(x), y, rtol=0, atol=1e-6)


def test_radial_basis_solves_exclusive_or(generator):
    """Four points, four bells: what no line can do."""
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    y = torch.tensor([[0.0], [1], [1], [0]], dtype=torch.float64)
    network = RadialBasisNetwork(RadialBasisConfig(2, 4, 1, width=0.5), generator).double()
    network.fit(x, y, generator)
    assert ((network(x) > 0.5) == (y > 0.5)).all()


# --- Markov chain -------------------------------------------------------------------------------


def test_a_step_keeps_distributions(randn):
    """Chances stay chances: not negative, summing to one."""
    chain = MarkovChain(torch.softmax(randn(5, 5), 1))
    p = chain(torch.softmax(randn(3, 5), 1))
    assert (p >= 0).all()
    torch.testing.assert_close(p.sum(1), torch.ones(3, dtype=torch.float64), **TOLERANCE)


def test_the_stationary_distribution_stays_and_is_where_all_chains_go(randn):
    """One step leaves pi as it is; from anywhere a chain of positive chances comes to pi."""
    P = torch.softmax(randn(5, 5), 1)
    pi = stationary_distribution(P)
    torch.testing.assert_close(pi @ P, pi, **TOLERANCE)
    torch.testing.assert_close(torch.linalg.matrix_power(P, 500), pi.expand(5, 5), **TOLERANCE)


def test_two_states_in_closed_form():
    """For rates a and b of leaving: pi = (b, a) / (a + b)."""
    a, b = 0.3, 0.1
    P = torch.tensor([[1 - a, a], [b, 1 - b]], dtype=torch.float64)
    expected = torch.tensor([b, a], dtype=torch.float64) / (a + b)
    torch.testing.assert_close(stationary_distribution(P), expected, **TOLERANCE)


def test_a_periodic_chain_has_one_too():
    """Back and forth for ever: no limit, but one half each is stationary."""
    P = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    half = torch.full((2,), 0.5, dtype=torch.float64)
    torch.testing.assert_close(stationary_distribution(P), half, **TOLERANCE)


def test_chains_in_two_parts_and_rows_that_are_no_chances_are_refused():
    """More than one stationary distribution; rows that do not sum to one."""
    with pytest.raises(DataError, match="more than one"):
        stationary_distribution(torch.eye(3, dtype=torch.float64))
    with pytest.raises(DataError, match="each row"):
        MarkovChain(torch.full((2, 2), 0.6))
    with pytest.raises(DataError, match="prior"):
        estimate_transitions(torch.tensor([0, 1, 0]), 3)


def test_estimated_chances_come_back(generator):
    """A long walk tells its matrix, and its visits are the stationary distribution."""
    P = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.2, 0.6]], dtype=torch.float64)
    path = sample_chain(P, 0, 6000, generator)
    torch.testing.assert_close(estimate_transitions(path, 3), P, rtol=0, atol=0.05)
    visits = torch.bincount(path, minlength=3).double() / len(path)
    torch.testing.assert_close(visits, stationary_distribution(P), rtol=0, atol=0.03)


# --- Hopfield -----------------------------------------------------------------------------------


def test_weights_are_symmetric_without_self_connection(generator):
    """W = W^T, zero diagonal, entries as the sum says."""
    x = signs(3, 8, generator=generator)
    W = hebbian_weights(x)
    assert torch.equal(W, W.T)
    assert (W.diag() == 0).all()
    assert W[1, 4].item() == pytest.approx((x[:, 1] * x[:, 4]).sum().item() / 8)


def test_the_energy_never_rises(generator, randn):
    """Any symmetric weights with zero diagonal, any order, every single update."""
    W = randn(20, 20)
    W = W + W.T
    W = W - torch.diag(W.diag())
    x = signs(20, generator=generator)
    energy = hopfield_energy(W, x).item()
    for i in torch.randint(20, (400,), generator=generator).tolist():
        field = W[i] @ x
        x[i] = torch.sign(field) if field != 0 else x[i]
        assert hopfield_energy(W, x).item() <= energy + 1e-12
        energy = hopfield_energy(W, x).item()


def test_recall_ends_in_a_state_that_stays(generator, randn):
    """Recall of a recalled state changes nothing, and its energy is no higher."""
    W = randn(30, 30)
    W = W + W.T
    W = W - torch.diag(W.diag())
    x = signs(10, 30, generator=generator)
    found = hopfield_recall(W, x, generator)
    assert torch.equal(hopfield_recall(W, found), found)
    assert (hopfield_energy(W, found) <= hopfield_energy(W, x)).all()


def test_a_pattern_and_its_negative_are_both_stored(generator):
    """The energy does not know a state from its mirror."""
    x = signs(1, 12, generator=generator)
    W = hebbian_weights(x)
    assert torch.equal(hopfield_recall(W, x), x)
    assert torch.equal(hopfield_recall(W, -x), -x)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_damaged_patterns_are_recalled(seed):
    """Three patterns of 100 units, 15 % of the signs flipped: at least 99 % right again."""
    generator = torch.Generator().manual_seed(seed)
    patterns = signs(3, 100, generator=generator)
    network = HopfieldNetwork(100).double()
    network.store(patterns)
    flip = torch.rand(3, 100, generator=generator) < 0.15
    damaged = torch.where(flip, -patterns, patterns)
    assert (damaged == patterns).double().mean() < 0.9
    assert (network(damaged) == patterns).double().mean() >= 0.99


def test_too_many_patterns_are_not_recalled(generator):
    """Beyond about 0.14 N patterns the memory breaks: with 40 in 100 units most are lost."""
    patterns = signs(40, 100, generator=generator)
    recalled = hopfield_recall(hebbian_weights(patterns), patterns)
    assert (recalled == patterns).all(1).double().mean() < 0.2


def test_only_signs_are_patterns():
    """Zeros and ones are not minus and plus ones."""
    with pytest.raises(DataError, match=r"-1 and \+1"):
        hebbian_weights(torch.tensor([[0.0, 1.0]]))


# --- Boltzmann machine --------------------------------------------------------------------------


def test_boltzmann_energy_pair_by_pair(randn):
    """E(s) = -sum_{i<j} W_ij s_i s_j - sum_i b_i s_i, for all 16 states of four units."""
    W = randn(4, 4)
    W = W + W.T
    W = W - torch.diag(W.diag())
    b = randn(4)
    for s in all_states(4).double():
        pairs = sum(W[i, j] * s[i] * s[j] for i in range(4) for j in range(i))
        torch.testing.assert_close(boltzmann_energy(s, W, b), -pairs - b @ s, **TOLERANCE)


def test_chances_of_all_states_sum_to_one(generator):
    """The listed distribution is one, and each unit's conditional chance is a sigmoid."""
    machine = BoltzmannMachine(BoltzmannConfig(5), generator).double()
    states = all_states(5).double()
    chance = machine.log_probability(states).exp()
    torch.testing.assert_close(chance.sum().item(), 1.0, **TOLERANCE)
    on, off = states.clone(), states.clone()
    on[:, 2], off[:, 2] = 1, 0
    p_on, p_off = (machine.log_probability(s).exp() for s in (on, off))
    expected = torch.sigmoid(off @ machine.W[2] + machine.b[2])
    torch.testing.assert_close(p_on / (p_on + p_off), expected, **TOLERANCE)


def test_the_gradient_is_data_minus_model(generator):
    """The learning rule of 1985: dlog P / dW_ij = <s_i s_j>_data - <s_i s_j>_model."""
    machine = BoltzmannMachine(BoltzmannConfig(4), generator).double()
    data = torch.randint(2, (10, 4), generator=generator).double()
    machine.log_probability(data).mean().backward()
    every = all_states(4).double()
    chance = machine.log_probability(every).exp().detach()
    model = torch.einsum("s,si,sj->ij", chance, every, every)
    expected = (data.T @ data / 10 - model).tril(-1)
    torch.testing.assert_close(machine.wires.grad, expected, **TOLERANCE)


def test_gibbs_sampling_agrees_with_the_listed_distribution(generator):
    """Many chains, many sweeps: shares of the states are their chances."""
    machine = BoltzmannMachine(BoltzmannConfig(3), generator).double()
    with torch.no_grad():
        machine.wires.mul_(15)
    start = torch.zeros(20000, 3, dtype=torch.float64)
    drawn = machine.gibbs(start, 20, generator)
    number = (drawn @ torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)).long()
    share = torch.bincount(number, minlength=8).double() / len(drawn)
    chance = machine.log_probability(all_states(3).double()).exp().detach()
    torch.testing.assert_close(share, chance, rtol=0, atol=0.02)


def test_too_many_units_are_not_listed():
    """Two to the power of thirty states are refused."""
    with pytest.raises(ConfigError, match="at most 16"):
        all_states(30)


# --- restricted Boltzmann machine ---------------------------------------------------------------


@pytest.fixture
def rbm(generator) -> RestrictedBoltzmannMachine:
    model = RestrictedBoltzmannMachine(RestrictedConfig(4, 3), generator).double()
    with torch.no_grad():
        model.b.uniform_(-1, 1, generator=generator)
        model.c.uniform_(-1, 1, generator=generator)
    return model


def test_free_energy_sums_the_hidden_units_out(rbm):
    """exp(-F(v)) = sum_h exp(-E(v, h)), over all eight hidden states."""
    hidden = all_states(3).double()
    for v in all_states(4).double():
        listed = torch.logsumexp(-rbm.energy(v.expand(8, 4), hidden), 0)
        torch.testing.assert_close(-rbm.free_energy(v), listed, **TOLERANCE)


def test_free_energy_is_exact_for_strong_causes(rbm):
    """log(1 + exp a) at a = 21, where torch's softplus rounds to a: all digits are there."""
    with torch.no_grad():
        rbm.W.zero_(), rbm.b.zero_(), rbm.c.fill_(21.0)
    expected = -3 * (21 + math.log1p(math.exp(-21)))
    assert rbm.free_energy(torch.zeros(4).double()).item() == pytest.approx(expected, rel=1e-14)


def test_layers_are_independent_given_the_other(rbm):
    """P(h | v) from energies is the product of the sigmoids, and likewise P(v | h)."""
    hidden, visible = all_states(3).double(), all_states(4).double()
    v, h = visible[11], hidden[5]
    joint = torch.softmax(-rbm.energy(v.expand(8, 4), hidden), 0)
    product = Bernoulli(probs=rbm(v)).log_prob(hidden).sum(1).exp()
    torch.testing.assert_close(joint, product, **TOLERANCE)
    joint = torch.softmax(-rbm.energy(visible, h.expand(16, 3)), 0)
    product = Bernoulli(probs=rbm.visible(h)).log_prob(visible).sum(1).exp()
    torch.testing.assert_close(joint, product, **TOLERANCE)


def test_it_is_a_boltzmann_machine_with_wires_cut(rbm):
    """The joint energy is that of a machine of seven units without wires inside a layer."""
    W = torch.zeros(7, 7, dtype=torch.float64)
    W[4:, :4] = rbm.W
    W = W + W.T
    b = torch.cat([rbm.b, rbm.c])
    states = all_states(7).double()
    torch.testing.assert_close(
        rbm.energy(states[:, :4], states[:, 4:]), boltzmann_energy(states, W, b), **TOLERANCE
    )


def test_long_contrastive_divergence_is_the_likelihood_s_gradient(rbm, generator):
    """With many steps and examples CD comes to the exact gradient of the mean log likelihood."""
    data = torch.randint(2, (4, 4), generator=generator).double()
    every = all_states(4).double()
    log_likelihood = (-rbm.free_energy(data)).mean() - torch.logsumexp(-rbm.free_energy(every), 0)
    exact = torch.autograd.grad(log_likelihood, [rbm.W, rbm.b, rbm.c])
    many = data.repeat(8000, 1)
    found = contrastive_divergence(rbm, many, generator, steps=25)
    for ours, expected in zip(found[:3], exact, strict=True):
        torch.testing.assert_close(ours, expected, rtol=0, atol=0.02)


def test_a_belief_network_is_its_machines_in_a_row(generator, randn):
    """Upward pass: one machine's chances are the next one's input."""
    network = DeepBeliefNetwork(BeliefConfig((5, 4, 3)), generator).double()
    v = torch.sigmoid(randn(2, 5))
    torch.testing.assert_close(network(v), network.machines[1](network.machines[0](v)), **TOLERANCE)


def test_greedy_training_leaves_lower_machines_alone(generator):
    """Training again with the first layer done: its weights change only in its own turn."""
    network = DeepBeliefNetwork(BeliefConfig((5, 4, 3)), generator)
    data = torch.randint(2, (20, 5), generator=generator).float()
    alone = DeepBeliefNetwork(BeliefConfig((5, 4)), torch.Generator().manual_seed(1))
    alone.machines[0].load_state_dict(network.machines[0].state_dict())
    network.fit(data, 2, 0.1, 10, torch.Generator().manual_seed(2))
    alone.fit(data, 2, 0.1, 10, torch.Generator().manual_seed(2))
    assert torch.equal(network.machines[0].W, alone.machines[0].W)


def test_belief_configs_that_are_no_stack_are_refused():
    """A stack has at least two layers of at least one unit."""
    for sizes in ((5,), (5, 0)):
        with pytest.raises(ConfigError, match="size"):
            BeliefConfig(sizes)
