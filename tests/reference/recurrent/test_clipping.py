"""Clipping: a bound on the length, never on the direction."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference import ConfigError
from reference.recurrent import clip_gradient, clip_gradients


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12),
    threshold=st.floats(1e-3, 1e3),
)
def test_norm_is_bounded_and_direction_kept(values, threshold):
    """|clipped| = min(|gradient|, threshold), and the direction is the gradient's."""
    gradient = torch.tensor(values, dtype=torch.float64)
    clipped = clip_gradient(gradient, threshold)
    norm = gradient.norm()
    torch.testing.assert_close(clipped.norm(), norm.clamp(max=threshold), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(clipped * norm, gradient * clipped.norm(), rtol=1e-9, atol=1e-6)


def test_short_and_zero_gradients_stay_as_they_are():
    """Below or at the threshold nothing happens, not even rounding."""
    for gradient in (torch.zeros(3), torch.tensor([3.0, 4.0])):
        assert torch.equal(clip_gradient(gradient, 5.0), gradient)


def test_clipping_is_idempotent(randn):
    """Clipping what is clipped changes nothing beyond rounding."""
    once = clip_gradient(randn(4, 5) * 10, 1.0)
    torch.testing.assert_close(clip_gradient(once, 1.0), once, rtol=1e-12, atol=1e-12)


def test_joint_clipping_agrees_with_torch(randn):
    """Over several parameters one factor, torch's up to its 1e-6 in the divisor."""
    parameters = [torch.nn.Parameter(randn(3, 2)), torch.nn.Parameter(randn(5))]
    for parameter in parameters:
        parameter.grad = randn(*parameter.shape) * 7
    ours = clip_gradients([p.grad.clone() for p in parameters], 2.0)
    torch.nn.utils.clip_grad_norm_(parameters, 2.0)
    for mine, parameter in zip(ours, parameters, strict=True):
        torch.testing.assert_close(mine, parameter.grad, rtol=1e-6, atol=0)
    assert torch.stack([g.pow(2).sum() for g in ours]).sum().sqrt() == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan")])
def test_a_threshold_that_is_no_length_is_refused(threshold):
    """The threshold must be above zero."""
    with pytest.raises(ConfigError, match="threshold must be above 0"):
        clip_gradient(torch.ones(2), threshold)


@pytest.mark.parametrize("size", [1e38, 1e30, 1e20, 1.0, 1e-20, 1e-30, 1e-38])
def test_exploded_and_vanished_gradients_keep_their_direction_in_float32(size: float):
    """(3, 4) of any size that float32 has, clipped to a tenth of its norm, points the same way."""
    gradient = torch.tensor([3.0, 4.0]) / 5 * size
    clipped = clip_gradient(gradient, size / 10)
    torch.testing.assert_close(clipped, gradient / 10, rtol=1e-5, atol=0)
    assert clip_gradient(gradient, size * 1.01) is gradient


def test_an_empty_gradient_adds_nothing():
    """As in torch, a layer without weights has no length, and stays as it is."""
    none, some = clip_gradients([torch.zeros(0), torch.tensor([3.0, 4.0])], 1.0)
    assert none.shape == (0,)
    torch.testing.assert_close(some, torch.tensor([0.6, 0.8]))
    assert clip_gradients([], 1.0) == []
