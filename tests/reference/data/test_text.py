"""The shipped text and its numbering."""

from __future__ import annotations

import pytest

from reference.data.text import Vocabulary, shipped_text, words
from reference.errors import DataError


def test_the_text_is_ten_sonnets():
    """Ten poems of fourteen lines, plain ASCII."""
    poems = shipped_text().strip().split("\n\n")
    assert [len(poem.splitlines()) for poem in poems] == [14] * 10
    assert shipped_text().isascii()


def test_numbers_go_back_to_the_text():
    """Encoding and decoding lose nothing."""
    text = shipped_text()
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    assert "".join(vocabulary.decode(ids)) == text
    assert ids.max().item() == len(vocabulary) - 1


def test_words_keep_apostrophes_and_drop_marks():
    """A word is letters, with apostrophes or hyphens inside."""
    assert words("O no! it is an ever-fixed mark; 'Gainst Time's") == [
        *["o", "no", "it", "is", "an", "ever-fixed", "mark", "gainst", "time's"]
    ]


def test_unknown_tokens_are_named():
    """What is not in the vocabulary raises an error that names it."""
    with pytest.raises(DataError, match="'z'"):
        Vocabulary("abc").encode("az")
