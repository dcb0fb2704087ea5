"""What an author writes above a check: its weight and its hint.

What it guarantees: a weight is a positive finite number and a hint is text, or importing the check
fails; the order of decorators does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from autograder.checking.errors import AuthorError

Check = TypeVar("Check", bound=Callable[..., Any])
POINTS_ATTRIBUTE = "__gradlab_points__"
HINT_ATTRIBUTE = "__gradlab_hint__"


def points(weight: float) -> Callable[[Check], Check]:
    """Give a check its points of the cell's; without, it counts 1.

    The cases of a parametrised check share them equally. A check file whose points do not add up to
    the cell's is refused when the assignment is built.
    """
    good = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not good or not math.isfinite(weight) or weight <= 0:
        raise AuthorError(f"points({weight!r}): expected a positive number")

    def mark(check: Check) -> Check:
        setattr(check, POINTS_ATTRIBUTE, float(weight))
        return check

    return mark


def hint(text: str) -> Callable[[Check], Check]:
    """Give a check the sentence that a student reads when it does not pass."""
    if not isinstance(text, str) or not text.strip():
        raise AuthorError(f"hint({text!r}): expected a sentence")

    def mark(check: Check) -> Check:
        setattr(check, HINT_ATTRIBUTE, " ".join(text.split()))
        return check

    return mark


def weight_of(check: object) -> float:
    """Return the weight that `points` gave, 1 without it."""
    return float(getattr(check, POINTS_ATTRIBUTE, 1.0))


def hint_of(check: object) -> str:
    """Return the text that `hint` gave, empty without it."""
    return str(getattr(check, HINT_ATTRIBUTE, ""))
