"""The encoder-decoder with attention: each written token looks back at the whole source.

What it guarantees:

- The weights of every step come back with the scores, (T, B, S), each row summing to one.
- Without the attention layer it would be `EncoderDecoder`; encoder and decoder are the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.attention.luong import Kind, LuongAttention, LuongConfig
from reference.errors import require_positive
from reference.gated.gru import gru_step
from reference.sequence_to_sequence.encoder_decoder import Decoder, Encoder
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


class AttentiveEncoderDecoder(nn.Module):
    """Sequence to sequence with Luong attention.

    Equation:
        s_t = GRU(E · y_{t-1}, s_{t-1}),  s_0 = thought
        s~_t = tanh(W_c [c_t ; s_t]),  c_t = sum_s a_t(s) h_s
        P(y_t) = softmax(V s~_t + c)

    Source: S0 "translation using Attention", S3 section 7, S4 "Luong attention".
    """

    def __init__(self, config: AttentiveConfig, generator: Generator | None = None) -> None:
        super().__init__()
        self.config = config
        D, H = config.embedding_size, config.hidden_size
        self.encoder = Encoder(config.source_tokens, D, H, generator)
        self.decoder = Decoder(config.target_tokens, D, H, generator)
        self.attention = LuongAttention(LuongConfig(H, H, config.kind), generator)

    def step(self, y_prev: Tensor, s_prev: Tensor, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Write one token: ids (B,), s (B, H), states (B, S, H) to scores, s_t, weights."""
        layer = self.decoder.recurrent
        s_t = gru_step(self.decoder.embedding(y_prev), s_prev, layer.W, layer.U, layer.b)
        mixed, weights = self.attention(s_t, states)  # (B, H), (B, S)
        return mixed @ self.decoder.V.T + self.decoder.c, s_t, weights

    def forward(self, source: Tensor, target_in: Tensor) -> tuple[Tensor, Tensor]:
        """Map ids (S, B) and previous ids (T, B) to scores (T, B, V) and weights (T, B, S)."""
        check_shape("source", source, "S", "B")
        check_shape("target_in", target_in, "T", source.shape[1])
        states = self.encoder(source).transpose(0, 1)  # (B, S, H)
        s_t = states[:, -1]
        scores, looks = [], []
        for y_prev in target_in:
            score, s_t, weights = self.step(y_prev, s_t, states)
            scores.append(score)
            looks.append(weights)
        return torch.stack(scores), torch.stack(looks)

    def write(self, source: Tensor, start: int, length: int) -> Tensor:
        """Write `length` tokens greedily for each source (S, B), ids (length, B)."""
        check_shape("source", source, "S", "B")
        written = []
        with torch.no_grad():
            states = self.encoder(source).transpose(0, 1)
            s_t = states[:, -1]
            y_t = torch.full_like(source[0], start)
            for _ in range(length):
                score, s_t, _weights = self.step(y_t, s_t, states)
                y_t = score.argmax(-1)
                written.append(y_t)
        return torch.stack(written)
