"""Formulas as text: read without evaluation, bounded, equivalent or not."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checking import AuthorError, WrongAnswer, assert_symbolic
from autograder.checking.formula import FUNCTIONS, FormulaError
from autograder.checking.formula_text import parse

SECONDS = 3.0  # far above what any of these takes, far below what evaluating them would take


@pytest.mark.parametrize(
    ("came", "expected", "variables"),
    [
        ("2*(x + y)", "2*x + 2*y", "x y"),
        ("2*t", "2*(x + y)", "x y"),
        ("2*t**1", "2*x + 2*y", "x y"),
        ("(x+y)^2 - x²- y^2", "2·x·y", "x y"),
        ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))^2", "x"),
        ("σ(x) − σ(x)^2", "exp(-x)/(1 + exp(-x))**2", "x"),
        ("1 - tanh(x)**2", "4/(exp(x) + exp(-x))^2", "x"),
        ("(y - t1)*h*(1 - h)*x1", "x1*(y*h - t1*h)*(1 - h)", "y t1 h x1"),
        ("p/(p + q)", "1/(1 + q/p)", {"p": (0.01, 1), "q": (0.01, 1)}),
        (
            "-rho/r + (1 - rho)/(1 - r)",
            "(r - rho)/(r*(1 - r))",
            {"rho": (0.01, 0.99), "r": (0.01, 0.99)},
        ),
        ("log(x^2)", "2*ln(x)", {"x": (0.1, 5)}),
        ("np.exp(x)*torch.exp(-x)", "1", "x"),
        ("relu(x)", "max(0, x)", "x"),
        ("Abs(x)", "sqrt(x^2)", "x"),
        ("-x^2", "-(x*x)", "x"),
        ("2^-x", "e^(-x*log(2))", "x"),
        ("2^3^2", "512", ""),
        ("x - - x", "2*x", "x"),
        ("sin(2*x)", "2*sin(x)*cos(x)", "x"),
        ("2x + 2y", "2*(x + y)", "x y"),
        ("2(x+y)", "2*(x + y)", "x y"),
        (r"2 \cdot (x + y)", "2*(x + y)", "x y"),
        ("$2x + 2y$", "2*(x + y)", "x y"),
        (r"$$\frac{4x + 4y}{2}$$", "2*(x + y)", "x y"),
        (r"\dfrac{x^{2}}{\sqrt{x^2}}\,\left(y\right)", "abs(x)*y", "x y"),
        ("dz/dx = 2x + 2y", "2*(x + y)", "x y"),
        (r"\frac{dz}{dx} = 2t = 2(x + y)", "2*(x + y)", "x y"),
        ("∂z/∂x = 2·t", "2*(x + y)", "x y"),
        ("z' = (x + y)2", "2*(x + y)", "x y"),
        ("2xy(x - y)(x + y)", "2*x*y*(x*x - y*y)", "x y"),
        ("-2x^2y", "-2*(x^2)*y", "x y"),
        ("3 x y/2", "1.5*x*y", "x y"),
        ("2x\n", "2*x", "x"),
        (r"\frac12x + \frac x2", "x", "x"),
        (r"x\ln 2 + \tanh x", "x*log(2) + tanh(x)", "x"),
        (r"-\ln \frac{1}{x} - (\sqrt x)", "log(x) - sqrt(x)", {"x": (0.1, 5)}),
        ("½x + ¼*(2x) + 4^½ - ⅚/(5/12)", "x", "x"),
        (r"\frac{x}2 + \frac1{2}x", "x", "x"),
        (r"\frac\pi4", "pi/4", ""),
        (r"\tfrac xy", "x/y", "x y"),
        (r"\[ \frac{dz}{dx} = 2x + 2y \]", "2*(x + y)", "x y"),
        (r"\( \displaystyle \frac{\partial z}{\partial x} = 2\bigl(x+y\bigr) \).", "2x+2y", "x y"),
        ("$2(x + y)$.", "2*(x + y)", "x y"),
        ("x⁴ + x⁻¹ - 1/x", "x^4", "x"),
        ("$h_1 - h_2 - 1$", "h1 - h2 - 1", "h1 h2"),
        (r"h_{1} - h_{ 2 } - 1", "h1 - h2 - 1", "h1 h2"),
        ("h₁ − h₂ − 1", "h1 - h2 - 1", "h1 h2"),
        ("2 t1", "2*t_1", "t_1 t"),
        (r"\operatorname{relu}(x) + \mathrm{e}^{x}", "max(0, x) + exp(x)", "x"),
        (0, "0", "x"),
        (0.5, "1/2", "x"),
    ],
    ids=str,
)  # fmt: skip
def test_equivalent_formulas_pass(came: Any, expected: str, variables: Any) -> None:
    """Whatever way it is written, the same function is the same answer."""
    where = {"t": "x + y"} if variables == "x y" else None
    assert_symbolic(came, expected, variables=variables, where=where)


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ("x + y", "2*(x + y)"),
        ("x*0 + 2*x", "2*(x + y)"),
        ("x + 1e-30", "x"),
        ("0.3333333333*x", "x/3"),
        ("x^2/x + (10^40 - 10^40 + 10^-20)", "x"),
        ("5*10^90 - 5*10^90", "x"),
        ("sqrt(x)", "x"),
        ("abs(x)", "x"),
        ("1/(x - x)", "x"),
        ("log(0)", "x"),
    ],
)
def test_other_formulas_fail_with_a_point(came: str, expected: str, wrong: Any) -> None:
    """The message gives a point at which the student's own formula can be tried, and no secret."""
    error = wrong(assert_symbolic, came, expected, variables="x y")
    assert "at x = " in error.message.lower()
    assert f"expected {expected}" in error.detail
    assert expected not in error.message.replace(came, "") or len(expected) < 4


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9**9", "factorial(10**9)", "x^99999999", "(x^999)^999", "exp(exp(exp(100)))",
        "(" * 400 + "x" + ")" * 400, "x" + "^x" * 300, "-" * 900 + "x*2", "x+" * 450 + "x",
        "sin(" * 200 + "x" + ")" * 200, "9" * 900, "1e99^1e99", "gamma(1e99)",
        "cos(" * 39 + "10^99" + ")" * 39, "tan(10^99)^1000",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_explosive_formulas_are_answered_at_once(text: str) -> None:
    """Towers, factorials and deep nests are refused or found wrong without being computed."""
    begin = time.process_time()
    with pytest.raises(WrongAnswer):
        assert_symbolic(text, "x", variables="x")
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1/2x", "write the multiplication sign: 2*x"),
        ("x/2(y)", "nothing between “2” and “(”"),
        ("2 3", "nothing between “2” and “3”"),
        ("2x = ", "an equals sign"),
        ("x == y", "an equals sign"),
        ("3 = x", "an equals sign"),
        (r"\frac{x}", "“frac” without two parts in braces"),
        (r"\frac{x}(y)", "“frac” without two parts in braces"),
        (r"\frac.5{x}", "“frac” without two parts in braces"),
        (r"\sqrt[3]{x}", "“sqrt” without brackets"),
        (r"\input{x}", "the name “input”, which is not known"),
        ("{x)", "where a closing bracket should be"),
        (r"\ln 2x", "“ln” without brackets; write ln(…)"),
        (r"\ln 2 \cdot x", "“ln” without brackets"),
        (r"\ln", "“ln” without brackets"),
        (r"\max x", "“max” without brackets"),
        (r"\ln" * 60 + " 2", "more than 40 brackets"),
        ("sin x", "“sin” without brackets; write sin(…)"),
        ("z", "the variables are x, y"),
        ("foo(x)", "the function “foo”, which is not known here"),
        ("x.__class__", "a dot that belongs to no number"),
        ("__import__('os').system('true')", "quotation marks"),
        ("lambda: x", "“:” (colon)"),
        ("x if y else x", "“if”, which is not known here"),
        ("[x for x in y]", "“for”, which is not known here"),
        ("x;y", "“;” (semicolon)"),
        ("x\u202ey", "right-to-left override"),
        ("ｘ", "“ｘ”"),
        ("x\u0435", "which is not known here"),
        ("²x", "where a number"),
        ("١+x", "digits 0 to 9"),
        ("(x", "never closed"),
        ("x)", "closing bracket without"),
        ("(x]", "where a closing bracket should be"),
        ("x +", "ends where"),
        ("*x", "“*” where a number"),
        ("", "is not filled in yet"),
        ("...", "is not filled in yet"),
        ("max(x)", "gives “max” 1 values"),
        ("sin(x, y)", "gives “sin” 2 values"),
        ("x" * 1001, "1001 characters"),
    ],
)
def test_what_is_no_formula_is_said(text: str, says: str, wrong: Any) -> None:
    """Each mistake of writing has its own sentence; nothing is evaluated as code."""
    assert says in wrong(assert_symbolic, text, "x", variables="x y").message


@pytest.mark.parametrize(
    "value", [None, ..., True, [1], torch.ones(2), 1j, float("nan"), b"x"], ids=str
)
def test_what_is_no_text_is_said(value: Any, wrong: Any) -> None:
    """A formula is text, a number, or an object with a text."""
    message = wrong(assert_symbolic, value, "x", variables="x").message
    assert "as text" in message or "not known" in message


def test_known_mistakes_are_explained(wrong: Any) -> None:
    """`why` is matched by equivalence too."""
    error = wrong(
        assert_symbolic,
        "(x + y)*1",
        "2*(x + y)",
        variables="x y",
        why={"y + x": "that is t itself"},
    )
    assert error.message.endswith("is not right: that is t itself")


@pytest.mark.parametrize(
    "arguments",
    [
        {"expected": "x +", "variables": "x"},
        {"expected": "z", "variables": "x"},
        {"expected": "sqrt(-1 - x^2)", "variables": "x"},
        {"expected": "x", "variables": {"x": (1, 1)}},
        {"expected": "x", "variables": "1x"},
    ],
    ids=str,
)
def test_an_authors_bad_formula_is_a_fault(arguments: Any) -> None:
    """What cannot be read or compared on our side never becomes a verdict."""
    with pytest.raises(AuthorError):
        assert_symbolic("x", **arguments)


@settings(max_examples=300)
@given(st.text(max_size=40) | st.text(alphabet="xy+-*/^()2.e ,[]sinlog", max_size=40))
def test_any_text_is_a_formula_or_a_message(text: str) -> None:
    """Reading raises nothing but `FormulaError`."""
    try:
        parse(text, ("x", "y"))
    except FormulaError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


_formulas = st.recursive(
    st.sampled_from(["x", "y", "1", "2.5", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(sorted(set(FUNCTIONS) - {"max", "min"})), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        inner.map(lambda p: f"(-{p})"),
    ),
    max_leaves=8,
)


@settings(max_examples=80)
@given(_formulas)
def test_a_formula_is_itself_and_not_one_more(text: str) -> None:
    """Wherever it is defined, a formula equals its double halved, and not itself plus one."""
    try:
        assert_symbolic(f"({text})*2/2", text, variables="x y")
    except AuthorError:
        return  # defined almost nowhere
    with pytest.raises(WrongAnswer):
        assert_symbolic(f"{text} + 1", text, variables="x y")
