"""The reservoir learns sine, NARMA-10 and Mackey-Glass by one linear equation."""

from __future__ import annotations

import pytest
import torch

from reference.data.series import mackey_glass, narma10, sine
from reference.reservoir import (
    EchoStateConfig,
    EchoStateNetwork,
    reservoir_step,
    ridge_read_out,
)

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_sine_prediction(seed):
    """S0's task, one step ahead: error below a hundredth of repeating the last value."""
    generator = torch.Generator().manual_seed(seed)
    x = sine(800, period=23.7).unsqueeze(1)
    network = EchoStateNetwork(EchoStateConfig(1, 60, 1), generator).double()
    network.fit(x[:499], x[1:500], ridge=1e-8)
    error = (network(x[:-1]) - x[1:])[500:].pow(2).mean()
    assert error < (x[500:-1] - x[501:]).pow(2).mean() / 100


@pytest.mark.parametrize("seed", SEEDS)
def test_narma_beats_a_linear_model_of_the_last_ten_inputs(seed):
    """On unseen NARMA-10 the error is under half that of ridge regression on u_t ... u_{t-9}."""
    generator = torch.Generator().manual_seed(seed)
    u, y = narma10(2200, generator)
    u, y = u.unsqueeze(1), y.unsqueeze(1)
    config = EchoStateConfig(1, 200, 1, spectral_radius=0.9, input_scale=0.4, direct=True)
    network = EchoStateNetwork(config, generator).double()
    network.fit(u[:1600], y[:1600], ridge=1e-8)
    ours = (network(u) - y)[1700:].pow(2).mean()
    window = torch.cat([u.roll(d, 0) for d in range(10)] + [torch.ones_like(u)], dim=1)
    W = ridge_read_out(window[100:1600], y[100:1600], 1e-8)
    linear = (window @ W.T - y)[1700:].pow(2).mean()
    assert ours < linear / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_mackey_glass_runs_free(seed):
    """Fed with its own output, the network follows the chaotic series for 50 steps.

    Baseline: the mean of the series; the network's error is under a quarter of it.
    """
    generator = torch.Generator().manual_seed(seed)
    x = mackey_glass(1600).unsqueeze(1) - 0.9
    config = EchoStateConfig(1, 200, 1, spectral_radius=0.95, leak=0.7, direct=True)
    network = EchoStateNetwork(config, generator).double()
    network.fit(x[:1399], x[1:1400], ridge=1e-9)
    features, outputs = network.run(x[:1400])
    state, value, written = features[-1, :200], outputs[-1], [outputs[-1]]
    for _ in range(49):
        features, outputs = network.run(value.unsqueeze(0), x_0=state)
        state, value = features[-1, :200], outputs[-1]
        written.append(value)
    error = (torch.stack(written) - x[1400:1450]).pow(2).mean()
    assert error < x[:1400].var() / 4


@pytest.mark.parametrize("seed", SEEDS)
def test_feedback_makes_a_pattern_generator(seed):
    """The general model without input goes on with a sine that it was taught, for four periods.

    Baseline: the mean of the sine, whose error is one half; the network's is under a tenth of that.
    """
    generator = torch.Generator().manual_seed(seed)
    y = sine(700, period=25.0).unsqueeze(1) * 0.5
    config = EchoStateConfig(
        1, 100, 1, spectral_radius=0.8, leak=0.8, input_scale=0.0, feedback_scale=1.0
    )
    network = EchoStateNetwork(config, generator).double()
    quiet = torch.zeros_like(y)
    noisy = y + 1e-3 * torch.randn(700, 1, generator=generator, dtype=torch.float64)
    network.fit(quiet[:500], noisy[:500], ridge=1e-4)
    warm, _ = network.run(quiet[:500], teacher=y[:500])
    state, value, written = warm[-1], y[499], []
    for _ in range(100):
        feedback = value @ network.W_fb.T
        state = reservoir_step(quiet[0], state, network.W_in, network.W, config.leak, feedback)
        value = state @ network.W_out.T
        written.append(value)
    error = (torch.stack(written) - y[500:600]).pow(2).mean()
    assert error < y.var() / 10
