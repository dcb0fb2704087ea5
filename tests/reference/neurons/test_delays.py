"""Delays on connections, and S2's two neurons."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.errors import ConfigError
from reference.neurons import TwoNeurons, TwoNeuronsConfig, delayed, two_neuron_step

Draw = Callable[..., torch.Tensor]


@pytest.mark.parametrize("delay", [0, 1, 3, 9])
def test_a_delay_moves_the_signal(randn: Draw, delay: int):
    """z(t) = y(t - d), zeros before."""
    y = randn(6, 2)
    z = delayed(y, delay)
    for t in range(6):
        assert torch.equal(z[t], y[t - delay] if t >= delay else torch.zeros(2).double())


def test_the_second_neuron_sees_the_first_one_now():
    """By hand, all weights 1: x = 1, 0 gives y1 = 1, 2 and y2 = 1, 3; with y1(t-1) y2 were 0, 1."""
    w, zero = torch.ones(5), torch.zeros(())
    y1, y2 = two_neuron_step(torch.ones(()), zero, zero, w)
    assert (y1.item(), y2.item()) == (1, 1)
    y1, y2 = two_neuron_step(zero, y1, y2, w)
    assert (y1.item(), y2.item()) == (2, 3)


def test_over_a_sequence_it_is_the_step_repeated(generator, randn: Draw):
    """From rest; the slope passes through y1(t) within the step."""
    model = TwoNeurons(TwoNeuronsConfig("linear"), generator).double()
    x = randn(4, 3)
    y1 = y2 = torch.zeros(3).double()
    for x_t, out in zip(x, model(x), strict=True):
        y1, y2 = two_neuron_step(x_t, y1, y2, model.w)
        torch.testing.assert_close(out, torch.stack([y1, y2], -1))
    first = x[:1].clone().requires_grad_()
    (slope,) = torch.autograd.grad(model(first)[0, :, 1].sum(), first)
    torch.testing.assert_close(slope[0], (model.w[0] * model.w[3]).expand(3))


def test_a_delay_into_the_future_is_refused():
    """Only whole steps back."""
    with pytest.raises(ConfigError, match="delay is -1"):
        delayed(torch.zeros(3), -1)
