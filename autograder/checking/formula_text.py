r"""Formulas from text, without ever evaluating the text.

What it guarantees:

- A hand-written reader accepts numbers, the author's variables, `pi`, `e`, a fixed list of
  functions, `+ - * / ^ **` and brackets, and nothing else. Text, nesting, nodes and numbers are
  bounded before any arithmetic happens.
- It reads what people write: `2x(y + 1)`, `\frac{x}{2}`, `\frac12`, `\ln 2`, `$2 \cdot x^{2}$`,
  `h_{1}` for `h1`, `dz/dx = 2x`. What is read by some as this and by others as that (`1/2x`) is
  refused.

What it does not do: compute (`autograder.checking.formula` does).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from autograder.checking.formula import FUNCTIONS, Formula, FormulaError
from autograder.checking.text import quote

TEXT_CHARACTERS = 1_000
NODES = 400
DEPTH = 40
DIGITS = 40
_TOGETHER = 4  # variables of one letter that may stand together

_SYMBOL = re.compile(
    r"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2}(?![0-9]))?)|(?P<name>[^\W\d]\w*)"
    r"|(?P<operator>\*\*|[-+*/^()\[\]{},])|(?P<command>\\[A-Za-z]+)"
    r"|(?P<space>[ \t\n$]|\\[,;:! ()\[\]])",
    re.UNICODE,
)
_SAME = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∙": "*", "÷": "/"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
# behind a number it is added to that, which is easily taken for a product
_VULGAR = re.compile(r"(?<![\w.)\]}])[¼½¾⅐-⅞]")
_INDEX = re.compile(r"_\s*\{\s*(\w{1,20})\s*\}")  # of TeX: h_{1}
_WITH_INDEX = re.compile(r"(?<=[^\W\d])(?=\d)")
_UPRIGHT = re.compile(r"\\(?:mathrm|operatorname|text|mathit)\s*\{\s*(\w{1,20})\s*\}")
_LEFT_SIDE = re.compile(
    r"(?:\s|\$|\\[(\[])*(?:\\displaystyle\s*)?(?:\\?[^\W\d]|[∂])[\w\\{}()/'∂, ]{0,40}"
)
_COMMANDS = {"cdot": "*", "times": "*", "div": "/"}
_WITHOUT_MEANING = re.compile(r"left|right|[bB]igg?[lr]?|q?quad|displaystyle|textstyle|mathrm")
_FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac")
_NAMES = ("name", "command")
_CLOSING = {"(": ")", "[": "]", "{": "}"}

_ALIASES = {
    "ln": "log", "Abs": "abs", "σ": "sigmoid", "sigma": "sigmoid", "Max": "max", "Min": "min",
    "ReLU": "relu", "arctan": "atan", "arcsin": "asin", "arccos": "acos", "sgn": "sign",
}  # fmt: skip
_CONSTANTS = {"pi": "pi", "π": "pi", "e": "e", "E": "e"}
_PREFIXES = ("np.", "numpy.", "torch.", "math.", "sympy.", "sp.", "sym.")


def parse(text: str, variables: Collection[str]) -> Formula:
    """Read a formula.

    Args:
        text: what the student wrote.
        variables: the names that may occur besides functions and constants.

    Raises:
        FormulaError: it is no such formula; the message says where and what to write instead.
    """
    return _Reader(_symbols(_right_side(text)), variables).whole()


def _right_side(text: str) -> str:
    """Return what stands behind `dz/dx =`; a text of another form stays as it is."""
    *names, formula = text[: TEXT_CHARACTERS + 1].split("=")
    named = names and formula.strip() and _LEFT_SIDE.fullmatch(names[0])
    return formula if named and all(name.strip() for name in names) else text


def _symbols(text: str) -> list[tuple[str, str]]:
    if not text.strip():
        raise FormulaError("is empty")
    if len(text) > TEXT_CHARACTERS:
        raise FormulaError(f"has {len(text)} characters; at most {TEXT_CHARACTERS} are read")
    plain = text.translate(_SAME).translate(_LOWERED)
    plain = _VULGAR.sub(lambda one: f"({unicodedata.normalize('NFKC', one[0])})", plain)
    plain = plain.replace("\u2044", "/")
    plain = _SUPERSCRIPT.sub(lambda raised: f"^({raised[0].translate(_RAISED)})", plain)
    plain = _INDEX.sub(r"_\1", _UPRIGHT.sub(r" \1 ", plain))
    plain = re.sub(r"(?<=[\w)\]}$])\.\s*$", "", plain)  # the end of a sentence
    for prefix in _PREFIXES:
        plain = re.sub(rf"(?<![\w.]){re.escape(prefix)}(?=[A-Za-z])", "", plain)
    symbols: list[tuple[str, str]] = []
    position = 0
    while position < len(plain):
        match = _SYMBOL.match(plain, position)
        if match is None:
            raise FormulaError(_odd_character(plain, position))
        position = match.end()
        kind, symbol = str(match.lastgroup), match[0]
        if kind == "command":
            symbol = _COMMANDS.get(symbol[1:], symbol[1:])
            if _WITHOUT_MEANING.fullmatch(symbol):
                continue
            kind = "operator" if symbol in ("*", "/") else "command"
        if kind == "space" or not symbol:
            continue
        if kind == "number" and sum(c.isdigit() for c in symbol) > DIGITS:
            raise FormulaError(f"has a number of more than {DIGITS} digits")
        if kind == "number" and not symbol.isascii():
            raise FormulaError(f"has the number {quote(symbol)}; write it with the digits 0 to 9")
        symbols.append((kind, "^" if symbol == "**" else symbol))
        if len(symbols) > 3 * NODES:
            raise FormulaError("is too long; simplify it")
    return symbols


def _odd_character(text: str, position: int) -> str:
    character = text[position]
    if character == "=":
        return "has an equals sign; write only what stands to its right"
    if character in "\"'":
        return "has quotation marks inside; write the formula alone"
    if character == ".":
        return "has a dot that belongs to no number; functions are written without a module's name"
    name = unicodedata.name(character, "an unnamed character").lower()
    return f"has a character that is not understood: {quote(character)} ({name})"


class _Reader:
    """Recursive descent: sum -> product -> sign -> power -> atom."""

    def __init__(self, symbols: list[tuple[str, str]], variables: Collection[str]) -> None:
        self._symbols = symbols
        self._variables = {name: name for name in variables}
        for name in variables:  # h_1 and h1 are one, as long as no other variable is called so
            for spelling in (name.replace("_", ""), _WITH_INDEX.sub("_", name, count=1)):
                self._variables.setdefault(spelling, name)
        self._position = 0
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Formula:
        formula = self._sum()
        if self._position < len(self._symbols):
            kind, symbol = self._symbols[self._position]
            if symbol in ")]}":
                raise FormulaError("has a closing bracket without an opening one")
            if kind != "operator" or symbol in "([{":
                raise FormulaError(self._no_star(symbol))
            raise FormulaError(f"has an unexpected {quote(symbol)}")
        return formula

    def _no_star(self, symbol: str) -> str:
        before = self._symbols[self._position - 1][1] if self._position else ""
        return (
            f"has nothing between {quote(before)} and {quote(symbol)}; write the multiplication "
            f"sign: {before}*{symbol}"
        )

    def _peek(self) -> str:
        if self._position < len(self._symbols):
            kind, symbol = self._symbols[self._position]
            return symbol if kind == "operator" else ""
        return ""

    def _node(self, kind: str, name: str, *parts: Formula) -> Formula:
        self._nodes += 1
        if self._nodes > NODES:
            raise FormulaError("is too long; simplify it")
        return Formula(kind, name, parts)

    def _sum(self) -> Formula:
        self._depth += 1
        if self._depth > DEPTH:
            raise FormulaError(f"has more than {DEPTH} brackets inside each other")
        left = self._product()
        while self._peek() in ("+", "-"):
            operator = self._peek()
            self._position += 1
            left = self._node(operator, "", left, self._product())
        self._depth -= 1
        return left

    def _product(self) -> Formula:
        left, divided = self._signed(), False
        while True:
            operator = self._peek()
            if operator in ("*", "/"):
                self._position += 1
                divided = operator == "/"
                left = self._node(operator, "", left, self._signed())
            elif self._factor_follows():
                if divided:  # 1/2x is a half of x to some, and 1/(2x) to others
                    raise FormulaError(self._no_star(self._symbols[self._position][1]))
                left = self._node("*", "", left, self._power())
            else:
                return left

    def _factor_follows(self) -> bool:
        """Tell whether a factor stands behind another without a sign between them."""
        if self._position >= len(self._symbols):
            return False
        kind, symbol = self._symbols[self._position]
        before = self._symbols[self._position - 1][0]
        return symbol in ("(", "[", "{") or kind in _NAMES or (kind == "number" != before)

    def _signed(self) -> Formula:
        negative = False
        while self._peek() in ("+", "-"):
            negative ^= self._peek() == "-"
            self._position += 1
        power = self._power()
        return self._node("negative", "", power) if negative else power

    def _power(self) -> Formula:
        base = self._atom()
        if self._peek() != "^":
            return base
        self._position += 1
        self._depth += 1
        if self._depth > DEPTH:
            raise FormulaError(f"has more than {DEPTH} powers or brackets inside each other")
        exponent = self._signed()  # right-associative: a^b^c is a^(b^c)
        self._depth -= 1
        return self._node("^", "", base, exponent)

    def _atom(self) -> Formula:
        if self._position >= len(self._symbols):
            raise FormulaError("ends where a number, a variable or a bracket should follow")
        kind, symbol = self._symbols[self._position]
        self._position += 1
        if kind == "number":
            return self._node("number", symbol)
        if kind in _NAMES:
            return self._named(symbol)
        if symbol in ("(", "[", "{"):
            inner = self._sum()
            self._close(symbol)
            return inner
        raise FormulaError(f"has {quote(symbol)} where a number, a variable or a bracket should be")

    def _close(self, opening: str) -> None:
        if self._position >= len(self._symbols):
            raise FormulaError(f"has an opening {quote(opening)} that is never closed")
        if self._peek() != _CLOSING[opening]:
            kind, symbol = self._symbols[self._position]
            if kind != "operator" or symbol in "([{":
                raise FormulaError(self._no_star(symbol))
            raise FormulaError(f"has {quote(symbol)} where a closing bracket should be")
        self._position += 1

    def _group(self, command: str) -> Formula:
        """Read one part of a fraction: in braces, or one digit or letter, as TeX does."""
        if self._peek() != "{":
            kind, symbol = [*self._symbols, ("", "")][self._position]
            if kind not in ("number", *_NAMES) or not symbol[0].isalnum():
                raise FormulaError(f"has {quote(command)} without two parts in braces")
            if kind != "command" and symbol[1:]:
                rest = ("name" if symbol[1].isalpha() else "number", symbol[1:])
                self._symbols[self._position : self._position + 1] = [(kind, symbol[0]), rest]
            return self._atom()
        self._position += 1
        inner = self._sum()
        self._close("{")
        return inner

    def _without_brackets(self, symbol: str, function: str) -> Formula:
        r"""Read TeX's `\ln 2`, but not `\ln 2x`: people differ on what belongs to it."""
        refused = FormulaError(f"has {quote(symbol)} without brackets; write {symbol}(…)")
        follows = self._symbols[self._position : self._position + 1]
        is_tex = self._symbols[self._position - 1][0] == "command"
        if not is_tex or function in ("max", "min") or not follows or follows[0][0] == "operator":
            raise refused
        self._depth += 1
        if self._depth > DEPTH:
            raise FormulaError(f"has more than {DEPTH} brackets inside each other")
        part = self._power()
        self._depth -= 1
        if self._peek() in ("*", "/") or self._factor_follows():
            raise refused
        return self._node("function", function, part)

    def _named(self, symbol: str) -> Formula:
        if symbol in self._variables:
            return self._node("variable", self._variables[symbol])
        if symbol in _FRACTIONS:
            above, below = self._group(symbol), self._group(symbol)
            return self._node("/", "", above, below)
        function = _ALIASES.get(symbol, symbol)
        if function in FUNCTIONS:
            opening = self._peek()
            if opening not in ("(", "{"):
                return self._without_brackets(symbol, function)
            self._position += 1
            parts = [self._sum()]
            while self._peek() == ",":
                self._position += 1
                parts.append(self._sum())
            self._close(opening)
            if (len(parts) == 1) == (function in ("max", "min")):
                raise FormulaError(f"gives {quote(symbol)} {len(parts)} values")
            return self._node("function", function, *parts)
        if symbol in _CONSTANTS:
            return self._node("constant", _CONSTANTS[symbol])
        if len(symbol) <= _TOGETHER and all(letter in self._variables for letter in symbol):
            first, *others = [
                self._node("variable", self._variables[letter]) for letter in symbol
            ]  # xy is x·y
            for other in others:
                first = self._node("*", "", first, other)
            return first
        known = ", ".join(sorted({*self._variables.values()})) or "none"
        if self._peek() == "(":
            raise FormulaError(
                f"uses the function {quote(symbol)}, which is not known here; known are "
                + ", ".join(FUNCTIONS)
            )
        raise FormulaError(
            f"uses the name {quote(symbol)}, which is not known here; the variables are {known}. "
            "Write a multiplication of longer names with *"
        )
