"""GRU: torch's own layer by its other form, autograd, and S1's claim about exploding gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.gated import (
    GRU,
    GRUConfig,
    gru_backward,
    gru_forward,
    gru_step,
    gru_step_reset_after,
    input_gradients,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}
T, B, D, H = 6, 4, 3, 5


def test_reset_after_agrees_with_torch(randn):
    """torch.nn.GRU with z and 1 - z swapped (negated weights): states and every gradient."""
    theirs = nn.GRU(D, H).double()
    W, U, b, b_hidden = randn(3 * H, D), randn(3 * H, H), randn(3 * H), randn(H)
    sign = torch.ones(3 * H, 1, dtype=torch.float64)
    sign[H : 2 * H] = -1
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(sign * W)
        theirs.weight_hh_l0.copy_(sign * U)
        theirs.bias_ih_l0.copy_(sign[:, 0] * b)
        theirs.bias_hh_l0.zero_()
        theirs.bias_hh_l0[2 * H :] = b_hidden
    x, h_0 = randn(T, B, D), randn(B, H)
    leaves = [value.clone().requires_grad_() for value in (W, U, b, b_hidden)]
    h_t, states = h_0, []
    for x_t in x:
        h_t = gru_step_reset_after(x_t, h_t, *leaves)
        states.append(h_t)
    ours, expected = torch.stack(states), theirs(x, h_0.unsqueeze(0))[0]
    torch.testing.assert_close(ours, expected, **TOLERANCE)
    dW, dU, db, db_hidden = torch.autograd.grad(ours.pow(2).sum(), leaves)
    expected.pow(2).sum().backward()
    torch.testing.assert_close(dW, sign * theirs.weight_ih_l0.grad, **TOLERANCE)
    torch.testing.assert_close(dU, sign * theirs.weight_hh_l0.grad, **TOLERANCE)
    torch.testing.assert_close(db, sign[:, 0] * theirs.bias_ih_l0.grad, **TOLERANCE)
    torch.testing.assert_close(db_hidden, theirs.bias_hh_l0.grad[2 * H :], **TOLERANCE)


def test_both_forms_agree_when_nothing_is_reset(randn):
    """With r = 1 it does not matter where the reset gate stands."""
    W, U, b = randn(3 * H, D), randn(3 * H, H), randn(3 * H)
    b[:H] = 1000.0
    x_t, h = randn(B, D), randn(B, H)
    none = torch.zeros(H, dtype=torch.float64)
    torch.testing.assert_close(
        gru_step(x_t, h, W, U, b), gru_step_reset_after(x_t, h, W, U, b, none), **TOLERANCE
    )


def test_both_forms_differ_in_general(randn):
    """Resetting before and after the weights are two different networks."""
    W, U, b = randn(3 * H, D), randn(3 * H, H), randn(3 * H)
    x_t, h, none = randn(B, D), randn(B, H), torch.zeros(H, dtype=torch.float64)
    other = gru_step_reset_after(x_t, h, W, U, b, none)
    assert not torch.allclose(gru_step(x_t, h, W, U, b), other)


@pytest.mark.parametrize("batch", [(), (4,), (2, 3)])
def test_hand_written_backward_equals_autograd(batch, randn):
    """Every gradient of the backward pass by hand, any batch shape."""
    values = (randn(3 * H, D), randn(3 * H, H), randn(3 * H), randn(T, *batch, D), randn(*batch, H))
    error = randn(T, *batch, H)
    leaves = [value.clone().requires_grad_() for value in values]
    W, U, b, x, h_0 = leaves
    expected = torch.autograd.grad((gru_forward(x, h_0, W, U, b) * error).sum(), leaves)
    W, U, b, x, h_0 = values
    for one, two in zip(gru_backward(x, h_0, W, U, b, error), expected, strict=True):
        torch.testing.assert_close(one, two, **TOLERANCE)


@pytest.mark.parametrize("z", [0.0, 1.0])
def test_update_gate_keeps_or_replaces(z, randn):
    """S1: z = 0 keeps the past whole, z = 1 makes the past zero."""
    W, U, b = randn(3 * H, D), randn(3 * H, H), randn(3 * H)
    b[H : 2 * H] = 1000.0 if z else -1000.0
    b[:H] = -1000.0  # r = 0: the candidate does not see the past either
    x_t, h = randn(B, D), randn(B, H)
    candidate = torch.tanh(x_t @ W[2 * H :].T + b[2 * H :])
    torch.testing.assert_close(gru_step(x_t, h, W, U, b), candidate if z else h, **TOLERANCE)


def test_three_blocks_of_weights():
    """3 (input + hidden) x hidden weights: a quarter less than the LSTM."""
    layer = GRU(GRUConfig(10, 20))
    assert layer.W.numel() + layer.U.numel() == 3 * (10 + 20) * 20


def test_gru_does_not_solve_exploding_gradients(generator):
    """Erratum of S1: with large weights the gradient grows beyond a thousandfold; so one clips."""
    layer = GRU(GRUConfig(1, 8), generator).double()
    with torch.no_grad():
        layer.U[16:] = 40 * torch.eye(8, dtype=torch.float64)
        layer.U[:16] = 0
        layer.W.zero_()
        layer.W[16:] = 1e-20
    gradients = input_gradients(layer, torch.ones(12, 1, 1, dtype=torch.float64))
    assert gradients[0] > 1000 * gradients[-1]
