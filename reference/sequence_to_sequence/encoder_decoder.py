"""The encoder-decoder: read a sequence into one thought vector, write another one out of it.

What it guarantees:

- All that the decoder knows of the source is the thought vector: the encoder's last state.
- Training feeds the true previous token (teacher forcing); `write` feeds the model's own.
- With lengths given, what stands in a source's padding changes nothing; padding of a target stands
  behind its tokens and changes no score before it.

What it does not do: look back at the source (`reference.sequence_to_sequence.attentive`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import ids
from reference.gated.gru import GRU, GRUConfig, gru_step
from reference.initial import uniform, zeros
from reference.lengths import last_states
from reference.registry import System
from reference.shapes import check_shape
from reference.words.embedding import Embedding, EmbeddingConfig


@dataclass(frozen=True)
class EncoderDecoderConfig:
    """Sizes: tokens of the source and of the target, D numbers a token, H of the thought vector."""

    source_tokens: int
    target_tokens: int
    embedding_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(
            source_tokens=self.source_tokens,
            target_tokens=self.target_tokens,
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
        )


class Encoder(nn.Module):
    """Tokens to features to states; the last state is the thought vector.

    Equation:
        h_t = GRU(E · x_t, h_{t-1}),  thought = h_S

    Source: S3 5-1 "Encoder RNN".
    """

    def __init__(self, tokens: int, size: int, hidden: int, generator: Generator | None) -> None:
        super().__init__()
        self.embedding = Embedding(EmbeddingConfig(tokens, size), generator)
        self.recurrent = GRU(GRUConfig(size, hidden), generator)

    def forward(self, source: Tensor) -> Tensor:
        """Map ids (S, ...) to all states (S, ..., H)."""
        states: Tensor = self.recurrent(self.embedding(source))
        return states


class Decoder(nn.Module):
    """From the thought vector, one token after the other.

    Equation:
        s_t = GRU(E · y_{t-1}, s_{t-1}),  s_0 = thought,  P(y_t) = softmax(V s_t + c)

    Source: S3 5-2 "Decoder RNN".
    """

    def __init__(self, tokens: int, size: int, hidden: int, generator: Generator | None) -> None:
        super().__init__()
        self.embedding = Embedding(EmbeddingConfig(tokens, size), generator)
        self.recurrent = GRU(GRUConfig(size, hidden), generator)
        self.V = uniform(tokens, hidden, bound=1 / math.sqrt(hidden), generator=generator)
        self.c = zeros(tokens)

    def step(self, y_prev: Tensor, s_prev: Tensor) -> tuple[Tensor, Tensor]:
        """Write one token: ids (...) and s (..., H) to scores (..., V) and s_t (..., H)."""
        layer = self.recurrent
        s_t = gru_step(self.embedding(y_prev), s_prev, layer.W, layer.U, layer.b)
        # P(y_t) = softmax(V s_t + c)
        return s_t @ self.V.T + self.c, s_t

    def forward(self, target_in: Tensor, thought: Tensor) -> Tensor:
        """Map true previous tokens (T, ...) and the thought (..., H) to scores (T, ..., V)."""
        scores, s_t = [], thought
        for y_prev in target_in:
            score, s_t = self.step(y_prev, s_t)
            scores.append(score)
        return torch.stack(scores)

    def write(self, thought: Tensor, start: int, length: int) -> Tensor:
        """Write greedily, ids (length, ...): each step reads the likeliest token of the last."""
        s_t = thought
        y_t = torch.full(thought.shape[:-1], start, dtype=torch.long, device=thought.device)
        written = []
        with torch.no_grad():
            for _ in range(length):
                score, s_t = self.step(y_t, s_t)
                y_t = score.argmax(-1)
                written.append(y_t)
        return torch.stack(written)


class EncoderDecoder(nn.Module):
    """Sequence to sequence through one vector.

    Equation:
        P(y | x) = prod_t P(y_t | y_1 .. y_{t-1}, thought(x))

    Source: S3 section 5, S4 "Seq2seq". Cho et al., 2014; Sutskever et al., 2014.
    """

    def __init__(self, config: EncoderDecoderConfig, generator: Generator | None = None) -> None:
        require_config(config, EncoderDecoderConfig)
        super().__init__()
        self.config = config
        D, H = config.embedding_size, config.hidden_size
        self.encoder = Encoder(config.source_tokens, D, H, generator)
        self.decoder = Decoder(config.target_tokens, D, H, generator)

    def thought(self, source: Tensor, lengths: Tensor | None = None) -> Tensor:
        """The thought vector of source ids (S, B): the state at its last token, (B, H)."""
        check_shape("source", source, "S", "B")
        return last_states(self.encoder(source), lengths)

    def forward(self, source: Tensor, target_in: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map source ids (S, B) and true previous target ids (T, B) to scores (T, B, V).

        Args:
            source: ids, (S, B).
            target_in: ids, (T, B).
            lengths: of the sources, (B,); all S unless given.
        """
        check_shape("target_in", target_in, "T", source.shape[-1])
        scores: Tensor = self.decoder(target_in, self.thought(source, lengths))
        return scores

    def write(
        self, source: Tensor, start: int, length: int, lengths: Tensor | None = None
    ) -> Tensor:
        """Write `length` tokens for each source (S, B), ids (length, B)."""
        with torch.no_grad():
            return self.decoder.write(self.thought(source, lengths), start, length)


SOURCE_AND_TARGET = (ids(5, "S", "B"), ids(5, "T", "B"))
"""Five tokens."""

UNEQUAL_BATCHES = (ids(5, 3, 2), ids(5, 4, 3))
"""Two sources for three targets."""

SYSTEMS = (
    System(
        "encoder_decoder",
        "S3, S4",
        lambda generator: EncoderDecoder(EncoderDecoderConfig(5, 5, 3, 4), generator),
        SOURCE_AND_TARGET,
        # two embeddings, two GRUs of 3 inputs and 4 units, the read-out
        parameters=2 * 5 * 3 + 2 * 3 * ((3 + 4) * 4 + 4) + 5 * 4 + 5,
        wrong=UNEQUAL_BATCHES,
    ),
)
