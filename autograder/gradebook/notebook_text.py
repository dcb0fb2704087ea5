"""Write a notebook as text, in the form of nbformat, many times as fast.

What it guarantees: for a notebook of `notebook.AutogradedNotebook` the text equals what
`nbformat.writes` gives, so nbgrader's tools read and write it without changing it. The standard
library writes indented JSON in Python, one small piece at a time; here whole lists of lines are
written at once, and what many notebooks have in common only once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring  # the C function; escapes nothing beyond ASCII
from typing import Any

_ITEM = "\n  "  # where a cell begins
_CELL = "\n   "  # and where its entries begin
_OUTPUT = "\n    "
_quoted = encode_basestring
_plain = json.JSONEncoder(allow_nan=False).encode


class Written(str):
    """A value as it stands in the file, to be put into many notebooks."""

    __slots__ = ()


def notebook_text(notebook: Mapping[str, Any]) -> str:
    """Return the text of the notebook's file: sorted keys, one list item per line of text.

    Its cells are those of `written_cell`.
    """
    return _written(notebook, "\n") + "\n"


def written_cell(cell: Mapping[str, Any]) -> Written:
    """Write a cell."""
    made = {**cell, "source": cell["source"].splitlines(keepends=True)}
    if cell["cell_type"] == "code":
        made["outputs"] = [_output_with_lines(output) for output in cell["outputs"]]
    return Written(_written(made, _ITEM))


def written_metadata(metadata: Mapping[str, Any]) -> Written:
    """Write the metadata of a cell beforehand."""
    return Written(_written(metadata, _CELL))


def written_output(output: Mapping[str, Any]) -> Written:
    """Write an output of a cell beforehand."""
    return Written(_written(_output_with_lines(output), _OUTPUT))


def _written(value: Any, newline: str) -> str:
    if isinstance(value, str):
        return value if type(value) is Written else _quoted(value)
    deeper = newline + " "
    if isinstance(value, dict):
        if not value:
            return "{}"
        items = [f"{_quoted(key)}: {_written(value[key], deeper)}" for key in sorted(value)]
        return f"{{{deeper}{f',{deeper}'.join(items)}{newline}}}"
    if isinstance(value, list):
        if not value:
            return "[]"
        if type(value[0]) is str:  # lines of text
            return f"[{deeper}{f',{deeper}'.join(map(_quoted, value))}{newline}]"
        items = [_written(item, deeper) for item in value]
        return f"[{deeper}{f',{deeper}'.join(items)}{newline}]"
    return str(value) if type(value) is int else _plain(value)  # truth values, null, other numbers


def _output_with_lines(output: Mapping[str, Any] | Written) -> Mapping[str, Any] | Written:
    if isinstance(output, Written) or output["output_type"] == "error":
        return output
    if output["output_type"] == "stream":
        return {**output, "text": output["text"].splitlines(keepends=True)}
    data = {
        mime: value.splitlines(keepends=True) if mime.startswith("text/") else value
        for mime, value in output["data"].items()
    }
    return {**output, "data": data}
