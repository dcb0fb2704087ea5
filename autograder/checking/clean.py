"""Text that came from a student, made fit to be read by people; needs no torch.

What it guarantees:

- `clean` leaves no control character, terminal escape, bidirectional override or HTML bracket, and
  bounds the length, so a message is harmless in a terminal, a browser and a CSV file's cell.
"""

from __future__ import annotations

import unicodedata

MESSAGE_CHARACTERS = 1_500
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})
_UNWANTED = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def clean(text: str, characters: int = MESSAGE_CHARACTERS, *, brackets: bool = True) -> str:
    """Return the text without anything that could act on its reader, cut to a length.

    Args:
        text: any text.
        characters: the most to keep; a cut is said.
        brackets: replace `<` and `>`, so that no page takes the text for markup.
    """
    kept = text[: characters + 1]
    kept = "".join(
        c
        if c == "\n" or unicodedata.category(c) not in _UNWANTED
        else ("    " if c == "\t" else "�")
        for c in kept
    )
    if brackets:
        kept = kept.translate(_BRACKETS)
    if len(text) > characters:
        kept = kept[: max(0, characters - 20)] + f" … ({len(text)} characters)"
    return kept
