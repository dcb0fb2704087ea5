"""Hand-written back-propagation through time against autograd."""

from __future__ import annotations

import pytest
import torch

from reference import ConfigError, ShapeError
from reference.recurrent import (
    Parameters,
    bptt_every_step,
    bptt_last_step,
    jacobian_norms,
    jacobian_product,
    read_out,
    rnn_forward,
    truncated_bptt,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}
T, D, H, K = 6, 3, 4, 2


@pytest.fixture
def parameters(randn) -> Parameters:
    return Parameters(randn(H, D), randn(H, H), randn(K, H), randn(H), randn(K))


def by_autograd(x, target, parameters, h_0, last: bool):
    """The same error, differentiated by autograd, in the order of `Gradients`."""
    leaves = [value.clone().requires_grad_() for value in (*parameters, x, h_0)]
    W, U, V, b, c, x, h_0 = leaves
    y = read_out(rnn_forward(x, h_0, W, U, b), V, c)
    error = ((y[-1] if last else y) - target).pow(2).sum() / 2
    return error, *torch.autograd.grad(error, leaves)


@pytest.mark.parametrize("batch", [(), (5,), (2, 3)])
def test_targets_at_every_step_equal_autograd(batch, parameters, randn):
    """BPTT1 of S0: the error of all steps, every gradient, any batch shape."""
    x, target, h_0 = randn(T, *batch, D), randn(T, *batch, K), randn(*batch, H)
    ours = bptt_every_step(x, target, parameters, h_0)
    for a, b in zip(ours, by_autograd(x, target, parameters, h_0, last=False), strict=True):
        torch.testing.assert_close(a, b, **TOLERANCE)


@pytest.mark.parametrize("batch", [(), (5,), (2, 3)])
def test_target_at_the_last_step_equals_autograd(batch, parameters, randn):
    """BPTT2 of S0: the error of the last step alone."""
    x, target, h_0 = randn(T, *batch, D), randn(*batch, K), randn(*batch, H)
    ours = bptt_last_step(x, target, parameters, h_0)
    for a, b in zip(ours, by_autograd(x, target, parameters, h_0, last=True), strict=True):
        torch.testing.assert_close(a, b, **TOLERANCE)


def test_every_step_is_last_step_when_earlier_errors_are_zero(parameters, randn):
    """With targets equal to the outputs before the end, only the last error is left."""
    x, last = randn(T, 2, D), randn(2, K)
    W, U, V, b, c = parameters
    target = read_out(rnn_forward(x, torch.zeros(2, H, dtype=torch.float64), W, U, b), V, c)
    target[-1] = last
    one, other = bptt_every_step(x, target, parameters), bptt_last_step(x, last, parameters)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, **TOLERANCE)


def test_transposed_u_is_wrong(parameters, randn):
    """Delta · U, not delta · U^T: with U transposed the gradient by the first state is another."""
    x, target, h_0 = randn(T, D), randn(K), randn(H)
    right = bptt_last_step(x, target, parameters, h_0)
    h = rnn_forward(x, h_0, parameters.W, parameters.U, parameters.b)
    delta = (read_out(h[-1], parameters.V, parameters.c) - target) @ parameters.V * (1 - h[-1] ** 2)
    for t in reversed(range(T - 1)):
        delta = delta @ parameters.U.T * (1 - h[t] ** 2)
    assert not torch.allclose(delta @ parameters.U.T, right.h_0)


def test_a_window_over_everything_is_full_bptt(parameters, randn):
    """Truncation at the sequence's end truncates nothing."""
    x, target = randn(T, 2, D), randn(T, 2, K)
    full = bptt_every_step(x, target, parameters)
    for window in (T, T + 3):
        for a, b in zip(truncated_bptt(x, target, parameters, window), full, strict=True):
            torch.testing.assert_close(a, b, **TOLERANCE)


@pytest.mark.parametrize("window", [1, 2, 4])
def test_truncated_equals_autograd_with_detached_states(window, parameters, randn):
    """The gradient is autograd's when the state is detached at each border."""
    x, target = randn(T, 2, D), randn(T, 2, K)
    leaves = [value.clone().requires_grad_() for value in parameters]
    W, U, V, b, c = leaves
    state, error = torch.zeros(2, H, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    for start in range(0, T, window):
        h = rnn_forward(x[start : start + window], state.detach(), W, U, b)
        difference = read_out(h, V, c) - target[start : start + window]
        error = error + difference.pow(2).sum() / 2
        state = h[-1]
    expected = (error, *torch.autograd.grad(error, leaves))
    for a, b in zip(truncated_bptt(x, target, parameters, window)[:6], expected, strict=True):
        torch.testing.assert_close(a, b, **TOLERANCE)


def test_truncation_changes_the_gradient_but_not_the_error(parameters, randn):
    """Short windows see the same error and another gradient by U."""
    x, target = randn(T, 2, D), randn(T, 2, K)
    full, short = (truncated_bptt(x, target, parameters, window) for window in (T, 2))
    torch.testing.assert_close(short.error, full.error, **TOLERANCE)
    assert not torch.allclose(short.U, full.U)


def test_product_of_jacobians_equals_autograd(randn):
    """dh_T/dh_0 is the product of the steps' Jacobians."""
    W, U, b, x, h_0 = randn(H, D), randn(H, H), randn(H), randn(T, D), randn(H)
    expected = torch.autograd.functional.jacobian(
        lambda start: rnn_forward(x, start, W, U, b)[-1], h_0
    )
    h = rnn_forward(x, h_0, W, U, b)
    product = jacobian_product(h, U)
    torch.testing.assert_close(product, expected, **TOLERANCE)
    norms = jacobian_norms(h, U)
    torch.testing.assert_close(norms[-1], torch.linalg.matrix_norm(product, 2), **TOLERANCE)


def test_gradients_vanish_below_and_may_explode_above_norm_one(randn):
    """|U| < 1 bounds the norm by |U|^t; near h = 0 a large U makes it grow."""
    steps = 30
    orthogonal = torch.linalg.qr(randn(H, H))[0]
    W, b, h_0 = (
        torch.zeros(H, D, dtype=torch.float64),
        torch.zeros(H, dtype=torch.float64),
        randn(H),
    )
    x = torch.zeros(steps, D, dtype=torch.float64)
    small = jacobian_norms(rnn_forward(x, h_0, W, 0.8 * orthogonal, b), 0.8 * orthogonal)
    powers = 0.8 ** torch.arange(1, steps + 1, dtype=torch.float64)
    assert (small <= powers * (1 + 1e-12)).all()
    rest = torch.zeros(H, dtype=torch.float64)
    large = jacobian_norms(rnn_forward(x, rest, W, 1.3 * orthogonal, b), 1.3 * orthogonal)
    assert large[-1] > 1000


def test_wrong_targets_are_clear_errors(parameters, randn):
    """Targets must fit the outputs, and the window must be a number of steps."""
    with pytest.raises(ShapeError, match=r"target has shape \(6, 3\), expected \(6, 2\)"):
        bptt_every_step(randn(T, D), randn(T, 3), parameters)
    with pytest.raises(ShapeError, match=r"target has shape \(3,\), expected \(2,\)"):
        bptt_last_step(randn(T, D), randn(3), parameters)
    with pytest.raises(ConfigError, match="window"):
        truncated_bptt(randn(T, D), randn(T, K), parameters, 0)
