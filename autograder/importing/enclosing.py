"""A visible test put into a function, so that what it binds hides no answer from hidden checks.

What it guarantees: the function does what the lines did, or there is none.
"""

from __future__ import annotations

import ast

from autograder.importing.surroundings import parse


def enclosed(source: str, clash: set[str]) -> str:
    """Return a test as the body of a function, empty when it would not be the same there."""
    tree = parse(source)
    seen: dict[str, bool] = {}
    for node in sorted(
        (n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in clash),
        key=lambda n: (n.lineno, not isinstance(n.ctx, ast.Load)),
    ):
        seen.setdefault(node.id, isinstance(node.ctx, ast.Load))
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant | ast.JoinedStr)]
    if any(seen.values()) or any(n.end_lineno != n.lineno for n in texts):
        return ""  # read before it is bound, or text of several lines that would be indented
    lines = [f"    {line}" if line.strip() else "" for line in source.split("\n")]
    return "\n".join(["def self_check():", *lines, "", "", "self_check()"])
