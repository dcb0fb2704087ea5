"""The gated recurrent unit: two gates, no cell of its own.

What it guarantees:

- `gru_step` is the course's form: z = 1 takes the new candidate, and r acts on h before the
  weights.
- `gru_step_reset_after` is the form of torch.nn.GRU and cuDNN, equal to it with z and 1 - z
  swapped.
- `gru_backward` is written by hand and equals autograd to 1e-9 in float64.

What it does not do: solve exploding gradients, as S1 claims; clip them (`reference.recurrent`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape, check_step


def gru_step(x_t: Tensor, h_prev: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    """One step of a GRU.

    Equation:
        r = σ(W_r x_t + U_r h_{t-1} + b_r)             reset gate
        z = σ(W_z x_t + U_z h_{t-1} + b_z)             update gate
        n = tanh(W_n x_t + U_n (r ⊙ h_{t-1}) + b_n)          candidate
        h_t = (1 - z) ⊙ h_{t-1} + z ⊙ n

    Args:
        x_t: (..., D).
        h_prev: (..., H).
        W: (3H, D), blocks in the order r, z, n.
        U: (3H, H).
        b: (3H,).

    Returns:
        h_t, (..., H).

    Raises:
        ShapeError: a tensor would be broadcast, or does not fit.

    Source: S1, S4 "GRU". Cho et al., 2014.

    Deviation: S4 prints no biases; here they are in. torch calls 1 - z what is z here.
    """
    _, _, _, h_t = _gates(x_t, h_prev, W, U, b)
    # h_t = (1 - z) ⊙ h_{t-1} + z ⊙ n
    return h_t


def _gates(
    x_t: Tensor, h_prev: Tensor, W: Tensor, U: Tensor, b: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """r, z, n and h_t of one step, each (..., H)."""
    check_step(3, x_t, W, U, b, h_prev=h_prev)
    H = h_prev.shape[-1]
    x_r, x_z, x_n = (x_t @ W.T + b).chunk(3, dim=-1)
    h_r, h_z = (h_prev @ U[: 2 * H].T).chunk(2, dim=-1)
    # r = σ(W_r x_t + U_r h_{t-1} + b_r)
    r = torch.sigmoid(x_r + h_r)
    # z = σ(W_z x_t + U_z h_{t-1} + b_z)
    z = torch.sigmoid(x_z + h_z)
    # n = tanh(W_n x_t + U_n (r ⊙ h_{t-1}) + b_n)
    n = torch.tanh(x_n + (r * h_prev) @ U[2 * H :].T)
    # h_t = (1 - z) ⊙ h_{t-1} + z ⊙ n
    return r, z, n, (1 - z) * h_prev + z * n


def gru_step_reset_after(
    x_t: Tensor, h_prev: Tensor, W: Tensor, U: Tensor, b: Tensor, b_hidden: Tensor
) -> Tensor:
    """One step of a GRU whose reset gate acts after the weights, as in torch.nn.GRU.

    Equation:
        n = tanh(W_n x_t + b_n + r ⊙ (U_n h_{t-1} + b_hidden)),  the rest as in `gru_step`

    Args:
        x_t, h_prev, W, U, b: as in `gru_step`.
        b_hidden: bias inside the reset, (H,).

    Returns:
        h_t, (..., H).
    """
    check_step(3, x_t, W, U, b, h_prev=h_prev)
    check_shape("b_hidden", b_hidden, h_prev.shape[-1])
    x_r, x_z, x_n = (x_t @ W.T + b).chunk(3, dim=-1)
    h_r, h_z, h_n = (h_prev @ U.T).chunk(3, dim=-1)
    # r = σ(W_r x_t + U_r h_{t-1} + b_r),  z = σ(W_z x_t + U_z h_{t-1} + b_z)
    r = torch.sigmoid(x_r + h_r)
    z = torch.sigmoid(x_z + h_z)
    # n = tanh(W_n x_t + b_n + r ⊙ (U_n h_{t-1} + b_hidden))
    n = torch.tanh(x_n + r * (h_n + b_hidden))
    # h_t = (1 - z) ⊙ h_{t-1} + z ⊙ n
    return (1 - z) * h_prev + z * n


def gru_forward(x: Tensor, h_0: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    """Run over a sequence (T, ..., D); returns every state (T, ..., H)."""
    check_shape("x", x, "T", ..., "D")
    states, h_t = [], h_0
    for x_t in x:
        h_t = gru_step(x_t, h_t, W, U, b)
        states.append(h_t)
    return torch.stack(states)


class GRUGradients(NamedTuple):
    """Derivatives of the error by weights, inputs and first state, each shaped like its name."""

    W: Tensor
    U: Tensor
    b: Tensor
    x: Tensor
    h_0: Tensor


def gru_backward(
    x: Tensor, h_0: Tensor, W: Tensor, U: Tensor, b: Tensor, output_error: Tensor
) -> GRUGradients:
    """Back-propagation through time for `gru_step`, by hand.

    Equation:
        dh_t = dE/dh_t + what came back from t + 1
        dn = dh_t ⊙ z,  dz = dh_t ⊙ (n - h_{t-1}),  dr = (U_nᵀ (dn (1 - n²))) ⊙ h_{t-1}
        δ_t = [dr r(1-r), dz z(1-z), dn (1-n²)]
        back to t - 1: dh_t ⊙ (1 - z) + U_rzᵀ δ_rz + r ⊙ (U_nᵀ δ_n)

    Args:
        x: (T, ..., D).
        h_0: (..., H).
        W, U, b: as in `gru_step`.
        output_error: dE/dh_t where the error uses h_t directly, (T, ..., H).
    """
    check_shape("output_error", output_error, len(x), *h_0.shape)
    H = h_0.shape[-1]
    h = gru_forward(x, h_0, W, U, b)
    dW, dU, db, dx = (torch.zeros_like(tensor) for tensor in (W, U, b, x))
    dh_later = torch.zeros_like(h_0)
    for t in reversed(range(len(x))):
        h_prev = h[t - 1] if t > 0 else h_0
        r, z, n, _ = _gates(x[t], h_prev, W, U, b)
        # dh_t = dE/dh_t + what came back from t + 1
        dh = output_error[t] + dh_later
        # dn = dh_t ⊙ z,  dz = dh_t ⊙ (n - h_{t-1})
        delta_n = dh * z * (1 - n**2)
        delta_z = dh * (n - h_prev) * z * (1 - z)
        back_n = delta_n @ U[2 * H :]  # dE/d(r ⊙ h_{t-1}), (..., H)
        # dr = (U_nᵀ (dn (1 - n²))) ⊙ h_{t-1}
        delta_r = back_n * h_prev * r * (1 - r)
        delta = torch.cat([delta_r, delta_z, delta_n], dim=-1)  # (..., 3H)
        rows = delta.reshape(-1, 3 * H)
        dW += rows.T @ x[t].reshape(len(rows), -1)
        dU[: 2 * H] += rows[:, : 2 * H].T @ h_prev.reshape(-1, H)
        dU[2 * H :] += rows[:, 2 * H :].T @ (r * h_prev).reshape(-1, H)
        db += rows.sum(0)
        dx[t] = delta @ W
        # back to t - 1: dh_t ⊙ (1 - z) + U_rzᵀ δ_rz + r ⊙ (U_nᵀ δ_n)
        dh_later = dh * (1 - z) + delta[..., : 2 * H] @ U[: 2 * H] + r * back_n
    return GRUGradients(dW, dU, db, dx, dh_later)


@dataclass(frozen=True)
class GRUConfig:
    """Sizes of a GRU: D inputs, H units."""

    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class GRU(nn.Module):
    """A GRU layer over a sequence; 3 (D + H) H weights and 3 H biases."""

    def __init__(self, config: GRUConfig, generator: Generator | None = None) -> None:
        require_config(config, GRUConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        bound = 1 / math.sqrt(H)
        self.W = uniform(3 * H, D, bound=bound, generator=generator)
        self.U = uniform(3 * H, H, bound=bound, generator=generator)
        self.b = zeros(3 * H)

    def forward(self, x: Tensor, h_0: Tensor | None = None) -> Tensor:
        """Map inputs (T, ..., D) to states (T, ..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        if h_0 is None:
            h_0 = x.new_zeros(*x.shape[1:-1], self.config.hidden_size)
        check_shape("h_0", h_0, *x.shape[1:-1], self.config.hidden_size)
        return gru_forward(x, h_0, self.W, self.U, self.b)


SYSTEMS = (
    System(
        "gru",
        "S1, S3, S4",
        lambda generator: GRU(GRUConfig(3, 4), generator),
        SEQUENCE,
        parameters=3 * ((3 + 4) * 4 + 4),
        wrong=TOO_WIDE,
    ),
)
