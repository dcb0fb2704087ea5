"""Bahdanau attention: a small trained network scores the decoder's previous state."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.attention.alignment import align, context_vector
from reference.errors import require_config, require_positive
from reference.examples import normal
from reference.initial import uniform
from reference.registry import System
from reference.shapes import check_shape


def bahdanau_score(s_prev: Tensor, states: Tensor, W: Tensor, U: Tensor, v: Tensor) -> Tensor:
    """Score the decoder's previous state against every encoder state.

    Equation:
        e_j = vᵀ tanh(W s_{t-1} + U h_j)

    Args:
        s_prev: (..., H_t).
        states: (..., S, H_s).
        W: (A, H_t).
        U: (A, H_s).
        v: (A,).

    Returns:
        (..., S).

    Source: S4 "Two main attention mechanisms". Bahdanau et al., 2015.
    """
    # e_j = vᵀ tanh(W s_{t-1} + U h_j)
    return torch.tanh((s_prev @ W.T).unsqueeze(-2) + states @ U.T) @ v


@dataclass(frozen=True)
class BahdanauConfig:
    """Sizes: H_t of the decoder, H_s of the encoder, A of the scoring network."""

    decoder_size: int
    encoder_size: int
    attention_size: int

    def __post_init__(self) -> None:
        require_positive(
            decoder_size=self.decoder_size,
            encoder_size=self.encoder_size,
            attention_size=self.attention_size,
        )


class BahdanauAttention(nn.Module):
    """The context for the decoder's next step.

    Equation:
        a = softmax_j vᵀ tanh(W s_{t-1} + U h_j),  c_t = sum_j a_j h_j
    """

    def __init__(self, config: BahdanauConfig, generator: Generator | None = None) -> None:
        require_config(config, BahdanauConfig)
        super().__init__()
        self.config = config
        A, H_t, H_s = config.attention_size, config.decoder_size, config.encoder_size
        self.W = uniform(A, H_t, bound=1 / math.sqrt(H_t), generator=generator)
        self.U = uniform(A, H_s, bound=1 / math.sqrt(H_s), generator=generator)
        self.v = uniform(A, bound=1 / math.sqrt(A), generator=generator)

    def forward(
        self, s_prev: Tensor, states: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Map s (..., H_t) and states (..., S, H_s) to context (..., H_s) and weights (..., S)."""
        check_shape("s_prev", s_prev, ..., self.config.decoder_size)
        check_shape("states", states, *s_prev.shape[:-1], "S", self.config.encoder_size)
        # a = softmax_j e_j,  c_t = sum_j a_j h_j
        weights = align(bahdanau_score(s_prev, states, self.W, self.U, self.v), mask)
        return context_vector(weights, states), weights


SYSTEMS = (
    System(
        "bahdanau",
        "S4",
        lambda generator: BahdanauAttention(BahdanauConfig(4, 4, 3), generator),
        (normal("B", 4), normal("B", "S", 4)),
        parameters=3 * 4 + 3 * 4 + 3,
        wrong=(normal("B", 4), normal("B", 5, 3)),
    ),
)
