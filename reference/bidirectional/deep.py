"""A deep bidirectional network: each layer reads both directions of the layer below."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.bidirectional.bidirectional import concatenate_directions
from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.lengths import reverse_in_time
from reference.recurrent.vanilla import RNN, RNNConfig
from reference.registry import System
from reference.shapes import check_shape


@dataclass(frozen=True)
class DeepBidirectionalConfig:
    """Sizes: D inputs, `layers` layers of H neurons for each direction, K outputs."""

    input_size: int
    hidden_size: int
    output_size: int
    layers: int = 2

    def __post_init__(self) -> None:
        require_positive(
            input_size=self.input_size,
            hidden_size=self.hidden_size,
            output_size=self.output_size,
            layers=self.layers,
        )


class DeepBidirectionalRNN(nn.Module):
    """Bidirectional layers on top of each other, and a read-out of the top one.

    Equation:
        hf_t^(i) = tanh(Wf^(i) h_t^(i-1) + Uf^(i) hf_{t-1}^(i) + bf^(i))
        hb_t^(i) = tanh(Wb^(i) h_t^(i-1) + Ub^(i) hb_{t+1}^(i) + bb^(i))
        h_t^(i) = [hf_t^(i) ; hb_t^(i)],  h_t^(0) = x_t
        y_t = V h_t^(L) + c

    Source: S4 "Deep-Bidirectional RNN".

    Deviation: S4 leaves the layer index off the state one step before; each layer has its own.
    """

    def __init__(self, config: DeepBidirectionalConfig, generator: Generator | None = None) -> None:
        require_config(config, DeepBidirectionalConfig)
        super().__init__()
        self.config = config
        H, K = config.hidden_size, config.output_size
        below = [config.input_size] + [2 * H] * (config.layers - 1)
        self.forwards = nn.ModuleList(RNN(RNNConfig(size, H), generator) for size in below)
        self.backwards = nn.ModuleList(RNN(RNNConfig(size, H), generator) for size in below)
        self.V = nn.Parameter(torch.empty(K, 2 * H))
        self.c = nn.Parameter(torch.zeros(K))
        nn.init.xavier_uniform_(self.V, generator=generator)

    def states(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """The features of the top layer for every step, (T, ..., D) -> (T, ..., 2H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        h = x
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            h_b = backwards(reverse_in_time(h, lengths))
            h = concatenate_directions(forwards(h), h_b, lengths)  # (T, ..., 2H)
        return h

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map inputs (T, ..., D) to outputs (T, ..., K); with lengths (B,) x is (T, B, D)."""
        # y_t = V h_t^(L) + c
        return self.states(x, lengths) @ self.V.T + self.c


SYSTEMS = (
    System(
        "deep_bidirectional_rnn",
        "S4",
        lambda generator: DeepBidirectionalRNN(DeepBidirectionalConfig(3, 4, 2), generator),
        SEQUENCE,
        parameters=2 * (4 * (3 + 4) + 4) + 2 * (4 * (8 + 4) + 4) + 2 * 8 + 2,
        wrong=TOO_WIDE,
    ),
)
