"""Answers that are a table filled in step by step.

What it guarantees:

- Rows may come as tuples, lists, dicts by column name, a dict of columns, a dict by step name, or a
  two-dimensional array or tensor; a table of one column as a flat list.
- The message names the step and the column that differ first, and what stands there.
- Cells are numbers (text such as `"1/2"` counts as the number) or words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.number import near, read_number, read_text
from autograder.checking.text import describe, is_blank, quote, show, title
from autograder.checking.tolerance import FLOAT32, Tolerance


def assert_trace(
    rows: Any,
    expected: Sequence[Sequence[Any]],
    *,
    columns: Sequence[str],
    tolerance: Tolerance = FLOAT32,
    steps: Sequence[str] | None = None,
    given: int = 0,
    judged: Collection[str] | None = None,
    what: str = "the table",
) -> None:
    """Check a table row by row.

    Args:
        rows: what came from the student.
        expected: one row per step, one cell per column; numbers or words.
        columns: the names of the columns, as the exercise names them.
        tolerance: for the numbers.
        steps: the names of the steps; default 1, 2, 3, …
        given: so many leading columns were given in the exercise: they may be left out or changed.
        judged: only these columns are compared; default all that are not given. The table still
            has all columns.
        what: how the message calls the table.

    Raises:
        WrongAnswer: it differs.
    """
    wanted = [list(row) for row in expected]
    names = [str(step) for step in steps] if steps else [str(i + 1) for i in range(len(wanted))]
    if len(names) != len(wanted) or any(len(row) != len(columns) for row in wanted):
        raise AuthorError(f"expected {len(names)} steps of {len(columns)} columns; got {wanted!r}")
    if not 0 <= given < len(columns):
        raise AuthorError(f"given is {given}; expected less than {len(columns)}")
    unknown = [column for column in judged or () if column not in columns[given:]]
    if unknown:
        raise AuthorError(f"judged names {unknown[0]!r}; expected some of {tuple(columns[given:])}")
    heading = title(what)
    if is_blank(rows):
        raise WrongAnswer(f"{heading} is not filled in yet; expected a list with one row per step.")
    came = _rows(rows, columns, names, heading)
    if len(came) != len(wanted):
        raise WrongAnswer(f"{heading} has {len(came)} rows; expected {len(wanted)}, one per step.")
    wrong: list[str] = []
    first, before = "", 0  # the first problem, and how many cells before it are right
    for name, row, right in zip(names, came, wanted, strict=True):
        cells = _cells(row, columns, given, f"{heading}, step {name}")
        for column, cell, value in zip(columns[given:], cells, right[given:], strict=True):
            if judged is not None and column not in judged:
                continue
            problem = _problem(cell, value, tolerance)
            before += not wrong and not problem
            if problem:
                wrong.append(f"step {name}, {column}: came {show(cell)}, expected {show(value)}")
                first = first or f"{heading}, step {name}: {quote(column)} {problem}."
    if wrong:
        total = len(wanted) * (len(columns) - given if judged is None else len(set(judged)))
        raise WrongAnswer(
            first
            + (" Everything before it is right." if before else "")
            + (
                f" In all, {len(wrong)} of {total} values differ; later ones may follow from it."
                if len(wrong) > 1
                else ""
            ),
            "\n".join(wrong[:50]),
        )


def _problem(cell: Any, value: Any, tolerance: Tolerance) -> str:
    if is_blank(cell):
        return "is not filled in yet"
    if isinstance(value, str):
        if not isinstance(cell, str | int | float):
            return f"is {describe(cell)}; expected a word"
        same = " ".join(str(cell).casefold().split()) == " ".join(value.casefold().split())
        return "" if same else f"is {show(cell)}; that is not right"
    if isinstance(value, bool):
        alone = isinstance(cell, np.generic | np.ndarray | torch.Tensor) and prod(cell.shape) == 1
        plain = cell.item() if alone else cell
        if not isinstance(plain, bool | int | float) or plain not in (0, 1):
            return f"is {describe(cell)}; expected True or False"
        return "" if bool(plain) is value else f"is {show(plain)}; that is not right"
    wanted = read_number(value)
    if wanted is None:
        raise AuthorError(f"expected cell {value!r} is neither a finite number nor a word")
    if isinstance(cell, str):
        number, trouble = read_text(cell, {})
        if number is None:
            return f"is {show(cell)}: {trouble}"
    else:
        number = read_number(cell)
        if number is None:
            return f"is {describe(cell)}; expected one finite number"
    return "" if near(number, wanted, tolerance) else f"is {show(cell)}; that is not right"


def _rows(rows: Any, columns: Sequence[str], names: Sequence[str], heading: str) -> list[Any]:
    if isinstance(rows, torch.Tensor | np.ndarray):
        if rows.ndim not in (1, 2):
            raise WrongAnswer(f"{heading} is {describe(rows)}; expected rows and columns.")
        return list(rows.tolist())
    if type(rows) is dict and (rows or names):
        if all(isinstance(key, str) for key in rows):
            by_name = {_key(key): value for key, value in rows.items()}
            if names and all(_key(name) in by_name for name in names):
                return [by_name[_key(name)] for name in names]
            if all(_key(column) in by_name for column in columns):
                return _transposed([by_name[_key(column)] for column in columns], columns, heading)
        elif len(rows) == len(names):  # a dict by step number
            return list(rows.values())
        if not names:
            raise WrongAnswer(f"{heading} is {describe(rows)}; expected no rows.")
        missing = [name for name in names if _key(name) not in {_key(str(k)) for k in rows}]
        raise WrongAnswer(f"{heading} has no row {quote(missing[0] if missing else names[0])}.")
    if type(rows) not in (list, tuple, dict):
        raise WrongAnswer(f"{heading} is {describe(rows)}; expected a list with one row per step.")
    return list(rows)


def _transposed(parts: list[Any], columns: Sequence[str], heading: str) -> list[Any]:
    plain = [
        part.tolist() if isinstance(part, torch.Tensor | np.ndarray) else part for part in parts
    ]
    for column, part in zip(columns, plain, strict=True):
        if type(part) not in (list, tuple):
            raise WrongAnswer(f"{heading}: {quote(column)} is {describe(part)}; expected a list.")
        if len(part) != len(plain[0]):
            raise WrongAnswer(
                f"{heading}: {quote(column)} has {len(part)} values, {quote(columns[0])} "
                f"has {len(plain[0])}."
            )
    return [list(row) for row in zip(*plain, strict=True)]


def _cells(row: Any, columns: Sequence[str], given: int, place: str) -> list[Any]:
    """Return the cells of one row that the student fills in."""
    if isinstance(row, torch.Tensor | np.ndarray) and row.ndim == 1:
        row = row.tolist()
    if type(row) is dict:
        by_name = {_key(str(key)): value for key, value in row.items()}
        missing = [column for column in columns[given:] if _key(column) not in by_name]
        if missing:
            raise WrongAnswer(f"{place}: there is no {quote(missing[0])}.")
        return [by_name[_key(column)] for column in columns[given:]]
    if type(row) not in (list, tuple):
        if len(columns) - given == 1:
            return [row]
        raise WrongAnswer(f"{place} is {describe(row)}; expected the columns {', '.join(columns)}.")
    if len(row) == len(columns):
        return list(row[given:])
    if len(row) == len(columns) - given:
        return list(row)
    raise WrongAnswer(
        f"{place} has {len(row)} values; expected {len(columns)}: {', '.join(columns)}."
    )


def _key(name: str) -> str:
    return "".join(name.casefold().split())
