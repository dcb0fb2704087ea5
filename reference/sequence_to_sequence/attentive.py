"""The encoder-decoder with attention: each written token looks back at the whole source.

What it guarantees:

- The weights of every step come back with the scores, (T, B, S), each row summing to one.
- With lengths given, no token looks at a source's padding.
- Without the attention layer it would be `EncoderDecoder`; encoder and decoder are the same ones.
- `LooksBack`, the loop over the tokens, is that of Bahdanau's form (`bahdanau_decoder`), too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.attention.alignment import padding_mask
from reference.attention.luong import Kind, LuongAttention, LuongConfig
from reference.errors import require_config, require_positive
from reference.gated.gru import gru_step
from reference.lengths import last_states
from reference.registry import System
from reference.sequence_to_sequence.encoder_decoder import (
    SOURCE_AND_TARGET,
    UNEQUAL_BATCHES,
    Decoder,
    Encoder,
)
from reference.shapes import check_shape


@dataclass(frozen=True)
class AttentiveConfig:
    """Sizes as in `EncoderDecoderConfig`, and the kind of Luong's score."""

    source_tokens: int
    target_tokens: int
    embedding_size: int
    hidden_size: int
    kind: Kind = "general"

    def __post_init__(self) -> None:
        require_positive(
            source_tokens=self.source_tokens,
            target_tokens=self.target_tokens,
            embedding_size=self.embedding_size,
        )
        LuongConfig(self.hidden_size, self.hidden_size, self.kind)


class LooksBack(nn.Module, ABC):
    """An encoder-decoder whose every written token looks at all states of the source.

    A form of it says how a source is read and how one token is written.
    """

    @abstractmethod
    def read(self, source: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Read ids (S, B): all states (B, S, ...), the first s (B, H), where to look (B, S)."""

    @abstractmethod
    def step(
        self, y_prev: Tensor, s_prev: Tensor, states: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Write one token: ids (B,), s (B, H), states to scores (B, V), s_t, weights (B, S)."""

    def forward(
        self, source: Tensor, target_in: Tensor, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Map ids (S, B) and previous ids (T, B) to scores (T, B, V) and weights (T, B, S).

        Args:
            source: ids, (S, B).
            target_in: ids, (T, B).
            lengths: of the sources, (B,); all S unless given.
        """
        states, s_t, mask = self.read(source, lengths)
        check_shape("target_in", target_in, "T", source.shape[1])
        scores, looks = [], []
        for y_prev in target_in:
            score, s_t, weights = self.step(y_prev, s_t, states, mask)
            scores.append(score)
            looks.append(weights)
        return torch.stack(scores), torch.stack(looks)

    def write(
        self, source: Tensor, start: int, length: int, lengths: Tensor | None = None
    ) -> Tensor:
        """Write `length` tokens greedily for each source (S, B), ids (length, B)."""
        written = []
        with torch.no_grad():
            states, s_t, mask = self.read(source, lengths)
            y_t = torch.full_like(source[0], start)
            for _ in range(length):
                score, s_t, _weights = self.step(y_t, s_t, states, mask)
                y_t = score.argmax(-1)
                written.append(y_t)
        return torch.stack(written)


class AttentiveEncoderDecoder(LooksBack):
    """Sequence to sequence with Luong attention.

    Equation:
        s_t = GRU(E · y_{t-1}, s_{t-1}),  s_0 = thought
        s̃_t = tanh(W_c [c_t ; s_t]),  c_t = sum_s a_t(s) h_s
        P(y_t) = softmax(V s̃_t + c)

    Source: S0 "translation using Attention", S3 section 7, S4 "Luong attention".
    """

    def __init__(self, config: AttentiveConfig, generator: Generator | None = None) -> None:
        require_config(config, AttentiveConfig)
        super().__init__()
        self.config = config
        D, H = config.embedding_size, config.hidden_size
        self.encoder = Encoder(config.source_tokens, D, H, generator)
        self.decoder = Decoder(config.target_tokens, D, H, generator)
        self.attention = LuongAttention(LuongConfig(H, H, config.kind), generator)

    def step(
        self, y_prev: Tensor, s_prev: Tensor, states: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Write one token: ids (B,), s (B, H), states (B, S, H) to scores, s_t, weights (B, S)."""
        layer = self.decoder.recurrent
        s_t = gru_step(self.decoder.embedding(y_prev), s_prev, layer.W, layer.U, layer.b)
        mixed, weights = self.attention(s_t, states, mask)  # (B, H), (B, S)
        # scores = V s̃_t + c
        return mixed @ self.decoder.V.T + self.decoder.c, s_t, weights

    def read(self, source: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Read ids (S, B): all states (B, S, H), the first s (B, H), where one may look (B, S)."""
        check_shape("source", source, "S", "B")
        states = self.encoder(source)  # (S, B, H)
        mask = None if lengths is None else padding_mask(lengths, len(source))
        return states.transpose(0, 1), last_states(states, lengths), mask


SYSTEMS = (
    System(
        "attentive_encoder_decoder",
        "S0, S3, S4",
        lambda generator: AttentiveEncoderDecoder(AttentiveConfig(5, 5, 3, 4), generator),
        SOURCE_AND_TARGET,
        # as the encoder-decoder, and W_a, W_c
        parameters=247 + 4 * 4 + 4 * 8,
        wrong=UNEQUAL_BATCHES,
    ),
)
