"""The LSTM with peepholes: the gates may look at the memory itself.

What it guarantees:

- With peephole weights of zero it is the plain LSTM.
- Input and forget gate see the memory before the step, the output gate the memory after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.gated.lstm import cell_update
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape, check_step


def peephole_step(
    x_t: Tensor, h_prev: Tensor, c_prev: Tensor, W: Tensor, U: Tensor, b: Tensor, P: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM whose gates see the cell.

    Equation:
        i = σ(W_i x_t + U_i h_{t-1} + P_i ⊙ c_{t-1} + b_i)
        f = σ(W_f x_t + U_f h_{t-1} + P_f ⊙ c_{t-1} + b_f)
        g = tanh(W_g x_t + U_g h_{t-1} + b_g)
        c_t = f ⊙ c_{t-1} + i ⊙ g
        o = σ(W_o x_t + U_o h_{t-1} + P_o ⊙ c_t + b_o)
        h_t = o ⊙ tanh(c_t)

    Args:
        x_t, h_prev, c_prev, W, U, b: as in `reference.gated.lstm_gates`.
        P: peephole weights, (3, H), rows in the order i, f, o.

    Returns:
        h_t and c_t, both (..., H).

    Source: S3 2-4 "Peephole connection". Gers and Schmidhuber, 2000.

    Deviation: S3 speaks of a weight matrix; each gate sees its own cell only, as in the paper.
    """
    check_step(4, x_t, W, U, b, h_prev=h_prev, c_prev=c_prev)
    check_shape("P", P, 3, h_prev.shape[-1])
    a_i, a_f, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=-1)
    # i = σ(W_i x_t + U_i h_{t-1} + P_i ⊙ c_{t-1} + b_i)
    i = torch.sigmoid(a_i + P[0] * c_prev)
    # f = σ(W_f x_t + U_f h_{t-1} + P_f ⊙ c_{t-1} + b_f)
    f = torch.sigmoid(a_f + P[1] * c_prev)
    # g = tanh(W_g x_t + U_g h_{t-1} + b_g)
    g = torch.tanh(a_g)
    # c_t = f ⊙ c_{t-1} + i ⊙ g
    c_t = cell_update(i, f, g, c_prev)
    # o = σ(W_o x_t + U_o h_{t-1} + P_o ⊙ c_t + b_o)
    o = torch.sigmoid(a_o + P[2] * c_t)
    # h_t = o ⊙ tanh(c_t)
    return o * torch.tanh(c_t), c_t


@dataclass(frozen=True)
class PeepholeConfig:
    """Sizes of an LSTM with peepholes: D inputs, H cells."""

    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class PeepholeLSTM(nn.Module):
    """An LSTM with peepholes over a sequence; three more weights for each cell."""

    def __init__(self, config: PeepholeConfig, generator: Generator | None = None) -> None:
        require_config(config, PeepholeConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        bound = 1 / math.sqrt(H)
        self.W = uniform(4 * H, D, bound=bound, generator=generator)
        self.U = uniform(4 * H, H, bound=bound, generator=generator)
        self.P = uniform(3, H, bound=bound, generator=generator)
        self.b = zeros(4 * H)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map inputs (T, ..., D) to outputs h (T, ..., H) and the last memory (..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        h_t = c_t = x.new_zeros(*x.shape[1:-1], self.config.hidden_size)
        outputs = []
        for x_t in x:
            h_t, c_t = peephole_step(x_t, h_t, c_t, self.W, self.U, self.b, self.P)
            outputs.append(h_t)
        return torch.stack(outputs), c_t


SYSTEMS = (
    System(
        "peephole_lstm",
        "S3",
        lambda generator: PeepholeLSTM(PeepholeConfig(3, 4), generator),
        SEQUENCE,
        parameters=4 * ((3 + 4) * 4 + 4) + 3 * 4,
        wrong=TOO_WIDE,
    ),
)
