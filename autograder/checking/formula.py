"""A formula as a tree, and its value at a point; `checking.formula_text` reads one from text.

What it guarantees:

- `evaluate` is bounded: a value beyond 10^±100, an exponent beyond ±1000, a division by zero or an
  ill-conditioned result is *undefined* there, never a long computation.
- The same formula and values give the same result everywhere: the arithmetic is mpmath's.

What it does not do: simplify or prove; `autograder.checking.symbolic` compares values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mpmath

from autograder.checking.errors import CheckingError

LARGEST = mpmath.mpf(10) ** 100
_LARGEST_EXPONENT = 1_000
_PRECISIONS = (120, 240)  # decimal digits; a point where they disagree is ill-conditioned
_AGREEMENT = mpmath.mpf(10) ** -60


class FormulaError(CheckingError):
    """A text is no formula of the allowed kind; the message is for the student."""


class UndefinedError(CheckingError):
    """A formula has no usable value at a point."""


@dataclass(frozen=True)
class Formula:
    """One node of a formula.

    Args:
        kind: `number`, `variable`, `constant`, `function`, `negative`, or an operator `+ - * / ^`.
        name: the variable's, constant's or function's name; a number's text.
        parts: the operands.
    """

    kind: str
    name: str = ""
    parts: tuple[Formula, ...] = ()

    def variables(self) -> set[str]:
        """Return the names of the variables that occur."""
        found: set[str] = set()
        pending = [self]
        while pending:
            node = pending.pop()
            if node.kind == "variable":
                found.add(node.name)
            pending.extend(node.parts)
        return found


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _real_only(function: Any) -> Any:
    def real(x: Any) -> Any:
        value = mpmath.mpc(x)
        if abs(value.imag) > _AGREEMENT:
            raise UndefinedError("not real")
        return function(value.real)

    return real


FUNCTIONS: dict[str, Any] = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sqrt": mpmath.sqrt,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "sech": mpmath.sech,
    "sigmoid": _sigmoid,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": _real_only(lambda x: x if x > 0 else mpmath.mpf(0)),
    "abs": _real_only(abs),
    "sign": _real_only(mpmath.sign),
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "max": None,
    "min": None,
}


def evaluate(formula: Formula, values: Mapping[str, Any]) -> Any:
    """Return the real value of a formula, sure to at least 50 digits.

    Raises:
        UndefinedError: it has no real, finite, well-conditioned value there.
    """
    results = []
    for digits in _PRECISIONS:
        with mpmath.workdps(digits):
            results.append(_value(formula, values))
    rough, fine = results
    with mpmath.workdps(_PRECISIONS[0]):
        if abs(rough - fine) > _AGREEMENT * max(abs(fine), _AGREEMENT):
            raise UndefinedError("ill-conditioned")
        if abs(mpmath.im(fine)) > _AGREEMENT * max(abs(fine), _AGREEMENT):
            raise UndefinedError("not real")
        return mpmath.re(fine)


def _value(node: Formula, values: Mapping[str, Any]) -> Any:
    if node.kind == "number":
        result = mpmath.mpf(node.name)
    elif node.kind == "variable":
        result = values[node.name]
    elif node.kind == "constant":
        result = +mpmath.pi if node.name == "pi" else mpmath.e + 0
    else:
        parts = [_value(part, values) for part in node.parts]
        try:
            result = _operate(node, parts)
        except (ZeroDivisionError, ValueError, OverflowError, TypeError) as error:
            raise UndefinedError(f"{node.kind} {node.name}: {error}") from error
    if not mpmath.isfinite(result) or abs(result) > LARGEST:
        raise UndefinedError(f"{node.kind} {node.name}: too large")
    return result


def _operate(node: Formula, parts: list[Any]) -> Any:
    if node.kind == "negative":
        return -parts[0]
    if node.kind == "function":
        if node.name in ("max", "min"):
            reals = [_real_only(lambda x: x)(part) for part in parts]
            return max(reals) if node.name == "max" else min(reals)
        return FUNCTIONS[node.name](parts[0])
    left, right = parts
    if node.kind == "+":
        return left + right
    if node.kind == "-":
        return left - right
    if node.kind == "*":
        return left * right
    if node.kind == "/":
        if abs(right) * LARGEST < 1:
            raise ZeroDivisionError
        return left / right
    if abs(right) > _LARGEST_EXPONENT:
        raise UndefinedError("exponent too large")
    if left == 0:
        if mpmath.re(right) < 0:
            raise ZeroDivisionError
        return mpmath.mpf(1) if right == 0 else mpmath.mpf(0)
    return mpmath.power(left, right)
