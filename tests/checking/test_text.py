"""Text from students, made harmless."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from autograder.checking.clean import clean
from autograder.checking.text import is_blank, quote, title, trace_text


@given(st.text(), st.integers(30, 200))
def test_cleaned_text_cannot_act_on_its_reader(text: str, characters: int) -> None:
    """No control, format or surrogate character, no HTML bracket, no more than was allowed."""
    cleaned = clean(text, characters)
    assert len(cleaned) <= max(characters, 4 * text.count("\t") + characters) + 30
    assert not {"<", ">"} & set(cleaned)
    for character in cleaned:
        assert character in "\n\ufffd" or unicodedata.category(character)[0] != "C"


def test_escapes_and_tags_are_visible_but_dead() -> None:
    """A terminal escape and a script tag become plain characters."""
    assert clean("\x1b[31mred<script>") == "�[31mred‹script›"
    assert clean("a\u202eb") == "a�b"


def test_plain_text_stays() -> None:
    """Greek, accents and lines are kept; a cut is said."""
    assert clean("σ(x) ≤ é\nnext") == "σ(x) ≤ é\nnext"
    assert clean("x" * 100, 50).endswith("… (100 characters)")
    assert quote("a\n b") == "“a b”"


def test_a_traceback_does_not_tell_where_things_lie() -> None:
    """Every frame, those of causes and of grouped exceptions too, has the end of its path only."""
    try:
        try:
            Path("/there/is/no/such/file").read_bytes()
        except OSError as error:
            raise ExceptionGroup("several", [ValueError("one")]) from error
    except ExceptionGroup as group:
        text = trace_text(group, Path("/nowhere"))
    assert 'File "checking/test_text.py"' in text
    assert "FileNotFoundError" in text
    assert 'raise ExceptionGroup("several", [ValueError("one")]) from error' in text
    assert str(Path(__file__).parent.parent) not in text
    assert 'File "/' not in text


def test_names_stay_as_they_are() -> None:
    """A sentence may begin with a name; only words of ours get a capital."""
    assert title("the table") == "The table"
    for name in ("dE/dW2 for a batch of 5", "dz_dx", "output_side", "argument 1", "x", ""):
        assert title(name) == name


def test_what_stands_where_nothing_was_filled_in_is_blank() -> None:
    """Whatever the exercise may leave there."""
    assert all(map(is_blank, (None, ..., "", " ", "?", "...", "…", "_")))
    assert not any(map(is_blank, (0, 0.0, False, [], "0", "x")))
