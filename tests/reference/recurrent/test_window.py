"""Time windows: what a step may see, and what an MLP learns from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.data import sine
from reference.errors import ConfigError
from reference.recurrent import (
    TimeWindowConfig,
    TimeWindowNetwork,
    moving_average,
    shifted_inputs,
)
from reference.training import fit

Draw = Callable[..., torch.Tensor]


@pytest.mark.parametrize("window", [1, 2, 5, 9])
def test_windows_are_slices_of_the_past(randn: Draw, window: int):
    """Step by step: the last inputs, newest first, zeros before; and their mean."""
    x = randn(6, 2, 3)
    shifted, mean = shifted_inputs(x, window), moving_average(x, window)
    assert shifted.shape == (6, 2, 3 * window)
    for t in range(6):
        for k in range(window):
            expected = x[t - k] if k <= t else torch.zeros(2, 3)
            assert torch.equal(shifted[t, :, 3 * k : 3 * k + 3], expected.double())
        torch.testing.assert_close(mean[t], x[max(0, t - window + 1) : t + 1].mean(0))


def test_s2_s_pattern_is_other_inputs_at_another_place():
    """[0,0,1,1,1,0,0,1,0,0] two steps later: no value of the window's MLP is shared."""
    early = torch.tensor([0.0, 0, 1, 1, 1, 0, 0, 1, 0, 0])
    late = torch.tensor([0.0, 0, 0, 0, 1, 1, 1, 0, 0, 1])
    windows = [shifted_inputs(x[:, None], 10)[-1] for x in (early, late)]
    assert (windows[0] * windows[1]).sum() == 1  # one place in common out of four
    assert torch.equal(early[:8], late[2:])


def test_nothing_is_seen_of_the_future_or_beyond_the_window(generator, randn: Draw):
    """A changed input changes its own and the next outputs, as long as it is in the window."""
    model = TimeWindowNetwork(TimeWindowConfig(3, 2, 2), generator).double()
    x = randn(6, 1, 3)
    changed = x.clone()
    changed[2] += 1
    same = (model(x) == model(changed)).all(-1)[:, 0]
    assert same.tolist() == [True, True, False, False, True, True]


def test_a_window_predicts_a_sine_that_one_step_cannot(generator):
    """The next value of a sine from two values: error under a twentieth of that from one."""
    x = sine(120).float()[:, None, None]
    errors = []
    for window in (1, 2):
        model = TimeWindowNetwork(TimeWindowConfig(1, 1, window), generator)
        losses = fit(
            model.parameters(), lambda _, m=model: ((m(x[:-1]) - x[1:])[2:] ** 2).mean(), 250, 0.02
        )
        errors.append(losses[-1])
    assert errors[1] < errors[0] / 20


def test_windows_that_hold_nothing_are_refused():
    """At least one step."""
    with pytest.raises(ConfigError, match="window"):
        shifted_inputs(torch.zeros(3, 1), 0)
    with pytest.raises(ConfigError, match="averages"):
        TimeWindowConfig(1, 1, 2, (0,))


def test_an_average_forgets_what_its_window_has_left():
    """After a huge number, an infinity or what is no number, the average is that of the window."""
    for odd in (1e8, torch.inf, torch.nan):
        x = torch.tensor([[odd], [1.0], [2.0], [4.0]])
        assert moving_average(x, 2)[2:].flatten().tolist() == [1.5, 3.0]
