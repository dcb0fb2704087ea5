"""The memory cell with an input gate and an output gate, before the forget gate was invented.

What it guarantees:

- The gradient through the cell alone is still exactly one.
- The memory can only be added to: nothing is ever forgotten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.initial import uniform, zeros
from reference.registry import System
from reference.shapes import check_shape, check_step


def input_output_step(
    x_t: Tensor, h_prev: Tensor, c_prev: Tensor, W: Tensor, U: Tensor, b: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of a cell that decides what to write and what to show, but keeps everything.

    Equation:
        [i, g, o] = [σ, tanh, σ](W x_t + U h_{t-1} + b)
        c_t = c_{t-1} + i ⊙ g
        h_t = o ⊙ tanh(c_t)

    Args:
        x_t: (..., D).
        h_prev: (..., H).
        c_prev: (..., H).
        W: (3H, D), blocks in the order i, g, o.
        U: (3H, H).
        b: (3H,).

    Returns:
        h_t and c_t, both (..., H).

    Source: S3 2-2 "Input gate and output gate". Hochreiter and Schmidhuber, 1997.
    """
    check_step(3, x_t, W, U, b, h_prev=h_prev, c_prev=c_prev)
    # [i, g, o] = [σ, tanh, σ](W x_t + U h_{t-1} + b)
    a_i, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(3, dim=-1)
    # c_t = c_{t-1} + i ⊙ g
    c_t = c_prev + torch.sigmoid(a_i) * torch.tanh(a_g)
    # h_t = o ⊙ tanh(c_t)
    h_t = torch.sigmoid(a_o) * torch.tanh(c_t)
    return h_t, c_t


@dataclass(frozen=True)
class InputOutputConfig:
    """Sizes of an LSTM without forget gate: D inputs, H cells."""

    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class InputOutputLSTM(nn.Module):
    """Cells with input and output gates over a sequence; h_0 = c_0 = 0."""

    def __init__(self, config: InputOutputConfig, generator: Generator | None = None) -> None:
        require_config(config, InputOutputConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        bound = 1 / math.sqrt(H)
        self.W = uniform(3 * H, D, bound=bound, generator=generator)
        self.U = uniform(3 * H, H, bound=bound, generator=generator)
        self.b = zeros(3 * H)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map inputs (T, ..., D) to outputs h (T, ..., H) and the last memory (..., H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        h_t = c_t = x.new_zeros(*x.shape[1:-1], self.config.hidden_size)
        outputs = []
        for x_t in x:
            h_t, c_t = input_output_step(x_t, h_t, c_t, self.W, self.U, self.b)
            outputs.append(h_t)
        return torch.stack(outputs), c_t


SYSTEMS = (
    System(
        "lstm_without_forget_gate",
        "S3",
        lambda generator: InputOutputLSTM(InputOutputConfig(3, 4), generator),
        SEQUENCE,
        parameters=3 * ((3 + 4) * 4 + 4),
        wrong=TOO_WIDE,
    ),
)
