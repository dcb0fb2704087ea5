"""Neurons in time: leaky integrate-and-fire, and the dynamic neuron."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from reference.errors import ConfigError, ShapeError
from reference.neurons import (
    DynamicNeuron,
    DynamicNeuronConfig,
    LIFConfig,
    dynamic_neuron_step,
    firing_rate,
    lif,
    lif_step,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def test_below_threshold_it_charges_like_a_capacitor():
    """v(t) = R I (1 - exp(-t/τ)), and no spike."""
    config = LIFConfig(tau=10.0)
    v, spikes = lif(torch.full((50,), 0.9, dtype=torch.float64), config)
    t = torch.arange(1, 51, dtype=torch.float64)
    torch.testing.assert_close(v, 0.9 * (1 - torch.exp(-t / 10)), **TIGHT)
    assert spikes.sum() == 0


@pytest.mark.parametrize("current", [1.2, 1.5, 3.0])
def test_spikes_come_at_the_closed_forms_rate(current: float):
    """The time between spikes is the formula's, rounded up to a whole step."""
    config = LIFConfig(step_ms=0.05)
    _, spikes = lif(torch.full((2000,), current, dtype=torch.float64), config)
    times = spikes.nonzero().flatten() * 0.05
    period = 1 / firing_rate(current, config)
    assert len(times) >= 2
    assert all(period <= gap <= period + 0.05 + 1e-6 for gap in times.diff().tolist())


def test_halving_the_step_leaves_the_potential_alone():
    """The step is exact: two halves are one whole."""
    whole, half = LIFConfig(step_ms=2.0), LIFConfig(step_ms=1.0)
    v, current = torch.tensor([0.3]).double(), torch.tensor([0.7]).double()
    once, _ = lif_step(v, current, whole)
    twice, _ = lif_step(lif_step(v, current, half)[0], current, half)
    torch.testing.assert_close(once, twice, **TIGHT)


def test_it_leaks_resets_and_stays_silent_without_input():
    """Without input the charge decays by exp(-Δt/τ); a spike puts it at the reset."""
    config = LIFConfig(tau=20.0, reset=-0.5)
    v, spike = lif_step(torch.tensor([0.8]), torch.tensor([0.0]), config)
    assert v.item() == pytest.approx(0.8 * math.exp(-1 / 20))
    assert spike == 0
    v, spike = lif_step(torch.tensor([0.99]), torch.tensor([5.0]), config)
    assert (v.item(), spike.item()) == (-0.5, 1)
    assert firing_rate(1.0, config) == 0


def test_dynamic_neuron_is_a_weighted_sum_of_the_past(randn: Draw):
    """s(T) = sum_k τ^k (w_0 + w·x(T - k)), an independent closed form."""
    model = DynamicNeuron(DynamicNeuronConfig(3, tau=0.6, activation="linear")).double()
    x = randn(7, 2, 3)
    w = model.weight.detach()
    drive = w[0] + x @ w[1:]
    decay = 0.6 ** torch.arange(6, -1, -1, dtype=torch.float64)
    torch.testing.assert_close(model(x)[-1], (decay[:, None] * drive).sum(0), **TIGHT)


def test_dynamic_neuron_is_causal_and_without_memory_ordinary(randn: Draw):
    """The future changes nothing; τ = 0 keeps only the last input."""
    model = DynamicNeuron(DynamicNeuronConfig(3)).double()
    x = randn(6, 2, 3)
    changed = x.clone()
    changed[4:] += 1
    torch.testing.assert_close(model(x)[:4], model(changed)[:4], rtol=0, atol=0)
    s = dynamic_neuron_step(randn(2), x[0], randn(4) * 0 + 1, 0.0)
    torch.testing.assert_close(s, 1 + x[0].sum(-1), **TIGHT)


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Thresholds below rest, times of zero, memories that explode, sizes that differ."""
    with pytest.raises(ConfigError, match="fires without input"):
        LIFConfig(threshold=-1.0)
    with pytest.raises(ConfigError, match="tau is 0"):
        LIFConfig(tau=0)
    with pytest.raises(ConfigError, match="it must forget"):
        DynamicNeuronConfig(3, tau=1.0)
    with pytest.raises(ShapeError, match="current has shape"):
        lif_step(randn(2), randn(3), LIFConfig())
    with pytest.raises(ShapeError, match="x has shape"):
        dynamic_neuron_step(randn(2), randn(2, 3), randn(3), 0.5)
