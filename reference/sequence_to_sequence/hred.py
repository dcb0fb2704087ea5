"""HRED: answer in the light of the whole dialogue, by a network over utterances.

What it guarantees:

- Two levels: one state a token inside an utterance, one state an utterance in the dialogue.
- The response depends on every utterance before it; a plain seq2seq sees the last one only.
- With lengths given, neither padding inside an utterance nor a missing utterance (length 0, after
  the last one) changes anything.

What it does not do: vary its answer (`reference.sequence_to_sequence.vhred`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import DataError, require_config, require_positive
from reference.examples import ids
from reference.gated.gru import GRU, GRUConfig
from reference.lengths import last_states
from reference.registry import System
from reference.sequence_to_sequence.encoder_decoder import Decoder, Encoder
from reference.shapes import check_shape


@dataclass(frozen=True)
class HREDConfig:
    """Sizes: V tokens, D numbers a token, H for every recurrent layer."""

    tokens: int
    embedding_size: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(
            tokens=self.tokens,
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
        )


class HRED(nn.Module):
    """The hierarchical recurrent encoder-decoder.

    Equation:
        u_n = last state of the encoder on utterance n
        c_n = GRU(u_n, c_{n-1})              context over utterances
        response = decoder with s_0 = c_N

    Source: S3 5-3 "HRED". Sordoni et al., 2015.

    Deviation: the paper maps c_N to s_0 by a learned layer; here both have H numbers.
    """

    def __init__(self, config: HREDConfig, generator: Generator | None = None) -> None:
        require_config(config, HREDConfig)
        super().__init__()
        self.config = config
        V, D, H = config.tokens, config.embedding_size, config.hidden_size
        self.encoder = Encoder(V, D, H, generator)
        self.context_layer = GRU(GRUConfig(H, H), generator)
        self.decoder = Decoder(V, D, H, generator)

    def context(self, dialogue: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Map a dialogue of N utterances, ids (N, S, B), to its context (B, H).

        Args:
            dialogue: ids, (N, S, B).
            lengths: of the utterances, (N, B); 0 where a dialogue has no more; all S unless given.

        Raises:
            DataError: an utterance follows a missing one.
        """
        check_shape("dialogue", dialogue, "N", "S", "B")
        each: list[Tensor | None] = [None] * len(dialogue)
        turns = None
        if lengths is not None:
            check_shape("lengths", lengths, len(dialogue), dialogue.shape[-1])
            there = lengths > 0  # (N, B)
            if bool((there[1:] & ~there[:-1]).any()):
                raise DataError("an utterance follows a missing one; lengths of 0 come last")
            turns = there.sum(0)
            each = list(lengths.clamp(min=1))  # a missing one is read, and then not looked at
        utterances = torch.stack(
            [
                last_states(self.encoder(utterance), length)
                for utterance, length in zip(dialogue, each, strict=True)
            ]
        )
        # c_n = GRU(u_n, c_{n-1})
        return last_states(self.context_layer(utterances), turns)

    def forward(
        self, dialogue: Tensor, response_in: Tensor, lengths: Tensor | None = None
    ) -> Tensor:
        """Map a dialogue (N, S, B) and previous response tokens (T, B) to scores (T, B, V).

        Args:
            dialogue: ids, (N, S, B).
            response_in: ids, (T, B).
            lengths: of the utterances, (N, B), as in `context`.
        """
        check_shape("response_in", response_in, "T", dialogue.shape[-1])
        scores: Tensor = self.decoder(response_in, self.context(dialogue, lengths))
        return scores

    def write(
        self, dialogue: Tensor, start: int, length: int, lengths: Tensor | None = None
    ) -> Tensor:
        """Write `length` tokens greedily after each dialogue (N, S, B), ids (length, B)."""
        with torch.no_grad():
            return self.decoder.write(self.context(dialogue, lengths), start, length)


SYSTEMS = (
    System(
        "hred",
        "S3",
        lambda generator: HRED(HREDConfig(5, 3, 4), generator),
        (ids(5, 2, "S", "B"), ids(5, "T", "B")),
        # as the encoder-decoder, and the GRU over utterances
        parameters=247 + 3 * ((4 + 4) * 4 + 4),
        wrong=(ids(5, 2, 3, 2), ids(5, 4, 3)),
        output_axis=1,
    ),
)
