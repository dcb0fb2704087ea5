"""Bahdanau's encoder-decoder: what was looked at goes into the state, before a word is written.

What it guarantees:

- The state is a function of the context: s_t = GRU([E · y_{t-1} ; c_t], s_{t-1}). In Luong's form
  (`attentive`) the state comes first and the context is mixed in afterwards.
- The score sees the state before the step; its weights are learned with everything else.
- With lengths given, no word looks at a source's padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.attention.alignment import padding_mask
from reference.attention.bahdanau import BahdanauAttention, BahdanauConfig
from reference.errors import require_config, require_positive
from reference.gated.gru import GRU, GRUConfig, gru_step
from reference.initial import uniform, zeros
from reference.lengths import last_states, reverse_in_time
from reference.registry import System
from reference.sequence_to_sequence.attentive import LooksBack
from reference.sequence_to_sequence.encoder_decoder import SOURCE_AND_TARGET, UNEQUAL_BATCHES
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


@dataclass(frozen=True)
class BahdanauDecoderConfig:
    """Sizes: source and target tokens, D numbers a token, H of each state, A of the score."""

    source_tokens: int
    target_tokens: int
    embedding_size: int
    hidden_size: int
    attention_size: int

    def __post_init__(self) -> None:
        require_positive(
            source_tokens=self.source_tokens,
            target_tokens=self.target_tokens,
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
            attention_size=self.attention_size,
        )


class BahdanauEncoderDecoder(LooksBack):
    """Read in both directions, then write: look, step, say.

    Equation:
        h_s = [forward h_s ; backward h_s],  s_0 = tanh(S backward h_1 + s)
        c_t = sum_s a_t(s) h_s,  a_t = softmax_s vᵀ tanh(W s_{t-1} + U h_s)
        s_t = GRU([E · y_{t-1} ; c_t], s_{t-1})
        P(y_t) = softmax(V [s_t ; c_t] + c)

    Source: S4 "Two main attention mechanisms". Bahdanau et al., 2015.

    Deviation: the paper's read-out has a maxout layer, and sees y_{t-1} as well. S4 says that the
        attention is trained separately; it is trained jointly.
    """

    def __init__(self, config: BahdanauDecoderConfig, generator: Generator | None = None) -> None:
        require_config(config, BahdanauDecoderConfig)
        super().__init__()
        self.config = config
        D, H = config.embedding_size, config.hidden_size
        self.source_embedding = Embedding(EmbeddingConfig(config.source_tokens, D), generator)
        self.forwards = GRU(GRUConfig(D, H), generator)
        self.backwards = GRU(GRUConfig(D, H), generator)
        self.attention = BahdanauAttention(
            BahdanauConfig(H, 2 * H, config.attention_size), generator
        )
        self.target_embedding = Embedding(EmbeddingConfig(config.target_tokens, D), generator)
        self.recurrent = GRU(GRUConfig(D + 2 * H, H), generator)
        bound = 1 / math.sqrt(H)
        self.S, self.s = uniform(H, H, bound=bound, generator=generator), zeros(H)
        self.V = uniform(config.target_tokens, 3 * H, bound=bound, generator=generator)
        self.c = zeros(config.target_tokens)

    def read(self, source: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Read ids (S, B): states (B, S, 2H), the first s (B, H), where one may look (B, S)."""
        check_shape("source", source, "S", "B")
        x = self.source_embedding(source)
        back = self.backwards(reverse_in_time(x, lengths))  # the last word first
        states = torch.cat([self.forwards(x), reverse_in_time(back, lengths)], dim=-1)
        # s_0 = tanh(S backward h_1 + s): the backward state that has read everything
        s_0 = torch.tanh(last_states(back, lengths) @ self.S.T + self.s)
        mask = None if lengths is None else padding_mask(lengths, len(source))
        return states.transpose(0, 1), s_0, mask

    def step(
        self, y_prev: Tensor, s_prev: Tensor, states: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Write one token: ids (B,), s (B, H), states (B, S, 2H) to scores, s_t, weights (B, S)."""
        # c_t = sum_s a_t(s) h_s, by the state before the step
        c_t, weights = self.attention(s_prev, states, mask)
        # s_t = GRU([E · y_{t-1} ; c_t], s_{t-1})
        seen = torch.cat([self.target_embedding(y_prev), c_t], dim=-1)
        s_t = gru_step(seen, s_prev, self.recurrent.W, self.recurrent.U, self.recurrent.b)
        # P(y_t) = softmax(V [s_t ; c_t] + c)
        return torch.cat([s_t, c_t], dim=-1) @ self.V.T + self.c, s_t, weights


SYSTEMS = (
    System(
        "bahdanau_encoder_decoder",
        "S4",
        lambda g: BahdanauEncoderDecoder(BahdanauDecoderConfig(5, 5, 3, 4, 2), g),
        SOURCE_AND_TARGET,
        # two embeddings; two GRUs of 3 inputs; the score; the decoder's GRU; first state; read-out
        parameters=30 + 2 * 96 + (2 * 4 + 2 * 8 + 2) + 3 * ((11 + 4) * 4 + 4) + 20 + 5 * 12 + 5,
        wrong=UNEQUAL_BATCHES,
    ),
)
