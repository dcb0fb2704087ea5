"""Whether a line of the solution, read elsewhere in the release, tells something about it.

What it guarantees:

- A line is found whatever its blanks are, in code, in text, within a longer line; but as whole
  words: `loss = step(x)` is not in `train_loss = step(x)`.
- Everyday lines are spared: imports, comments, what prints or draws, a line that is one call on
  plain names, and lines of words that the course uses everywhere. A word that `k` other cells of
  the course use counts `1 / (1 + k)`, what is computed in the line counts by itself, and a line
  tells something from `TELLING` on (half of it when it is all of a solution). So text that is added
  to a course never makes a line telling.

What it does not do: find what was said in other words. It is for lines that an author forgot.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

TELLING = 2.5
_SHORT = 12  # characters without blanks; a shorter line of code may stand elsewhere by chance
_ARITHMETIC = 1.5  # the formula is what most exercises ask for
_OPERATION = 1.0
_PART = 0.5  # a call, an index
_NUMBER = 0.25  # at least, each time: tables are made of them

_TOKEN = re.compile(
    r"(?P<word>\w+(?:\.\d+)?)"
    r"|(?P<operator>\*\*=?|//=?|->|[-+*/@%<>=!:|&^]=|[-+*/@%<>&|^~])"
    r"|(?P<mark>[^\w\s])"
)
_SHOWN_ONLY = re.compile(r"(print|display|plt|ax|axes|fig|figure|logging|warnings)\b[\w.]*\s*\(")
_EVERYDAY = re.compile(
    r"(#|import\s|from\s+\S+\s+import\b|@\w[\w.]*$|(else|try|finally):|except\b.*:$)"
)
_PLAIN = r"[\w.]+(?:\[[\w.:]+\])?"
_TARGETS = rf"\(?{_PLAIN}(?:\s*,\s*{_PLAIN})*,?\)?"
_CONSTANT = r"""(?:-?[\w.]+|[frbu]?"[^"]*"|[frbu]?'[^']*'|[(\[][-\w.,\s]*[)\]])"""
_ARGUMENT = rf"\s*(?:\w+\s*=\s*|\*{{1,2}})?{_CONSTANT}\s*"
_ONE_CALL = re.compile(
    rf"(?:return\s+|yield\s+|with\s+|for\s+{_TARGETS}\s+in\s+|{_TARGETS}\s*=\s*)?(?:await\s+)?"
    rf"[\w.]+\((?:{_ARGUMENT}(?:,{_ARGUMENT})*)?,?\s*\)?(?:\s+as\s+\w+)?:?$"
)
_GRAMMAR = frozenset(keyword.kwlist) | {
    "self", "cls", "int", "float", "str", "bool", "list", "tuple", "dict", "set",
}  # fmt: skip
_COMPUTING = frozenset({"and", "or", "not", "lambda"})
_SIGNS = frozenset({"-", "+", "*", "**"})  # which also stand before one value
_ARITHMETICS = frozenset({"+", "-", "*", "/", "//", "**", "@", "%"})
_NO_OPERATION = frozenset({"->", ":="})


@dataclass(frozen=True)
class Line:
    """A line, as a sequence of words and signs.

    Args:
        text: as written, stripped.
        parts: its words, operators and other signs in order, each with its kind.
        pattern: what `haystack` of a text contains when the line is in it.
        words: what it names: no grammar, no signs.
        is_code: whether it stands in code.
    """

    text: str
    parts: tuple[tuple[str, str], ...]
    pattern: str
    words: frozenset[str]
    is_code: bool

    @classmethod
    def read(cls, text: str, *, is_code: bool) -> Line:
        """Take a line apart."""
        parts = tuple(_parts(text))
        words = frozenset(w for kind, w in parts if kind == "word" and w not in _GRAMMAR)
        return cls(text.strip(), parts, _joined(parts), words, is_code)


class Vocabulary:
    """How many cells of the course use each word, for telling what is everyday.

    Args:
        cells: the texts of all cells, the instructor's, of all assignments.
    """

    def __init__(self, cells: Iterable[str]) -> None:
        self._cells = [
            [Line.read(text, is_code=True) for text in cell.split("\n") if text.strip()]
            for cell in cells
        ]

    def tells(self, line: Line, *, is_whole: bool = False) -> bool:
        """Return whether the line says something about a solution.

        Args:
            line: of a solution.
            is_whole: whether the solution is this line alone.
        """
        if not line.is_code:
            return self._words_weight(line) >= TELLING
        if len("".join(line.text.split())) < _SHORT:
            return False
        if any(form.match(line.text) for form in (_EVERYDAY, _SHOWN_ONLY, _ONE_CALL)):
            return False
        computed = _computed(line)
        needed = TELLING / 2 if is_whole and computed >= _OPERATION else TELLING
        return self._words_weight(line) + computed >= needed

    def _words_weight(self, line: Line) -> float:
        used = Counter[str]()
        for cell in self._cells:
            others = (one.words for one in cell if line.pattern not in one.pattern)
            used.update({word for words in others for word in words & line.words})
        return sum(1 / (1 + used[word]) for word in line.words)


def haystack(text: str) -> str:
    """Return a text in the form in which a line's `pattern` is looked for."""
    return _joined(_parts(text))


def _parts(text: str) -> list[tuple[str, str]]:
    return [(str(match.lastgroup), match.group()) for match in _TOKEN.finditer(text)]


def _joined(parts: Iterable[tuple[str, str]]) -> str:
    return "\0" + "".join(f"{part}\0" for _, part in parts)


def _computed(line: Line) -> float:
    """Return how much a line of code computes: operations, calls and indices."""
    total = 0.0
    before = ("mark", "(")
    for number, (kind, part) in enumerate(line.parts):
        after_value = before[1] in (")", "]") or (
            before[0] == "word" and before[1] not in _GRAMMAR - {"self", "True", "False", "None"}
        )
        if kind == "operator" and part not in _NO_OPERATION:
            if after_value or part not in _SIGNS:
                total += _ARITHMETIC if part in _ARITHMETICS else _OPERATION
        elif part in _COMPUTING or (part in ("for", "if") and number > 0):
            total += _OPERATION
        elif part in "([" and after_value:
            total += _PART
        elif kind == "word" and part[0].isdigit():
            total += _NUMBER
        before = (kind, part)
    return total
