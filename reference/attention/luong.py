"""Luong attention: score the decoder's new state against every encoder state, three ways."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from reference.attention.alignment import align, context_vector
from reference.errors import require, require_config, require_positive
from reference.examples import normal
from reference.initial import uniform
from reference.registry import System
from reference.shapes import check_shape

Kind = Literal["dot", "general", "concat"]


def luong_score_dot(h_t: Tensor, states: Tensor) -> Tensor:
    """The product of the decoder's state with each encoder state: nothing to train.

    Equation: ``score(h_t, h_s) = h_tᵀ h_s``

    Args:
        h_t: (..., H).
        states: (..., S, H).

    Returns: (..., S).
    """
    check_shape("states", states, ..., "S", h_t.shape[-1])
    # score = h_tᵀ h_s
    return (states @ h_t.unsqueeze(-1)).squeeze(-1)


def luong_score_general(h_t: Tensor, states: Tensor, W_a: Tensor) -> Tensor:
    """The product through a matrix, so that the states may have two sizes.

    Equation: ``score(h_t, h_s) = h_tᵀ W_a h_s``

    Args:
        h_t: (..., H_t).
        states: (..., S, H_s).
        W_a: (H_t, H_s).

    Returns: (..., S).
    """
    # score = h_tᵀ W_a h_s
    return luong_score_dot(h_t @ W_a, states)


def luong_score_concat(h_t: Tensor, states: Tensor, W_a: Tensor, v_a: Tensor) -> Tensor:
    """A small network that sees both states.

    Equation: ``score(h_t, h_s) = v_aᵀ tanh(W_a [h_t ; h_s])``

    Args:
        h_t: (..., H_t).
        states: (..., S, H_s).
        W_a: (A, H_t + H_s).
        v_a: (A,).

    Returns: (..., S).

    Deviation: S4 prints [c_t ; h_t], which needs the context that the score is to make.
    """
    check_shape("states", states, ..., "S", W_a.shape[1] - h_t.shape[-1])
    repeated = h_t.unsqueeze(-2).expand(*states.shape[:-1], h_t.shape[-1])
    # score = v_aᵀ tanh(W_a [h_t ; h_s])
    return torch.tanh(torch.cat([repeated, states], dim=-1) @ W_a.T) @ v_a


@dataclass(frozen=True)
class LuongConfig:
    """Sizes: H_t of the decoder, H_s of the encoder, and the kind of score."""

    decoder_size: int
    encoder_size: int
    kind: Kind = "dot"

    def __post_init__(self) -> None:
        require_positive(decoder_size=self.decoder_size, encoder_size=self.encoder_size)
        require(
            self.kind in ("dot", "general", "concat"),
            f"kind must be dot, general or concat, got {self.kind!r}",
        )
        require(
            self.kind != "dot" or self.decoder_size == self.encoder_size,
            f"dot needs states of one size, got {self.decoder_size} and {self.encoder_size}",
        )


class LuongAttention(nn.Module):
    """The decoder's state, enriched by what it attends to.

    Equation:
        a_t = softmax_s score(h_t, h_s),  c_t = sum_s a_t(s) h_s
        h̃_t = tanh(W_c [c_t ; h_t])

    Source: S4 "Luong attention". Luong et al., 2015.

    Deviation: S4 says that the scores are "not trained"; that is true of `dot` only.
    """

    def __init__(self, config: LuongConfig, generator: Generator | None = None) -> None:
        require_config(config, LuongConfig)
        super().__init__()
        self.config = config
        H_t, H_s = config.decoder_size, config.encoder_size
        bound = 1 / math.sqrt(H_t + H_s)
        if config.kind == "general":
            self.W_a = uniform(H_t, H_s, bound=bound, generator=generator)
        if config.kind == "concat":
            self.W_a = uniform(H_t, H_t + H_s, bound=bound, generator=generator)
            self.v_a = uniform(H_t, bound=1 / math.sqrt(H_t), generator=generator)
        self.W_c = uniform(H_t, H_s + H_t, bound=bound, generator=generator)

    def scores(self, h_t: Tensor, states: Tensor) -> Tensor:
        """Score h_t (..., H_t) against states (..., S, H_s) -> (..., S)."""
        if self.config.kind == "dot":
            return luong_score_dot(h_t, states)
        if self.config.kind == "general":
            return luong_score_general(h_t, states, self.W_a)
        return luong_score_concat(h_t, states, self.W_a, self.v_a)

    def forward(
        self, h_t: Tensor, states: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Map h_t (..., H_t) and states (..., S, H_s) to h̃_t (..., H_t) and weights (..., S)."""
        check_shape("h_t", h_t, ..., self.config.decoder_size)
        check_shape("states", states, *h_t.shape[:-1], "S", self.config.encoder_size)
        # a_t = softmax_s score(h_t, h_s),  c_t = sum_s a_t(s) h_s
        weights = align(self.scores(h_t, states), mask)
        c_t = context_vector(weights, states)  # (..., H_s)
        # h̃_t = tanh(W_c [c_t ; h_t])
        return torch.tanh(torch.cat([c_t, h_t], dim=-1) @ self.W_c.T), weights


def _small(kind: Kind) -> Callable[[Generator | None], LuongAttention]:
    return lambda generator: LuongAttention(LuongConfig(4, 4, kind), generator)


_COUNTS: tuple[tuple[Kind, int], ...] = (("dot", 0), ("general", 4 * 4), ("concat", 4 * 8 + 4))

SYSTEMS = tuple(
    System(
        f"luong_{kind}",
        "S4",
        _small(kind),
        (normal("B", 4), normal("B", "S", 4)),
        parameters=score + 4 * 8,
        wrong=(normal("B", 4), normal("B", 5, 3)),
    )
    for kind, score in _COUNTS
)
