"""Text: ten sonnets that ship with the package, and the two ways to number them.

What it guarantees:

- `Vocabulary` numbers tokens in sorted order; `decode(encode(text))` gives the tokens back.
- The text is in the public domain: William Shakespeare, *Sonnets*, 1609, numbers 1, 12, 18, 29, 30,
  55, 60, 73, 116 and 130, in modern spelling.

What it does not do: tokenise other languages, cut rare words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

import torch
from torch import Tensor

from reference.errors import DataError


def shipped_text() -> str:
    """The ten sonnets, one line a verse, an empty line between sonnets."""
    return files("reference.data").joinpath("text.txt").read_text(encoding="utf-8")


def words(text: str) -> list[str]:
    """Cut a text into lower-case words; apostrophes inside a word stay.

    >>> words("Feed'st thy light's flame, and die.")
    ["feed'st", 'thy', "light's", 'flame', 'and', 'die']
    """
    return re.findall(r"[a-z]+(?:['-][a-z]+)*", text.lower())


class Vocabulary:
    """The tokens of a text and their numbers.

    >>> vocabulary = Vocabulary("abba")
    >>> vocabulary.encode("bab").tolist()
    [1, 0, 1]
    >>> vocabulary.decode([0, 1])
    ['a', 'b']
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens: tuple[str, ...] = tuple(sorted(set(tokens)))
        self._numbers = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._numbers

    def number(self, token: str) -> int:
        """The number of one token.

        Raises:
            DataError: the token is not in the vocabulary.
        """
        if token not in self._numbers:
            raise DataError(f"{token!r} is not among the {len(self)} tokens of the vocabulary")
        return self._numbers[token]

    def encode(self, tokens: Iterable[str]) -> Tensor:
        """The numbers of many tokens, int64, (T,)."""
        return torch.tensor([self.number(token) for token in tokens], dtype=torch.long)

    def decode(self, numbers: Iterable[int] | Tensor) -> list[str]:
        """The tokens of many numbers."""
        return [self.tokens[int(number)] for number in numbers]
