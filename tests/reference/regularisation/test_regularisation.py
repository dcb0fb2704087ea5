"""Penalties, dropout and early stopping."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from reference.errors import ConfigError
from reference.regularisation import (
    Dropout,
    EarlyStopping,
    dropout,
    early_stop,
    l1_gradient,
    l1_penalty,
    l2_gradient,
    l2_penalty,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def test_penalty_gradients_equal_autograd(randn: Draw):
    """λ/(2m) sign(w) and λ/m w, over several tensors."""
    weights = [randn(3, 2).requires_grad_(), randn(4).requires_grad_()]
    for penalty, gradient in ((l1_penalty, l1_gradient), (l2_penalty, l2_gradient)):
        slopes = torch.autograd.grad(penalty(weights, 0.7, 10), weights)
        for w, slope in zip(weights, slopes, strict=True):
            torch.testing.assert_close(gradient(w.detach(), 0.7, 10), slope, **TIGHT)


def test_penalties_by_hand():
    """λ = 2, m = 4, weights 1 and -3: 2/8·4 and 2/8·10."""
    w = torch.tensor([1.0, -3.0])
    assert l1_penalty([w], 2, 4) == 1.0
    assert l2_penalty([w], 2, 4) == 2.5
    assert l1_gradient(torch.zeros(2), 1.0).tolist() == [0, 0]


def test_l1_makes_zeros_and_l2_does_not():
    """Descent on ½(w - t)² + penalty: the closed forms are soft threshold and shrinking."""
    t = torch.tensor([2.0, 0.3, -0.1]).double()
    w1 = w2 = t
    for _ in range(2000):
        w1 = w1 - 0.01 * (w1 - t + l1_gradient(w1, 1.0))
        w2 = w2 - 0.01 * (w2 - t + l2_gradient(w2, 1.0))
    soft = t.sign() * (t.abs() - 0.5).clamp(min=0)
    torch.testing.assert_close(w1, soft, rtol=0, atol=0.011)  # it jitters by one step around 0
    torch.testing.assert_close(w2, t / 2, **TIGHT)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_dropout_keeps_the_mean_and_drops_the_rate(rate: float, generator: torch.Generator):
    """Mean 1 stays 1; a share p is zero; the rest is 1/(1 - p)."""
    y = dropout(torch.ones(200_000), rate, generator=generator)
    assert y.mean().item() == pytest.approx(1, abs=0.02)
    assert (y == 0).float().mean().item() == pytest.approx(rate, abs=0.01)
    assert torch.equal(y.unique(), torch.tensor([0, 1 / (1 - rate)]))


def test_dropout_does_nothing_in_evaluation(randn: Draw, generator: torch.Generator):
    """Exactly the input, and the same mask from the same generator in training."""
    x = randn(5, 3)
    layer = Dropout(0.5, generator)
    assert torch.equal(layer.eval()(x), x)
    again = torch.Generator().manual_seed(5)
    first = dropout(x, 0.5, generator=torch.Generator().manual_seed(5))
    assert torch.equal(first, dropout(x, 0.5, generator=again))
    assert not torch.equal(layer.train()(x), x)


def test_the_gradient_passes_only_where_the_unit_stayed(randn: Draw):
    """Slope 1/(1 - p) or 0."""
    x = randn(100).requires_grad_()
    y = dropout(x, 0.5, generator=torch.Generator().manual_seed(0))
    (slope,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(slope, y.detach() / x.detach(), **TIGHT)


def test_early_stopping_by_hand():
    """Falls to the 2 at epoch 1, waits two epochs, never sees the 1."""
    assert early_stop([3.0, 2.0, 2.5, 2.4, 1.0], patience=2).best_at == 1
    assert early_stop([3.0, 2.0, 2.5, 2.4, 1.0], patience=2).stopped_at == 3
    assert early_stop([3.0, 2.0, 2.5, 2.4, 1.0], patience=3).best_at == 4
    assert early_stop([3.0, 2.0, 1.0], patience=1).stopped_at == 2
    assert early_stop([3.0, 2.9, 2.8, 2.7], patience=2, least_gain=0.5).best_at == 0
    assert early_stop([3.0, float("nan"), float("nan")], patience=2).best_at == 0


def test_the_best_state_is_a_copy():
    """Later training does not change what was kept."""
    watch = EarlyStopping(2)
    weights = {"w": torch.zeros(2)}
    watch.update(1.0, weights)
    weights["w"] += 1
    watch.update(2.0, weights)
    assert watch.best_state["w"].tolist() == [0, 0]
    assert watch.best == 1.0


def test_nonsense_settings_are_clear_errors():
    """Rates outside, patience of zero, strengths below zero."""
    for make in (
        lambda: dropout(torch.ones(1), 1.0),
        lambda: Dropout(-0.1),
        lambda: EarlyStopping(0),
        lambda: EarlyStopping(1, -1.0),
        lambda: early_stop([], 1),
        lambda: l1_penalty([torch.ones(1)], -1.0),
        lambda: l2_gradient(torch.ones(1), 1.0, 0),
    ):
        with pytest.raises(ConfigError):
            make()
