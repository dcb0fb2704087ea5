"""The long short-term memory: input, forget and output gate around a memory cell.

What it guarantees:

- `lstm_step` is the set of equations of S4, block order i, f, g, o, so weights can be copied to and
  from torch.nn.LSTM.
- `lstm_backward` is written by hand and equals autograd to 1e-9 in float64.

What it does not do: peepholes (`reference.gated.peephole`), stacking, two biases as torch has.
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


class Step(NamedTuple):
    """All that one step computes, each (..., H): for the backward pass and for plots."""

    i: Tensor
    f: Tensor
    g: Tensor
    o: Tensor
    c: Tensor
    h: Tensor


def cell_update(i: Tensor, f: Tensor, g: Tensor, c_prev: Tensor) -> Tensor:
    """Write to the memory and forget from it: c_t = f ⊙ c_{t-1} + i ⊙ g, all (..., H)."""
    # c_t = f ⊙ c_{t-1} + i ⊙ g
    return f * c_prev + i * g


def lstm_gates(
    x_t: Tensor, h_prev: Tensor, c_prev: Tensor, W: Tensor, U: Tensor, b: Tensor
) -> Step:
    """One step of an LSTM with all its inner values.

    Equation:
        i = σ(W_i x_t + U_i h_{t-1} + b_i)      input gate
        f = σ(W_f x_t + U_f h_{t-1} + b_f)      forget gate
        g = tanh(W_g x_t + U_g h_{t-1} + b_g)         candidate
        o = σ(W_o x_t + U_o h_{t-1} + b_o)      output gate
        c_t = f ⊙ c_{t-1} + i ⊙ g
        h_t = o ⊙ tanh(c_t)

    Args:
        x_t: (..., D).
        h_prev: (..., H).
        c_prev: (..., H).
        W: (4H, D), blocks in the order i, f, g, o.
        U: (4H, H).
        b: (4H,).

    Raises:
        ShapeError: a tensor would be broadcast, or does not fit.

    Source: S1, S3 section 2, S4 "LSTM Summary". Gers, Schmidhuber, Cummins, 2000.

    Deviation: S4 writes one matrix on [h_{t-1}, x_t]; here it is cut into U and W, as torch does.
    """
    check_step(4, x_t, W, U, b, h_prev=h_prev, c_prev=c_prev)
    a_i, a_f, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=-1)  # each (..., H)
    # i = σ(W_i x_t + U_i h_{t-1} + b_i)
    i = torch.sigmoid(a_i)
    # f = σ(W_f x_t + U_f h_{t-1} + b_f)
    f = torch.sigmoid(a_f)
    # g = tanh(W_g x_t + U_g h_{t-1} + b_g)
    g = torch.tanh(a_g)
    # o = σ(W_o x_t + U_o h_{t-1} + b_o)
    o = torch.sigmoid(a_o)
    # c_t = f ⊙ c_{t-1} + i ⊙ g
    c_t = cell_update(i, f, g, c_prev)
    # h_t = o ⊙ tanh(c_t)
    h_t = o * torch.tanh(c_t)
    return Step(i, f, g, o, c_t, h_t)


def lstm_step(
    x_t: Tensor, h_prev: Tensor, c_prev: Tensor, W: Tensor, U: Tensor, b: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM; arguments and equations as in `lstm_gates`; returns h_t and c_t."""
    step = lstm_gates(x_t, h_prev, c_prev, W, U, b)
    return step.h, step.c


def lstm_forward(
    x: Tensor, h_0: Tensor, c_0: Tensor, W: Tensor, U: Tensor, b: Tensor
) -> list[Step]:
    """Run over a sequence (T, ..., D) and keep the inner values of every step."""
    check_shape("x", x, "T", ..., "D")
    steps, h_t, c_t = [], h_0, c_0
    for x_t in x:
        step = lstm_gates(x_t, h_t, c_t, W, U, b)
        h_t, c_t = step.h, step.c
        steps.append(step)
    return steps


class LSTMGradients(NamedTuple):
    """Derivatives of the error by weights, inputs and first states, each shaped like its name."""

    W: Tensor
    U: Tensor
    b: Tensor
    x: Tensor
    h_0: Tensor
    c_0: Tensor


def lstm_backward(
    x: Tensor,
    h_0: Tensor,
    c_0: Tensor,
    W: Tensor,
    U: Tensor,
    b: Tensor,
    output_error: Tensor,
) -> LSTMGradients:
    """Back-propagation through time for an LSTM, by hand.

    Equation:
        dh_t = dE/dh_t + Uᵀ δ_{t+1}
        do = dh_t ⊙ tanh(c_t)
        dc_t = dh_t ⊙ o ⊙ (1 - tanh(c_t)²) + f_{t+1} ⊙ dc_{t+1}
        di = dc_t ⊙ g,  df = dc_t ⊙ c_{t-1},  dg = dc_t ⊙ i
        δ_t = [di i(1-i), df f(1-f), dg (1-g²), do o(1-o)]

    Args:
        x: (T, ..., D).
        h_0, c_0: (..., H).
        W, U, b: as in `lstm_gates`.
        output_error: dE/dh_t where the error uses h_t directly, (T, ..., H).
    """
    check_shape("output_error", output_error, len(x), *h_0.shape)
    steps = lstm_forward(x, h_0, c_0, W, U, b)
    dW, dU, db, dx = (torch.zeros_like(tensor) for tensor in (W, U, b, x))
    dh_later, dc_later = torch.zeros_like(h_0), torch.zeros_like(c_0)
    for t in reversed(range(len(x))):
        i, f, g, o, c_t, _ = steps[t]
        h_prev, c_prev = (steps[t - 1].h, steps[t - 1].c) if t > 0 else (h_0, c_0)
        # dh_t = dE/dh_t + Uᵀ δ_{t+1}
        dh = output_error[t] + dh_later
        # dc_t = dh_t ⊙ o ⊙ (1 - tanh(c_t)²) + f_{t+1} ⊙ dc_{t+1}
        dc = dh * o * (1 - torch.tanh(c_t) ** 2) + dc_later
        # δ_t = [di i(1-i), df f(1-f), dg (1-g²), do o(1-o)]
        delta = torch.cat(
            [
                dc * g * i * (1 - i),  # di = dc_t ⊙ g
                dc * c_prev * f * (1 - f),  # df = dc_t ⊙ c_{t-1}
                dc * i * (1 - g**2),  # dg = dc_t ⊙ i
                dh * torch.tanh(c_t) * o * (1 - o),  # do = dh_t ⊙ tanh(c_t)
            ],
            dim=-1,
        )  # (..., 4H)
        rows = delta.reshape(-1, delta.shape[-1])
        dW += rows.T @ x[t].reshape(len(rows), -1)
        dU += rows.T @ h_prev.reshape(len(rows), -1)
        db += rows.sum(0)
        dx[t] = delta @ W
        dh_later = delta @ U
        dc_later = dc * f  # the cell's own path back: no weight, no squashing
    return LSTMGradients(dW, dU, db, dx, dh_later, dc_later)


@dataclass(frozen=True)
class LSTMConfig:
    """Sizes of an LSTM.

    Args:
        input_size: D.
        hidden_size: H.
        forget_bias: first value of the forget gate's bias; 1 lets the memory start open.
    """

    input_size: int
    hidden_size: int
    forget_bias: float = 0.0

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class LSTM(nn.Module):
    """An LSTM layer over a sequence; 4 (D + H) H weights and 4 H biases."""

    def __init__(self, config: LSTMConfig, generator: Generator | None = None) -> None:
        require_config(config, LSTMConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        bound = 1 / math.sqrt(H)
        self.W = uniform(4 * H, D, bound=bound, generator=generator)
        self.U = uniform(4 * H, H, bound=bound, generator=generator)
        self.b = zeros(4 * H)
        with torch.no_grad():
            self.b[H : 2 * H] = config.forget_bias

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Map inputs (T, ..., D) to outputs (T, ..., H) and the last (h, c), each (..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        if state is None:
            zero = x.new_zeros(*x.shape[1:-1], self.config.hidden_size)
            state = (zero, zero)
        h_t, c_t = state
        check_shape("h_0", h_t, *x.shape[1:-1], self.config.hidden_size)
        check_shape("c_0", c_t, *x.shape[1:-1], self.config.hidden_size)
        outputs = []
        for x_t in x:
            h_t, c_t = lstm_step(x_t, h_t, c_t, self.W, self.U, self.b)
            outputs.append(h_t)
        return torch.stack(outputs), (h_t, c_t)


SYSTEMS = (
    System(
        "lstm",
        "S0, S1, S3, S4",
        lambda generator: LSTM(LSTMConfig(3, 4), generator),
        SEQUENCE,
        parameters=4 * ((3 + 4) * 4 + 4),
        wrong=TOO_WIDE,
    ),
)
