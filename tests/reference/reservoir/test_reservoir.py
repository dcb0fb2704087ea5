"""Reservoirs: closed forms, the echo state property, and what S0 says about eigenvalues."""

from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import Ridge

from reference import ConfigError, ShapeError
from reference.errors import DataError
from reference.recurrent import rnn_forward
from reference.reservoir import (
    EchoStateConfig,
    EchoStateNetwork,
    random_reservoir,
    reservoir_states,
    reservoir_step,
    ridge_read_out,
    scale_spectral_radius,
    spectral_radius,
    state_distance,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


def test_the_basic_reservoir_is_a_vanilla_network(randn):
    """With leak 1 it is S0's recurrent network without bias, only that nothing is trained."""
    u, x_0, W_in, W = randn(7, 2, 3), randn(2, 5), randn(5, 3), randn(5, 5)
    none = torch.zeros(5, dtype=torch.float64)
    expected = rnn_forward(u, x_0, W_in, W, none)
    torch.testing.assert_close(reservoir_states(u, x_0, W_in, W), expected, **TOLERANCE)


def test_the_leak_mixes_old_and_new(randn):
    """x_t is between the old state and the basic model's, at `leak` of the way."""
    u, x, W_in, W = randn(3), randn(5), randn(5, 3), randn(5, 5)
    basic = reservoir_step(u, x, W_in, W)
    leaky = reservoir_step(u, x, W_in, W, leak=0.3)
    torch.testing.assert_close(leaky, 0.7 * x + 0.3 * basic, **TOLERANCE)


def test_the_leak_is_a_low_pass_filter(generator):
    """S0: a small leak takes the fast part out of the response to an alternating input."""
    W = random_reservoir(30, 0.5, 0.3, generator)
    W_in = torch.rand(30, 1, generator=generator, dtype=torch.float64) - 0.5
    t = torch.arange(300, dtype=torch.float64)
    slow, fast = torch.sin(t / 20).reshape(-1, 1), (t % 2 * 2 - 1).reshape(-1, 1)
    start = torch.zeros(30, dtype=torch.float64)

    def swing(u: torch.Tensor, leak: float) -> float:
        return reservoir_states(u, start, W_in, W, leak)[150:].std().item()

    assert swing(fast, 0.1) / swing(fast, 1.0) < 0.3
    assert swing(slow, 0.1) / swing(slow, 1.0) > 0.6


def test_spectral_radius_is_the_largest_modulus():
    """Erratum of S0: not "the maximum eigenvalue"; -1.5 and complex pairs count by modulus."""
    negative = torch.diag(torch.tensor([-1.5, 0.5], dtype=torch.float64))
    assert torch.linalg.eigvals(negative).real.max() == 0.5
    assert spectral_radius(negative) == 1.5
    turn = torch.tensor([[0.0, -2.0], [2.0, 0.0]], dtype=torch.float64)
    assert torch.linalg.eigvals(turn).real.max().abs() < 1e-12
    torch.testing.assert_close(spectral_radius(turn).item(), 2.0, **TOLERANCE)


def test_the_maximum_eigenvalue_would_mislead():
    """With eigenvalues -1.5 and 0.5 the maximum is below one, and still states never meet."""
    W = torch.diag(torch.tensor([-1.5, 0.5], dtype=torch.float64))
    assert torch.linalg.eigvals(W).real.max() == 0.5
    assert spectral_radius(W) == 1.5
    u, W_in = torch.zeros(200, 1, dtype=torch.float64), torch.zeros(2, 1, dtype=torch.float64)
    one = torch.full((2,), 0.1, dtype=torch.float64)
    assert state_distance(u, one, -one, W_in, W)[-1] > 1


def test_scaling_gives_the_radius(generator, randn):
    """Any matrix with a radius gets the wanted one; a nilpotent one is refused."""
    for radius in (0.0, 0.3, 1.2):
        scaled = scale_spectral_radius(randn(8, 8), radius)
        torch.testing.assert_close(spectral_radius(scaled).item(), radius, **TOLERANCE)
    torch.testing.assert_close(
        spectral_radius(random_reservoir(40, 0.8, 0.2, generator)).item(), 0.8, **TOLERANCE
    )
    with pytest.raises(DataError, match="spectral radius 0"):
        scale_spectral_radius(torch.tensor([[0.0, 1.0], [0.0, 0.0]]), 0.9)


@pytest.mark.parametrize("leak", [1.0, 0.4])
def test_echo_state_property_of_a_contraction(leak, generator, randn):
    """With the largest singular value below one the distance shrinks at every step, to nothing."""
    W = randn(20, 20)
    W = 0.9 * W / torch.linalg.matrix_norm(W, 2)
    u, W_in = randn(300, 2), randn(20, 2)
    distance = state_distance(u, randn(20), randn(20), W_in, W, leak)
    assert (distance[1:] <= distance[:-1] + 1e-12).all()
    assert distance[-1] < 1e-6


def test_echo_states_of_a_usual_reservoir(generator, randn):
    """The customary radius 0.9 forgets two far initial states under an input."""
    W, W_in = random_reservoir(60, 0.9, 0.2, generator), randn(60, 1)
    distance = state_distance(randn(400, 1), randn(60) * 5, randn(60) * 5, W_in, W)
    assert distance[-1] < 1e-6 * distance[0]


def test_a_radius_above_one_can_remember_its_start(generator, randn):
    """Without input and with radius 1.8, two opposite starts stay opposite for ever."""
    W, W_in = random_reservoir(60, 1.8, 0.2, generator), randn(60, 1)
    start = randn(60)
    quiet = torch.zeros(400, 1, dtype=torch.float64)
    assert state_distance(quiet, start, -start, W_in, W)[-1] > 0.1


def test_a_radius_below_one_is_not_sufficient():
    """Erratum of S0: this W has radius 0.5, and two states under one constant input never meet.

    tanh is flat for one neuron and steep for the other, so what acts is not W but half of it.
    """
    W = torch.tensor([[1.5, 2.0], [-2.0, -2.5]], dtype=torch.float64)
    torch.testing.assert_close(spectral_radius(W).item(), 0.5, rtol=0, atol=1e-6)
    u = torch.tensor([0.5, 1.75], dtype=torch.float64).expand(2000, 2)
    one = torch.tensor([1.0, -0.8], dtype=torch.float64)
    other = torch.tensor([0.3, 0.95], dtype=torch.float64)
    eye = torch.eye(2, dtype=torch.float64)
    assert state_distance(u, one, other, eye, W)[-100:].min() > 1


def test_ridge_agrees_with_scikit_learn(randn):
    """An independent implementation of the same formula."""
    X, D = randn(50, 6), randn(50, 2)
    for ridge in (1e-3, 1.0, 100.0):
        theirs = Ridge(alpha=ridge, fit_intercept=False).fit(X.numpy(), D.numpy()).coef_
        ours = ridge_read_out(X, D, ridge)
        torch.testing.assert_close(ours, torch.as_tensor(theirs), **TOLERANCE)


def test_ridge_zero_is_least_squares_and_large_ridge_is_small(randn):
    """No penalty gives linear regression; the penalty makes the weights smaller and smaller."""
    X, D = randn(50, 6), randn(50, 2)
    least = torch.linalg.lstsq(X, D).solution.T
    torch.testing.assert_close(ridge_read_out(X, D, 0.0), least, **TOLERANCE)
    sizes = [ridge_read_out(X, D, ridge).norm().item() for ridge in (0.0, 1.0, 10.0, 100.0)]
    assert sizes == sorted(sizes, reverse=True)


def test_only_the_read_out_is_fitted(generator, randn):
    """`fit` leaves input, recurrent and feedback weights as they were."""
    network = EchoStateNetwork(EchoStateConfig(1, 20, 1, feedback_scale=0.5), generator).double()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.fit(randn(200, 1), randn(200, 1), ridge=1e-3, washout=50)
    after = network.state_dict()
    assert not torch.equal(after["W_out"], before["W_out"])
    for name in ("W", "W_in", "W_fb"):
        assert torch.equal(after[name], before[name])
    assert not list(network.parameters())


def test_feedback_reaches_the_reservoir(generator, randn):
    """With feedback the teacher's past changes the state; without it does not."""
    u, one, other = randn(10, 1), randn(10, 1), randn(10, 1)
    for scale in (0.0, 0.5):
        config = EchoStateConfig(1, 20, 1, feedback_scale=scale)
        network = EchoStateNetwork(config, generator).double()
        same = torch.equal(network.run(u, one)[0], network.run(u, other)[0])
        assert same == (scale == 0.0)


def test_direct_input_reaches_the_output(generator, randn):
    """The read-out sees state, input and a constant one, in that order."""
    network = EchoStateNetwork(EchoStateConfig(2, 5, 1, direct=True), generator).double()
    u = randn(3, 4, 2)
    features, _ = network.run(u)
    assert features.shape == (3, 4, 8)
    assert torch.equal(features[..., 5:7], u)
    assert (features[..., 7] == 1).all()


def test_nonsense_is_refused(generator, randn):
    """Leaks, densities and washouts out of range; shapes that do not fit."""
    for bad in ({"leak": 0.0}, {"leak": 1.5}, {"density": 0.0}, {"spectral_radius": -1.0}):
        with pytest.raises(ConfigError, match=next(iter(bad))):
            EchoStateConfig(1, 5, 1, **bad)
    network = EchoStateNetwork(EchoStateConfig(1, 5, 1), generator).double()
    with pytest.raises(ConfigError, match="washout"):
        network.fit(randn(50, 1), randn(50, 1), ridge=1.0, washout=50)
    with pytest.raises(ShapeError, match="target"):
        network.fit(randn(200, 1), randn(100, 1), ridge=1.0)


def test_states_that_do_not_tell_the_weights_are_refused_without_a_ridge():
    """Two neurons that always say the same: no regression without a penalty, one with it."""
    states, target = torch.ones(5, 2).double(), torch.ones(5, 1).double()
    with pytest.raises(DataError, match="ridge above 0"):
        ridge_read_out(states, target, 0.0)
    torch.testing.assert_close(states @ ridge_read_out(states, target, 1e-9).T, target)


def test_teacher_and_first_state_must_fit(generator, randn):
    """One true output a step, one number a neuron."""
    network = EchoStateNetwork(EchoStateConfig(1, 5, 1, feedback_scale=1.0), generator).double()
    for wrong in ({"teacher": randn(3, 1)}, {"teacher": randn(4, 2)}, {"x_0": randn(2)}):
        with pytest.raises(ShapeError, match="expected"):
            network.run(randn(4, 1), **wrong)
