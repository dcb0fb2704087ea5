"""Answers that are one number, perhaps with a unit.

What it guarantees:

- Python's numbers, Fraction, Decimal, sympy's numbers and scalars of numpy and torch count alike.
- Text is read by a small grammar of our own (`12`, `-0.5`, `1e-3`, `1/3`, `19,660,900`, `3 px`,
  `19{,}660{,}900`, `9 million`, `0.1*sqrt(2)/2`), never evaluated as code; its length is bounded.
- Whole numbers of any size are compared exactly.
- A known wrong number gets the author's explanation of the mistake behind it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import torch

from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.formula import FormulaError, UndefinedError, evaluate
from autograder.checking.formula_text import parse
from autograder.checking.remote import RemoteObject
from autograder.checking.text import describe, is_blank, quote, show, title
from autograder.checking.tolerance import EXACT, Tolerance

_TEXT_CHARACTERS = 100
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<value>\d{1,3}(?:[,_ ]\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
    r"(?P<power>[eE][+-]?\d{1,3})?(?:\s*/\s*(?P<below>\d+(?:\.\d*)?|\.\d+))?"
    r"\s*(?P<unit>[^\d\s].{0,20})?",
    re.ASCII,
)

_TEX_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|\\[,;: ])(?=\d{3}(?!\d))", re.ASCII)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}


def assert_number(
    value: Any,
    expected: float | Fraction,
    *,
    tolerance: Tolerance = EXACT,
    unit: str | Mapping[str, float] = "",
    why: Mapping[float, str] | None = None,
    what: str = "the answer",
    text: bool = True,
) -> None:
    """Check one number: an int, float, one-element tensor or array, or text such as `"3 px"`.

    Args:
        value: what came from the student.
        expected: the number, in the first unit.
        tolerance: a named one; a float that was computed needs one.
        unit: the unit that may stand behind the number in text, or a mapping of units to their
            size in the first one, for example `{"m": 1, "cm": 0.01}`. No unit is always accepted.
        why: known wrong number -> what to tell a student who gives it.
        what: how the message calls the value.
        text: whether text counts. What a function returns is to be calculated with: there it
            does not.

    Raises:
        WrongAnswer: it is another number, or none.
    """
    wanted = _exact(expected)
    if wanted is None:
        raise AuthorError(f"expected number is {expected!r}")
    units = {unit: 1.0} if isinstance(unit, str) else dict(unit)
    name = title(what)
    if isinstance(value, str) and not text:
        raise WrongAnswer(f"{name} is {describe(value)}; expected a number, not text.")
    came = _read(value, units, name)
    if near(came, wanted, tolerance):
        return
    for known, explanation in (why or {}).items():
        other = _exact(known)
        if other is None:
            raise AuthorError(f"why has the key {known!r}; expected a number")
        if near(came, other, tolerance):
            raise WrongAnswer(
                f"{name} is not {_short(came)}: {explanation}", f"expected {expected}"
            )
    raise WrongAnswer(
        f"{name}: {_short(came)} is not right.",
        f"expected {expected}, tolerance {tolerance.relative:g} relative, "
        f"{tolerance.absolute:g} absolute ({tolerance.reason})",
    )


def near(came: Fraction, wanted: Fraction, tolerance: Tolerance) -> bool:
    """Compare exactly, tolerance included."""
    allowed = Fraction(tolerance.absolute) + Fraction(tolerance.relative) * abs(wanted)
    return abs(came - wanted) <= allowed


def read_number(value: Any) -> Fraction | None:
    """Return one number exactly; `None` for anything else.

    Args:
        value: a plain number, a one-element tensor or array, or an object of the student's whose
            text is a number, as `Fraction(1, 3)` and `sympy.sqrt(2)` have.
    """
    if isinstance(value, RemoteObject):
        return _read_object(value)
    if isinstance(value, torch.Tensor):
        if value.numel() != 1 or value.layout is not torch.strided or value.device.type == "meta":
            return None
        value = value.detach().item()
    elif isinstance(value, np.ndarray | np.generic):
        if value.size != 1:
            return None
        value = value.item()
    return _exact(value)


def _read_object(value: RemoteObject) -> Fraction | None:
    if value.type_name in ("ellipsis", "function", "type", "module"):
        return None
    return read_text(value.__text__(), {})[0]


def _calculated(text: str) -> tuple[Fraction | None, str]:
    """Return the value of a formula without variables, such as `sqrt(2)/2`, or what is wrong."""
    try:
        return Fraction(mpmath.nstr(evaluate(parse(text, ()), {}), 50)), ""
    except UndefinedError:
        return None, "it has no finite value"
    except FormulaError as error:
        if _is_formula(text):
            return None, f"expected a number, but it {error}"
        return None, "expected a number, for example 12, 0.5 or 1/3"


def _is_formula(text: str) -> bool:
    return any(character in text for character in "()[]{}*^\\")


def read_text(text: str, units: Mapping[str, float]) -> tuple[Fraction | None, str]:
    """Read a number and perhaps a unit from text: the number, or `None` and what is wrong."""
    if len(text) > _TEXT_CHARACTERS:
        return None, f"expected a number of at most {_TEXT_CHARACTERS} characters"
    plain = text.strip().lstrip("≈~=").strip().strip("$").strip().replace("−", "-")
    plain = _TEX_THOUSANDS.sub("", plain)
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return _calculated(plain)
    number = Fraction(re.sub("[,_ ]", "", match["value"]) + (match["power"] or ""))
    if match["below"] is not None:
        below = Fraction(match["below"])
        if below == 0:
            return None, "this divides by zero"
        number /= below
    unit = (match["unit"] or "").strip()
    if unit.startswith(","):
        return None, "write a decimal point, not a comma"
    scale, _, rest = unit.partition(" ")
    if scale.casefold() in _SCALES and scale not in units:
        number, unit = number * _SCALES[scale.casefold()], rest.strip()
    known_units = {name.casefold(): size for name, size in units.items()}
    factor = 1.0 if unit == "" else units.get(unit, known_units.get(unit.casefold().rstrip(".")))
    if factor is None:
        calculated, problem = _calculated(plain)  # 0.1*2, 2 pi
        if calculated is not None or _is_formula(unit):
            return calculated, problem
        known = ", ".join(quote(name) for name in units if name)
        return None, f"the unit {quote(unit)} is not known here; " + (
            f"write the number alone or with {known}" if known else "write the number alone"
        )
    return (-number if match["sign"] == "-" else number) * Fraction(factor), ""


def _read(value: Any, units: Mapping[str, float], name: str) -> Fraction:
    if is_blank(value):
        raise WrongAnswer(f"{name} is not filled in yet; expected a number.")
    if isinstance(value, str):
        number, problem = read_text(value, units)
        if number is None:
            raise WrongAnswer(f"{name} is {describe(value)}: {problem}.")
        return number
    number = read_number(value)
    if number is not None:
        return number
    raise WrongAnswer(f"{name} is {describe(value)}; expected one finite number.")


def _exact(value: Any) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return Fraction(value)


def _short(number: Fraction) -> str:
    if number.denominator == 1:
        return show(int(number))
    return show(float(number)) if abs(number) < 10**300 else "(very large)"
