"""Activations against torch, and their slopes against autograd."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference import neurons
from reference.errors import ConfigError
from reference.neurons import ACTIVATIONS, activation

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_values_and_gradients_agree_with_torch(randn: Draw, name: str):
    """Value and autograd's slope equal torch's function."""
    ours, theirs = (randn(50).mul(3).requires_grad_() for _ in range(2))
    theirs.data = ours.data.clone()
    left, right = activation(name)(ours), getattr(torch, name)(theirs)
    torch.testing.assert_close(left, right, **TIGHT)
    left.sum().backward()
    right.sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, **TIGHT)


@pytest.mark.parametrize("name", [n for n, (_, slope) in ACTIVATIONS.items() if slope])
def test_written_slopes_equal_autograd(randn: Draw, name: str):
    """The formula of g' is the derivative of g."""
    function, slope = ACTIVATIONS[name]
    a = randn(50).requires_grad_()
    (expected,) = torch.autograd.grad(function(a).sum(), a)
    torch.testing.assert_close(slope(a.detach()), expected, **TIGHT)


def test_step_and_sign_count_zero_as_positive():
    """step(0) = 1, sign(0) = 1; the others are 0, 1 and -1."""
    a = torch.tensor([-2.0, 0.0, 3.0])
    assert neurons.step(a).tolist() == [0, 1, 1]
    assert neurons.sign(a).tolist() == [-1, 1, 1]


def test_sigmoid_slope_peaks_at_a_quarter():
    """The largest slope is 0.25, at 0; tanh's is 1."""
    a = torch.arange(-600, 601, dtype=torch.float64) / 100
    for slope, peak in ((neurons.sigmoid_derivative(a), 0.25), (neurons.tanh_derivative(a), 1)):
        assert slope[600] == peak
        assert (slope[a != 0] < peak).all()


def test_nothing_overflows():
    """At ±1e4 values are 0 or 1 and gradients are finite."""
    a = torch.tensor([-1e4, 1e4], requires_grad=True)
    h = neurons.sigmoid(a)
    assert h.tolist() == [0, 1]
    h.sum().backward()
    assert torch.isfinite(a.grad).all()


def test_unknown_activations_are_a_clear_error():
    """The message lists what there is."""
    with pytest.raises(ConfigError, match="there are: step, sign, linear"):
        activation("swish")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_values_and_slopes_agree_with_torch_at_every_special_point(name: str, dtype: torch.dtype):
    """0, -0, tiny and huge numbers, infinities: value, autograd's slope and the written slope."""
    points = [0.0, -0.0, 1e-8, -1e-8, 1e-30, 1e4, -1e4, 90.0, -90.0, torch.inf, -torch.inf]
    ours, theirs = (torch.tensor(points, dtype=dtype, requires_grad=True) for _ in "ab")
    left, right = activation(name)(ours), getattr(torch, name)(theirs)
    exact = {"rtol": 4 * torch.finfo(dtype).eps, "atol": 1e-37}
    torch.testing.assert_close(left, right, **exact)
    left.sum().backward()
    right.sum().backward()
    # beyond 40 torch's σ is 1 and its slope 0; ours is still 1e-40
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=exact["rtol"], atol=1e-30)
    written = ACTIVATIONS[name][1](ours.detach())
    torch.testing.assert_close(written, theirs.grad, rtol=1e-6, atol=1e-7)


def test_not_a_number_stays_one():
    """A broken input is seen, not turned into zero."""
    nan = torch.tensor([torch.nan])
    for name in ("sigmoid", "tanh", "relu", "linear"):
        assert activation(name)(nan).isnan().all()
