"""A bidirectional recurrent network: a step is understood from its past and from its future.

What it guarantees:

- Both halves of the feature at step t belong to step t: the backward states are turned round again.
- With lengths given, the backward half starts at each sequence's own last step, not in its padding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import SEQUENCE, TOO_WIDE
from reference.lengths import reverse_in_time
from reference.recurrent.vanilla import RNN, RNNConfig
from reference.registry import System
from reference.shapes import check_shape


def concatenate_directions(h_f: Tensor, h_b: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Join the states of both directions into one feature for each time step.

    Equation:
        feature = concatenate([h_f, h_b[::-1]], axis=features)

    Args:
        h_f: forward states in time order, (T, ..., H).
        h_b: backward states in the order they were computed, from the last input to the first, (T,
            ..., H).
        lengths: of the sequences, (B,); then the states are (T, B, H).

    Returns:
        (T, ..., 2H) in time order.

    Source: S3 P96 (np.concatenate([h_f, h_b[::-1]], axis=1)).
    """
    check_shape("h_b", h_b, *h_f.shape[:-1], "H")
    # [h_f ; h_b turned round in time]
    # feature = concatenate([h_f, h_b[::-1]], axis=features)
    return torch.cat([h_f, reverse_in_time(h_b, lengths)], dim=-1)


@dataclass(frozen=True)
class BidirectionalConfig:
    """Sizes of a bidirectional network: D inputs, H neurons for each direction, K outputs."""

    input_size: int
    hidden_size: int
    output_size: int

    def __post_init__(self) -> None:
        require_positive(
            input_size=self.input_size,
            hidden_size=self.hidden_size,
            output_size=self.output_size,
        )


class BidirectionalRNN(nn.Module):
    """Two recurrent layers over the same input, one from each end, and a read-out of both.

    Equation:
        forward:  hf_t = tanh(Wf x_t + Uf hf_{t-1} + bf)
        backward: hb_t = tanh(Wb x_t + Ub hb_{t+1} + bb)
        y_t = V [hf_t ; hb_t] + c

    Source: S4 "Bidirectional RNN", S3 P96. Schuster and Paliwal, 1997.
    """

    def __init__(self, config: BidirectionalConfig, generator: Generator | None = None) -> None:
        require_config(config, BidirectionalConfig)
        super().__init__()
        self.config = config
        layer = RNNConfig(config.input_size, config.hidden_size)
        self.forwards = RNN(layer, generator)
        self.backwards = RNN(layer, generator)
        H, K = config.hidden_size, config.output_size
        self.V = nn.Parameter(torch.empty(K, 2 * H))
        self.c = nn.Parameter(torch.zeros(K))
        nn.init.xavier_uniform_(self.V, generator=generator)

    def states(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """The features of both directions for every step, (T, ..., D) -> (T, ..., 2H)."""
        check_shape("x", x, "T", ..., self.config.input_size)
        h_f = self.forwards(x)  # (T, ..., H), first step first
        h_b = self.backwards(reverse_in_time(x, lengths))  # (T, ..., H), last step first
        return concatenate_directions(h_f, h_b, lengths)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map inputs (T, ..., D) to outputs (T, ..., K); with lengths (B,) x is (T, B, D)."""
        # y_t = V [hf_t ; hb_t] + c
        return self.states(x, lengths) @ self.V.T + self.c


SYSTEMS = (
    System(
        "bidirectional_rnn",
        "S3, S4",
        lambda generator: BidirectionalRNN(BidirectionalConfig(3, 4, 2), generator),
        SEQUENCE,
        parameters=2 * (4 * (3 + 4) + 4) + 2 * 8 + 2,
        wrong=TOO_WIDE,
    ),
)
