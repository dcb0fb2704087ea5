"""Answers chosen from given options.

What it guarantees:

- Case, spaces, quotes, and the marks around a letter (`a)`, `(A)`, `"a."`) do not matter; a single
  choice may come as a list of one, several choices in any order, as a list or as text.
- An answer that is none of the options is told apart from a wrong one.
- A wrong choice gets the author's reason, and never the right option.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from autograder.checking.clean import clean
from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.text import describe, is_blank, quote, title

_TEXT_CHARACTERS = 200
_CHOICES = 50
_QUOTED = re.compile(r"[\"'`“‘„]([^\"'`“”‘’„]+)[\"'`”’“‘]")


def assert_choice(
    value: Any,
    expected: str | int | bool | Collection[str],
    *,
    options: Iterable[str | int] | None = None,
    why: Mapping[Any, str] | None = None,
    what: str = "the answer",
) -> None:
    """Check a chosen option, or a set of options.

    Args:
        value: text, a number or bool, or a list, tuple or set of these.
        expected: the right option; a list, tuple or set when several are to be chosen.
        options: all options, to tell a typing mistake from a wrong choice. Default: those that
            `expected` and `why` name.
        why: option -> why it is wrong to choose it (or, for several choices, to leave it out).
        what: how the message calls the value.

    Raises:
        WrongAnswer: another option, or none.
    """
    name = title(what)
    several = not isinstance(expected, str | int)
    wanted = (
        {_normal(e) for e in expected}
        if not isinstance(expected, str | int)
        else {_normal(expected)}
    )
    reasons = {_normal(key): text for key, text in (why or {}).items()}
    known = {_normal(option): str(option) for option in options} if options is not None else {}
    if options is not None and not (wanted | set(reasons)) <= set(known):
        raise AuthorError(f"expected or why names an option that is not in {sorted(known)}")
    chosen = _chosen(value, set(known) or wanted | set(reasons), several, name)
    for choice in sorted(chosen):
        if known and choice not in known:
            listed = ", ".join(quote(option) for option in known.values())
            raise WrongAnswer(f"{name} {quote(choice)} is none of the options: {listed}.")
    if not several and len(chosen) != 1:
        raise WrongAnswer(f"{name} names {len(chosen)} options; choose one.")
    if chosen == wanted:
        return
    staff = f"chosen {sorted(clean(c, 80) for c in chosen)}, expected {sorted(wanted)}"
    for choice in sorted(chosen - wanted):
        reason = reasons.get(choice)
        if reason:
            raise WrongAnswer(f"{name} {quote(choice)} is not right: {reason}", staff)
    if several:
        right = len(chosen & wanted)
        for choice in sorted(wanted - chosen):
            if choice in reasons and chosen <= wanted:
                raise WrongAnswer(f"{name}: something is missing. {reasons[choice]}", staff)
        raise WrongAnswer(
            f"{name}: {right} of your {len(chosen)} choices are right, not all.", staff
        )
    raise WrongAnswer(f"{name} {quote(next(iter(chosen)))} is not right.", staff)


def _chosen(value: Any, known: set[str], several: bool, name: str) -> set[str]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if is_blank(value) or (type(value) in (list, tuple, set) and not value):
        raise WrongAnswer(f"{name} is not filled in yet.")
    if type(value) in (list, tuple, set):
        entries: list[Any] = list(value)
    elif isinstance(value, str) and several:
        entries = _listed(value[:_TEXT_CHARACTERS], known)
    else:
        entries = [value]
    if len(entries) > _CHOICES or not all(
        isinstance(entry, str | int | float | np.generic) for entry in entries
    ):
        raise WrongAnswer(
            f"{name} is {describe(value)}; expected "
            + ("a list of options." if several else "one option, as text.")
        )
    return {_normal(entry) for entry in entries}


def _listed(text: str, known: set[str]) -> list[str]:
    """Return the options that a text lists, as `a, c`, `a and c`, `["a", "c"]` or `ac` do."""
    entries: list[str] = []
    for part in re.split(r"[,;&\s\[\]{}]+", text):
        option = _normal(part)
        if option in known or option not in ("", "and"):
            letters = option not in known and set(option) <= known
            entries.extend(option if letters else [part])
    return entries


def _normal(option: Any) -> str:
    """Return the text that stands for an option however it is written."""
    if isinstance(option, np.generic):
        option = option.item()
    if isinstance(option, float) and option.is_integer():
        option = int(option)
    if isinstance(option, int) and option.bit_length() > 200:
        return "?"
    text = " ".join(str(option)[:_TEXT_CHARACTERS].casefold().split())
    quoted = _QUOTED.fullmatch(text)
    text = quoted[1].strip() if quoted else text
    match = re.fullmatch(r"\(?\s*(\w{1,3})\s*[.):]?", text)
    return match[1] if match else text
