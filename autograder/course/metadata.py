"""Read what an exercise is for: the tables `[exercises.<grade_id>]` of `assignment.toml`.

What it guarantees:

- Every key is known, of the right type and within its bounds; all that is wrong is said, each with
  the line of its table or key.
- Nothing here is part of what a submission is graded by: no report depends on it.

Keys: `kind`, `goals`, `minutes`, `difficulty` and `source` (all needed), `needs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.course.manifest import Kind, Metadata
from autograder.course.percent import read_text
from autograder.course.problems import Problem

DIFFICULTIES = (1, 2, 3)
MOST_MINUTES = 600
_NEED = re.compile(r"[a-z][a-z0-9_-]{0,63}/[a-z][a-z0-9_-]{0,63}")


def read_metadata(
    raw: Mapping[str, Any], path: Path, problems: list[Problem]
) -> dict[str, Metadata]:
    """Return the metadata of each exercise that has a table.

    Args:
        raw: grade id -> table, as TOML has it.
        path: the file, in which lines are looked up.
        problems: what is wrong is added here; such a table is left out.
    """
    read = {}
    for grade_id, table in raw.items():
        found = list(_wrong(table))
        problems.extend(
            Problem(
                path, line_of_exercise(path, grade_id, key), f"exercise {grade_id!r}: {message}"
            )
            for key, message in found
        )
        if not found:
            read[grade_id] = Metadata(
                kind=Kind(table["kind"]),
                goals=tuple(table["goals"]),
                minutes=table["minutes"],
                difficulty=table["difficulty"],
                source=table["source"],
                needs=tuple(table.get("needs", ())),
            )
    return read


def line_of_exercise(path: Path, grade_id: str, key: str = "") -> int:
    """Return the line of a key in an exercise's table, of the table without it, else 0."""
    name = re.escape(grade_id)
    header = re.compile(rf"""\s*\[\s*exercises\s*\.\s*(["']?){name}\1\s*\]""")
    entry = re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*=""")
    line_of_table = 0
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if header.match(line):
            line_of_table = number
        elif line_of_table and line.startswith("["):
            break
        elif line_of_table and key and entry.match(line):
            return number
    return line_of_table


def _wrong(table: object) -> Iterator[tuple[str, str]]:
    """Yield each key of a table with what is wrong with it."""
    if not isinstance(table, dict):
        yield "", f"is {table!r}; expected a table with {', '.join(_KEYS)}"
        return
    for key in table:
        if key not in _KEYS:
            yield key, f"unknown key {key!r}; known are {', '.join(_KEYS)}"
    for key, (is_right, expected) in _KEYS.items():
        if key not in table:
            if key != "needs":
                yield "", f"no {key}; expected {expected}"
        elif not is_right(table[key]):
            yield key, f"{key} is {table[key]!r}; expected {expected}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _are_needs(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(need, str) and _NEED.fullmatch(need) for need in value)
        and len(set(value)) == len(value)
    )


_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "kind": (lambda kind: kind in list(Kind), f"one of {', '.join(Kind)}"),
    "goals": (
        lambda goals: isinstance(goals, list) and bool(goals) and all(map(_is_text, goals)),
        "a list of sentences, at least one",
    ),
    "minutes": (
        lambda minutes: _is_whole(minutes, 1, MOST_MINUTES),
        f"a whole number from 1 to {MOST_MINUTES}",
    ),
    "difficulty": (
        lambda difficulty: _is_whole(difficulty, DIFFICULTIES[0], DIFFICULTIES[-1]),
        f"one of {', '.join(map(str, DIFFICULTIES))}",
    ),
    "source": (_is_text, 'where it is from, such as "S4 p. 12"'),
    "needs": (_are_needs, 'a list of "assignment/grade_id", each once'),
}
