"""Back-propagation through time, by hand: unfolded, the network is deep and shares its weights.

What it guarantees:

- Gradients equal autograd's to 1e-9 in float64, for targets at every step and at the last step
  alone.
- The line that the course asks for stands alone: going back one step multiplies delta by U.

What it does not do: other activations than tanh, other errors than the squared one.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from reference.errors import ShapeError
from reference.recurrent.vanilla import Parameters, read_out, rnn_forward
from reference.shapes import check_shape


class Gradients(NamedTuple):
    """The error and its derivatives, one for each parameter and for what went in.

    Args:
        error: E, a number.
        W, U, V, b, c: dE/dW and so on, shaped like the parameters.
        x: dE/dx, (T, ..., D).
        h_0: dE/dh_0, (..., H).
    """

    error: Tensor
    W: Tensor
    U: Tensor
    V: Tensor
    b: Tensor
    c: Tensor
    x: Tensor
    h_0: Tensor


def flat(tensor: Tensor) -> Tensor:
    """All batch axes as one: (..., D) -> (B, D)."""
    return tensor.reshape(-1, tensor.shape[-1])


def backward_through_time(
    x: Tensor, h: Tensor, h_0: Tensor, parameters: Parameters, output_error: Tensor
) -> Gradients:
    """Send the error of the outputs back through the unfolded network.

    Equation:
        dE/dh_t = Vᵀ (dE/dy_t) + Uᵀ δ_{t+1}
        δ_t = dE/da_t = dE/dh_t ⊙ (1 - h_t²)
        dE/dW = sum_t δ_t x_tᵀ,  dE/dU = sum_t δ_t h_{t-1}ᵀ,  dE/db = sum_t δ_t

    Args:
        x: inputs, (T, ..., D).
        h: hidden states of the forward pass, (T, ..., H).
        h_0: state before the first input, (..., H).
        parameters: the weights that made `h`.
        output_error: dE/dy_t for every step, (T, ..., K); zero where there is no target.

    Returns:
        the gradients; their `error` is not known here and is NaN.

    Source: S0 "BPTT", S3 P54 (delta_t = delta_t.dot(U)).
    """
    W, U, V, _, _ = parameters
    dW, dU, dV = torch.zeros_like(W), torch.zeros_like(U), torch.zeros_like(V)
    db, dc = torch.zeros_like(parameters.b), torch.zeros_like(parameters.c)
    dx = torch.zeros_like(x)
    from_later = torch.zeros_like(h_0)  # Uᵀ δ_{t+1}, none after the last step
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h_0
        # dE/dV += (dE/dy_t) h_tᵀ
        dV += flat(output_error[t]).T @ flat(h[t])
        dc += flat(output_error[t]).sum(0)
        # dE/dh_t = Vᵀ (dE/dy_t) + Uᵀ δ_{t+1}
        dh_t = output_error[t] @ V + from_later
        # δ_t = dE/dh_t ⊙ (1 - h_t²)
        delta_t = dh_t * (1 - h[t] ** 2)
        # dE/dW += δ_t x_tᵀ,  dE/dU += δ_t h_{t-1}ᵀ
        dW += flat(delta_t).T @ flat(x[t])
        dU += flat(delta_t).T @ flat(h_prev)
        db += flat(delta_t).sum(0)
        dx[t] = delta_t @ W
        # δ_t U: every step back in time multiplies by U once more
        from_later = delta_t @ U
    unknown = x.new_full((), float("nan"))
    return Gradients(unknown, dW, dU, dV, db, dc, dx, from_later)


def bptt_every_step(
    x: Tensor, target: Tensor, parameters: Parameters, h_0: Tensor | None = None
) -> Gradients:
    """Gradients when there is a target at every time step (BPTT1 of S0).

    Equation:
        E = 1/2 sum_t |y_t - target_t|²,  y_t = V h_t + c

    Args:
        x: (T, ..., D).
        target: (T, ..., K).
        parameters: W, U, V, b, c.
        h_0: (..., H); zeros unless given.

    Raises:
        ShapeError: the target does not have one row for each output.
    """
    h_0, h, y = _forward(x, parameters, h_0)
    if target.shape != y.shape:
        raise ShapeError(f"target has shape {tuple(target.shape)}, expected {tuple(y.shape)}")
    difference = y - target
    gradients = backward_through_time(x, h, h_0, parameters, difference)
    # E = 1/2 sum_t |y_t - target_t|²,  y_t = V h_t + c
    return gradients._replace(error=(difference**2).sum() / 2)


def bptt_last_step(
    x: Tensor, target: Tensor, parameters: Parameters, h_0: Tensor | None = None
) -> Gradients:
    """Gradients when the target is given at the last time step only (BPTT2 of S0).

    Equation:
        E = 1/2 |y_T - target|²,  y_T = V h_T + c

    Args:
        x: (T, ..., D).
        target: (..., K).
        parameters: W, U, V, b, c.
        h_0: (..., H); zeros unless given.

    Raises:
        ShapeError: the target does not have the shape of the last output.
    """
    h_0, h, y = _forward(x, parameters, h_0)
    if target.shape != y[-1].shape:
        raise ShapeError(f"target has shape {tuple(target.shape)}, expected {tuple(y[-1].shape)}")
    difference = torch.zeros_like(y)
    difference[-1] = y[-1] - target  # no error branches off before the last step
    gradients = backward_through_time(x, h, h_0, parameters, difference)
    # E = 1/2 |y_T - target|²,  y_T = V h_T + c
    return gradients._replace(error=(difference**2).sum() / 2)


def _forward(
    x: Tensor, parameters: Parameters, h_0: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Forward pass; returns h_0 (..., H), h (T, ..., H) and y (T, ..., K)."""
    W, U, V, b, c = parameters
    check_shape("x", x, "T", ..., W.shape[1])
    if h_0 is None:
        h_0 = x.new_zeros(*x.shape[1:-1], len(W))
    h = rnn_forward(x, h_0, W, U, b)
    return h_0, h, read_out(h, V, c)
