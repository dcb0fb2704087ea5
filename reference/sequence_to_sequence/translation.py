"""Translation: words of one language in, words of another out, until the end mark.

What it guarantees:

- Both vocabularies carry the marks `<start>` and `<end>`; unknown words are refused by name.
- `translate` stops at the end mark, or at `longest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from reference.data.text import Vocabulary
from reference.errors import require_positive
from reference.sequence_to_sequence.attentive import AttentiveConfig, AttentiveEncoderDecoder

START, END = "<start>", "<end>"


def shifted(target: Tensor, start: int) -> Tensor:
    """The true previous tokens of a target (T, B): the start mark, then all but the last."""
    return torch.cat([torch.full_like(target[:1], start), target[:-1]])


@dataclass(frozen=True)
class Translator:
    """A model with the vocabularies of its two languages.

    Source: S0 "translation using Attention", S1 (English to French), S4 "Machine translation".
    """

    model: AttentiveEncoderDecoder
    source: Vocabulary
    target: Vocabulary

    def encode(self, words: Sequence[str]) -> Tensor:
        """The source sentence with its end mark, ids (S, 1)."""
        return self.source.encode([*words, END]).unsqueeze(1)

    def loss(self, words: Sequence[str], translation: Sequence[str]) -> Tensor:
        """The mean surprise at the true translation, a number."""
        target = self.target.encode([*translation, END]).unsqueeze(1)  # (T, 1)
        previous = shifted(target, self.target.number(START))
        scores, _ = self.model(self.encode(words), previous)
        return torch.nn.functional.cross_entropy(scores[:, 0], target[:, 0])

    def translate(self, words: Sequence[str], longest: int = 20) -> list[str]:
        """The likeliest words one by one, up to the end mark."""
        require_positive(longest=longest)
        ids = self.model.write(self.encode(words), self.target.number(START), longest)
        written = self.target.decode(ids[:, 0])
        return written[: written.index(END)] if END in written else written


def translator(
    source_words: Iterable[str],
    target_words: Iterable[str],
    embedding_size: int = 16,
    hidden_size: int = 32,
    generator: Generator | None = None,
) -> Translator:
    """An untrained translator between two lists of words."""
    source = Vocabulary([*source_words, END])
    target = Vocabulary([*target_words, START, END])
    config = AttentiveConfig(len(source), len(target), embedding_size, hidden_size)
    return Translator(AttentiveEncoderDecoder(config, generator), source, target)
