"""The RNN autoencoder: read a sequence of vectors into one vector, and say it again.

What it guarantees:

- The whole sequence passes through `code`, H numbers, whatever its length.
- The decoder gets no true value: each step reads what the step before wrote.
- With lengths given, the code does not depend on padding; what is written past a length is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.gated.gru import GRU, GRUConfig, gru_step
from reference.initial import uniform, zeros
from reference.lengths import last_states
from reference.registry import System
from reference.shapes import check_shape


@dataclass(frozen=True)
class AutoencoderConfig:
    """Sizes: D numbers a step, H numbers in the code."""

    input_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(input_size=self.input_size, hidden_size=self.hidden_size)


class RNNAutoencoder(nn.Module):
    """An encoder-decoder whose target is its source.

    Equation:
        code = h_T of the encoder;  s_0 = code,  s_t = GRU(y_{t-1}, s_{t-1}),  y_t = V s_t + c

    Source: S4 "RNN Auto-Encoder" (a sequence-to-sequence model whose output is its input).
        Srivastava et al., 2015.

    Deviation: the sequence is written in its own order; the paper writes it backwards.
    """

    def __init__(self, config: AutoencoderConfig, generator: Generator | None = None) -> None:
        require_config(config, AutoencoderConfig)
        super().__init__()
        self.config = config
        D, H = config.input_size, config.hidden_size
        self.encoder = GRU(GRUConfig(D, H), generator)
        self.decoder = GRU(GRUConfig(D, H), generator)
        self.V = uniform(D, H, bound=1 / math.sqrt(H), generator=generator)
        self.c = zeros(D)

    def code(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map a sequence (T, ..., D) to its code (..., H); with lengths (B,) x is (T, B, D)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        return last_states(self.encoder(x), lengths)

    def decode(self, code: Tensor, steps: int) -> Tensor:
        """Map a code (..., H) to a sequence of that many steps (steps, ..., D)."""
        check_shape("code", code, ..., self.config.hidden_size)
        s_t, y_t = code, code.new_zeros(*code.shape[:-1], self.config.input_size)
        written = []
        for _ in range(steps):
            s_t = gru_step(y_t, s_t, self.decoder.W, self.decoder.U, self.decoder.b)
            # y_t = V s_t + c
            y_t = s_t @ self.V.T + self.c
            written.append(y_t)
        return torch.stack(written)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map a sequence (T, ..., D) to its reconstruction (T, ..., D)."""
        return self.decode(self.code(x, lengths), len(x))


SYSTEMS = (
    System(
        "rnn_autoencoder",
        "S4",
        lambda generator: RNNAutoencoder(AutoencoderConfig(3, 4), generator),
        SEQUENCE,
        parameters=2 * 3 * ((3 + 4) * 4 + 4) + 3 * 4 + 3,
        wrong=TOO_WIDE,
    ),
)
