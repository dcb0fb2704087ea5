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
from reference.errors import require, require_positive
from reference.lengths import masked_cross_entropy
from reference.registry import System
from reference.sequence_to_sequence.attentive import AttentiveConfig, AttentiveEncoderDecoder
from reference.sequence_to_sequence.encoder_decoder import SOURCE_AND_TARGET, UNEQUAL_BATCHES

START, END = "<start>", "<end>"
Sentences = Sequence[Sequence[str]]


def shifted(target: Tensor, start: int) -> Tensor:
    """The true previous tokens of a target (T, B): the start mark, then all but the last."""
    return torch.cat([torch.full_like(target[:1], start), target[:-1]])


def batch(vocabulary: Vocabulary, sentences: Sentences) -> tuple[Tensor, Tensor]:
    """Sentences side by side, each with its end mark and then padded with more of them.

    Returns:
        ids (T, B) and lengths with the end mark (B,).
    """
    require(len(sentences) > 0, "there are no sentences, expected at least one")
    ids = [vocabulary.encode([*words, END]) for words in sentences]
    padded = torch.nn.utils.rnn.pad_sequence(ids, padding_value=vocabulary.number(END))
    return padded, torch.tensor([len(one) for one in ids])


@dataclass(frozen=True)
class Translator:
    """A model with the vocabularies of its two languages.

    Source: S0 "translation using Attention", S1 (English to French), S4 "Machine translation".
    """

    model: AttentiveEncoderDecoder
    source: Vocabulary
    target: Vocabulary

    def loss(self, sentences: Sentences, translations: Sentences) -> Tensor:
        """The mean surprise at the words of the true translations, a number."""
        source, lengths = batch(self.source, sentences)
        target, target_lengths = batch(self.target, translations)  # (T, B)
        previous = shifted(target, self.target.number(START))
        scores, _ = self.model(source, previous, lengths)
        return masked_cross_entropy(scores, target, target_lengths)

    def translate(self, words: Sequence[str], longest: int = 20) -> list[str]:
        """The likeliest words one by one, up to the end mark."""
        require_positive(longest=longest)
        source, lengths = batch(self.source, [words])
        ids = self.model.write(source, self.target.number(START), longest, lengths)
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


SYSTEMS = (
    System(
        "translator",
        "S0, S1, S4",
        lambda generator: translator("abcd", "xyz", 3, 4, generator).model,
        SOURCE_AND_TARGET,
        parameters=247 + 4 * 4 + 4 * 8,
        wrong=UNEQUAL_BATCHES,
    ),
)
