"""Python's parser on text that a student wrote, in a process of ours.

What it guarantees: time and memory stay small whatever the text is; `None` where there is no tree.

Parsing runs nothing, but the parser itself can be made to work: it keeps every prefix of a dotted
name in an import, so that `import a.a.a…` of 200 kB takes ten gigabytes.
"""

from __future__ import annotations

import ast
import re
from typing import Final

_MOST_CHARACTERS: Final = 100_000  # of one cell
_LONG_NAME: Final = re.compile(r"(?:\.[\s\\]*+\w++[\s\\]*+){50}")


def parse(source: str) -> ast.Module | None:
    """Return the tree of a cell, `None` when it is no Python or too much of it."""
    if len(source) > _MOST_CHARACTERS or _LONG_NAME.search(source):
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
