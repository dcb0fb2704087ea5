"""Named tolerances: how far an answer may be off, and why so far.

What it guarantees: every tolerance says its reason; a check names one instead of inventing numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.checking.errors import AuthorError


@dataclass(frozen=True)
class Tolerance:
    """`|actual - expected| <= absolute + relative * |expected|`.

    Args:
        relative: share of the expected value.
        absolute: in the value's own unit.
        reason: why this much, and no more, is fair.
    """

    relative: float
    absolute: float
    reason: str

    def __post_init__(self) -> None:
        if not (0 <= self.relative < 1 and 0 <= self.absolute < float("inf")):
            raise AuthorError(
                f"a tolerance needs 0 <= relative < 1 and 0 <= absolute; got {self.relative!r}, "
                f"{self.absolute!r}"
            )


EXACT = Tolerance(0.0, 0.0, "copies, counts and permutations involve no rounding")
FLOAT64 = Tolerance(1e-9, 1e-12, "some hundred float64 operations in any order")
FLOAT32 = Tolerance(1e-4, 1e-5, "some hundred float32 operations in any order")
GRADIENT = Tolerance(1e-3, 1e-5, "float32 gradients summed over time or a batch, in any order")


def at_least_float32(tolerance: Tolerance) -> Tolerance:
    """Return the tolerance for an answer in float32 or less, which holds seven digits.

    A type with fewer digits than float32 loosens nothing further.
    """
    return Tolerance(
        max(tolerance.relative, FLOAT32.relative),
        max(tolerance.absolute, FLOAT32.absolute),
        f"{tolerance.reason}; the answer is in single precision",
    )


def rounded(decimals: int) -> Tolerance:
    """Return the tolerance of a value worked out by hand and rounded to so many decimals.

    One unit in the last decimal: intermediate values may have been rounded too.
    """
    return Tolerance(0.0, 1.000001 * 10.0**-decimals, f"worked by hand to {decimals} decimals")
