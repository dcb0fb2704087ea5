"""Answers that are a formula, judged by equivalence with the expected one.

What it guarantees:

- The student's text is read by `autograder.checking.formula_text` and never evaluated as code;
  reading and comparing are bounded and deterministic, and cannot hang.
- Two formulas are equivalent when they agree to 40 digits wherever the expected one is defined, at
  points drawn from the author's domain by a fixed seed.

What it does not do: prove. For formulas of this size that agree at so many random points with so
many digits a proof would add nothing, and its time would make verdicts depend on the machine.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import mpmath

from autograder.checking.clean import clean
from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.formula import Formula, FormulaError, UndefinedError, evaluate
from autograder.checking.formula_text import parse
from autograder.checking.remote import RemoteObject
from autograder.checking.text import describe, is_blank, quote, title

_POINTS = 16
_TRIES = 120
_SURE = 6  # fewer defined points than this say nothing
_AGREEMENT = mpmath.mpf(10) ** -40
_DEFAULT_DOMAIN = (-2.0, 2.0)
Domains = Mapping[str, tuple[float, float]]


def assert_symbolic(
    value: Any,
    expected: str,
    *,
    variables: str | Sequence[str] | Domains,
    where: Mapping[str, str] | None = None,
    why: Mapping[str, str] | None = None,
    what: str = "the formula",
) -> None:
    """Check that a formula is equivalent to the expected one.

    Args:
        value: text, a number, or a sympy expression of the student's.
        expected: the formula as text, in the variables.
        variables: `"x y"`, or name -> (low, high), the interval in which it counts (default
            (-2, 2)).
        where: further names that the student may use -> what they stand for: `{"t": "x + y"}`.
        why: known wrong formula -> what to tell a student who gives an equivalent one.
        what: how the message calls the formula.

    Raises:
        WrongAnswer: it is no formula, or not equivalent.
        AuthorError: the author's own formulas cannot be read or compared.
    """
    domains = _domains(variables)
    meanings = {name: _own(text, domains) for name, text in (where or {}).items()}
    names = [*domains, *meanings]
    right = _own(expected, names)
    name = title(what)
    text = _text(value, name)
    try:
        came = parse(text, names)
    except FormulaError as error:
        raise WrongAnswer(f"{name} {quote(text)} {error}.") from error
    problem = _difference(came, right, domains, meanings)
    if not problem:
        return
    staff = f"came {clean(text, 300)}, expected {expected}"
    for known, explanation in (why or {}).items():
        if not _difference(came, _own(known, names), domains, meanings):
            raise WrongAnswer(f"{name} {quote(text)} is not right: {explanation}", staff)
    raise WrongAnswer(f"{name} {quote(text)} is not right. {problem}", staff)


def _difference(
    came: Formula, right: Formula, domains: Domains, meanings: Mapping[str, Formula]
) -> str:
    """Return where the formulas differ, for the student; empty when they are equivalent."""
    draw = random.Random("formula")
    compared = 0
    for _ in range(_TRIES):
        if compared == _POINTS:
            break
        point = {name: mpmath.mpf(draw.randint(1, 9_999)) / 10_000 for name in domains}
        point = {n: low + (high - low) * point[n] for n, (low, high) in domains.items()}
        try:
            values = dict(point)
            for name, meaning in meanings.items():
                values[name] = evaluate(meaning, point)
            wanted = evaluate(right, values)
        except UndefinedError:
            continue
        compared += 1
        try:
            found = evaluate(came, values)
        except UndefinedError:
            return f"It has no value {_at(values)}."
        with mpmath.workdps(80):
            if abs(found - wanted) > _AGREEMENT * abs(wanted) + _AGREEMENT**2:
                return (
                    f"{_at(values)[:1].upper()}{_at(values)[1:]} it gives {mpmath.nstr(found, 6)}."
                )
    if compared < _SURE:
        raise AuthorError(
            f"the expected formula is defined at {compared} of {_TRIES} points in {dict(domains)}; "
            "give the variables the intervals in which it is"
        )
    return ""


def _at(values: Mapping[str, Any]) -> str:
    if not values:
        return "as it stands"
    return "at " + ", ".join(f"{name} = {mpmath.nstr(value, 4)}" for name, value in values.items())


def _own(text: str, names: Any) -> Formula:
    try:
        return parse(text, list(names))
    except FormulaError as error:
        raise AuthorError(f"the author's formula {text!r} {error}") from error


def _domains(variables: str | Sequence[str] | Domains) -> dict[str, tuple[float, float]]:
    if isinstance(variables, Mapping):
        domains = {str(name): (float(low), float(high)) for name, (low, high) in variables.items()}
    else:
        names = variables.replace(",", " ").split() if isinstance(variables, str) else variables
        domains = {str(name): _DEFAULT_DOMAIN for name in names}
    for name, (low, high) in domains.items():
        if not (name.isidentifier() and -1e6 <= low < high <= 1e6):
            raise AuthorError(f"variable {name!r} with the interval ({low}, {high})")
    return domains


def _text(value: Any, name: str) -> str:
    if is_blank(value):
        raise WrongAnswer(f"{name} is not filled in yet; write it as text.")
    if isinstance(value, RemoteObject):
        return value.__text__()
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e30:
        return repr(value)
    raise WrongAnswer(f'{name} is {describe(value)}; write it as text, for example "2*x + 1".')
