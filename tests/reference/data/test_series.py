"""The generated series against their equations."""

from __future__ import annotations

import pytest
import torch

from reference import ConfigError
from reference.data.series import mackey_glass, narma10, sine


def test_sine_obeys_its_recurrence():
    """Any sine obeys x_{t+1} = 2 cos(w) x_t - x_{t-1}."""
    x = sine(200, period=25.0, phase=0.4)
    w = torch.tensor(2 * torch.pi / 25, dtype=torch.float64)
    torch.testing.assert_close(x[2:], 2 * w.cos() * x[1:-1] - x[:-2], rtol=0, atol=1e-12)


def test_narma_obeys_its_equation(generator):
    """Every target follows from the ten before it and from inputs now and nine steps ago."""
    u, y = narma10(300, generator)
    assert u.min() >= 0
    assert u.max() <= 0.5
    for t in range(10, 299):
        past = y[t - 9 : t + 1].sum()
        # y[t] is y_{t+1} of the equation, so one step on the inputs are u[t - 8] and u[t + 1]
        expected = 0.3 * y[t] + 0.05 * y[t] * past + 1.5 * u[t - 8] * u[t + 1] + 0.1
        torch.testing.assert_close(y[t + 1], expected, rtol=1e-12, atol=0)


def test_mackey_glass_is_bounded_chaotic_and_converged():
    """The series stays in its known range, does not repeat, and a finer step agrees early on."""
    x = mackey_glass(1000)
    assert 0.2 < x.min() < x.max() < 1.4
    assert x[500:].std() > 0.1
    fine = mackey_glass(100, step=0.05)
    torch.testing.assert_close(x[:100], fine, rtol=0, atol=1e-4)
    long, near = mackey_glass(2000), mackey_glass(2000, start=1.2 + 1e-3)
    assert (long - near).abs()[:20].max() < 1e-2
    assert (long - near).abs()[1500:].max() > 0.1


def test_a_short_delay_settles_at_one():
    """With a delay of 2 the equation's fixed point x = 1 attracts."""
    torch.testing.assert_close(mackey_glass(600, delay=2.0)[-1].item(), 1.0, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sine(0),
        lambda: sine(5, period=0),
        lambda: narma10(10, torch.Generator()),
        lambda: mackey_glass(5, step=0.3),
    ],
)
def test_nonsense_is_refused(make):
    """Lengths, periods and steps that make no series are config errors."""
    with pytest.raises(ConfigError, match="must"):
        make()
