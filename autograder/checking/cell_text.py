"""The one reader of Python that a student wrote, in a process of ours.

What it guarantees:

- Time and memory grow with the text's length and no faster, whatever the text is. What is too
  long, has too long a dotted name or is nested too deeply is not read: a tree that comes back can
  be walked and visited.
- `cell_tree` reads a cell as a notebook does: prompts and a common indentation go, of a magic that
  runs code (`%time`, `%%capture`) the code stays, and any other magic is left out.
- Nothing runs. A tree becomes text again by `text_of` alone, and only when the text is read as the
  same tree.

What it does not do: know what a magic does that runs code from elsewhere (`%run`), or magics that
the notebook defines.

The parser itself can be made to work: it keeps every prefix of a dotted name in an import, so that
`import a.a.a…` of 200 kB takes ten gigabytes. IPython's own reading of magics goes through the
whole text once for each of them: 20 kB of `%a` take two minutes.
"""

from __future__ import annotations

import ast
import re
from typing import Final

MOST_CHARACTERS: Final = 100_000  # of one cell
MOST_DEPTH: Final = 200  # nodes inside each other; a sum of 100 numbers has 100
_LONG_NAME: Final = re.compile(r"(?:\.[\s\\]*+\w++[\s\\]*+){50}")
_PROMPT: Final = re.compile(r"^(?:>>> ?|\.\.\. ?|In \[\d+\]: ?|\s*\.\.\.+: ?)", re.MULTILINE)
_HAS_PROMPT: Final = re.compile(r"\s*(?:>>>|In \[\d+\]:)")
_CELL_MAGIC: Final = re.compile(r"\s*%%(\w+)([^\n]*)\n?")
_WITH_CODE: Final = frozenset({"time", "timeit", "prun", "capture"})
_CODE_ON_ITS_LINE: Final = frozenset({"time", "timeit", "prun"})
_OPTIONS: Final = re.compile(r"^(?:\s*+-\w++(?:\s*+\d++)?+)*+\s*+")
# What may stand at the beginning of a statement's line, and is no Python.
_MAGIC: Final = re.compile(
    r"(?P<before>[ \t]*+(?:[\w., ]++=[ \t]*+)?+)(?:%(?!%)(?P<name>\w*+)|[!?]|(?P<call>[/,;]))"
    r"(?P<rest>(?:[^\n\\]|\\.)*+)",
    re.DOTALL,
)
_HELP: Final = re.compile(r"(?P<before>[ \t]*+)[\w.*%]++\?\??[ \t]*+(?=\n|\Z)")
_PIECE: Final = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\"|\Z)|'''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|\#[^\n]*+|\\\n"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>\n)|[^\"'\#\\()\[\]{}\n]++|\\",
    re.DOTALL,
)


class TooLargeError(Exception):
    """A text is too long or nested too deeply to be read here; it may well run."""


def python_tree(text: str) -> ast.Module | None:
    """Return the tree of a text; `None` when it is no Python as it stands, or too much of it."""
    try:
        return _tree(text)
    except TooLargeError:
        return None


def cell_tree(text: str) -> ast.Module | None:
    """Return the tree of what runs when a cell does; `None` when it cannot be read as Python.

    Raises:
        TooLargeError: nobody knows.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLargeError
    # where Python ends a line: `str.splitlines` knows more ends, which may stand in a comment
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = None if text[:1] in (" ", "\t") or _HAS_PROMPT.match(text) else _tree(text)
    return plain if plain is not None else _tree(_without_magics(_without_margin(text)))


def text_of(tree: ast.Module) -> str:
    """Return the text of a program.

    Raises:
        ValueError: there is none that is read as the same program, as of some f-strings.
    """
    try:
        text = ast.unparse(tree)
        again = ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("the program cannot be written as text") from error
    if ast.dump(again) != ast.dump(tree):
        raise ValueError("the program cannot be written as text")
    return text


def dotted_name(node: ast.AST) -> str:
    """Return `a.b.c` for a name with attributes, empty for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _tree(text: str) -> ast.Module | None:
    if len(text) > MOST_CHARACTERS or _LONG_NAME.search(text):
        raise TooLargeError
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError) as error:
        raise TooLargeError from error
    level: list[ast.AST] = [tree]
    for _ in range(MOST_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise TooLargeError


def _without_margin(text: str) -> str:
    """Return the text without prompts and without the first line's indentation."""
    if _HAS_PROMPT.match(text):
        text = _PROMPT.sub("", text.lstrip())
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    return "\n".join([line.removeprefix(margin) for line in lines]) if margin else text


def _without_magics(text: str) -> str:
    """Return a cell's text with Python in the place of what IPython reads."""
    kept: list[str] = []
    while magic := _CELL_MAGIC.match(text):
        if magic[1] not in _WITH_CODE:
            return ""
        code = _OPTIONS.sub("", magic[2]).strip() if magic[1] in _CODE_ON_ITS_LINE else ""
        kept.append(f"{code}\n")
        text = text[magic.end() :]
    position, depth, at_start = 0, 0, True
    while position < len(text):
        if at_start and depth == 0 and (magic := _MAGIC.match(text, position)):
            kept.append(magic["before"] + _in_place(magic))
            position, at_start = magic.end(), False
            continue
        if at_start and depth == 0 and (asked := _HELP.match(text, position)):
            kept.append(f"{asked['before']}pass")
            position, at_start = asked.end(), False
            continue
        piece = _PIECE.match(text, position)
        assert piece is not None  # it matches any character
        kept.append(piece[0])
        depth = max(0, depth + bool(piece["open"]) - bool(piece["close"]))
        position, at_start = piece.end(), bool(piece["end"])
    return "".join(kept)


def _in_place(magic: re.Match[str]) -> str:
    """Return what a line magic runs, on as many lines; `pass` or `None` where nothing is known."""
    code = _OPTIONS.sub("", magic["rest"]).strip() if magic["name"] in _CODE_ON_ITS_LINE else ""
    code = code or ("None" if "=" in magic["before"] else "pass")
    return code + "\n" * (magic["rest"].count("\n") - code.count("\n"))
