"""Tracebacks as a notebook shows them, in plain text and a fraction of a millisecond.

What it guarantees: any exception gives a name, a message and lines of bounded length, whatever its
`__str__` does; frames of the machinery that runs the cell are left out.
What it does not do: show values of variables or colours.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from types import TracebackType

_CONTEXT_LINES = 2
_FRAMES_AT_START = 8
_FRAMES_AT_END = 8
_CHAIN = 3
_RULE = "-" * 75


def name_of(error: BaseException) -> str:
    """Return the name of an exception's type."""
    return str(type(error).__name__)[:200]


def message_of(error: BaseException) -> str:
    """Return an exception's text; what its `__str__` does cannot matter."""
    try:
        return str(str(error))[:2_000]
    except Exception as failure:  # noqa: BLE001 - it is the student's code
        return f"<its text cannot be shown: __str__ raised {type(failure).__name__}>"


def traceback_lines(error: BaseException, cells: Mapping[str, int]) -> list[str]:
    """Return the traceback in IPython's style.

    Args:
        error: as caught.
        cells: execution count of each cell, by the file name it was compiled under.
    """
    blocks: list[str] = []
    chain: list[tuple[BaseException, str]] = []
    current: BaseException | None = error
    link = ""
    while current is not None and len(chain) < _CHAIN and all(current is not e for e, _ in chain):
        chain.append((current, link))
        if current.__cause__ is not None:
            current, link = current.__cause__, _CAUSE
        elif current.__context__ is not None and not current.__suppress_context__:
            current, link = current.__context__, _CONTEXT
        else:
            current = None
    for one, after in reversed(chain):
        blocks.append(_heading(one))
        blocks.extend(_frames(one.__traceback__, cells))
        if isinstance(one, SyntaxError):
            blocks.append(_syntax(one, cells))
        message = message_of(one)
        blocks.append(f"{name_of(one)}: {message}" if message else name_of(one))
        if after:
            blocks.append(f"\n{after}\n")
    return blocks


_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"


def _heading(error: BaseException) -> str:
    title = "Traceback (most recent call last)"
    name = name_of(error)
    return f"{_RULE}\n{name}{title.rjust(max(len(_RULE) - len(name), len(title) + 1))}"


def _frames(tb: TracebackType | None, cells: Mapping[str, int]) -> list[str]:
    frames: list[tuple[str, int, str]] = []
    seen_cell = False
    while tb is not None:
        code = tb.tb_frame.f_code
        seen_cell = seen_cell or code.co_filename in cells
        machinery = "/IPython/" in code.co_filename and not seen_cell
        if not machinery and "/autograder/student/" not in code.co_filename:
            frames.append((code.co_filename, tb.tb_lineno, code.co_name))
        tb = tb.tb_next
    if len(frames) > _FRAMES_AT_START + _FRAMES_AT_END:
        hidden = len(frames) - _FRAMES_AT_START - _FRAMES_AT_END
        return [
            *[_frame(*frame, cells) for frame in frames[:_FRAMES_AT_START]],
            f"    [... {hidden} frames left out]\n",
            *[_frame(*frame, cells) for frame in frames[-_FRAMES_AT_END:]],
        ]
    return [_frame(*frame, cells) for frame in frames]


def _frame(filename: str, line: int, function: str, cells: Mapping[str, int]) -> str:
    where = _where(filename, line, cells)
    if function != "<module>":
        where += f", in {function}"
    lines = [where]
    for number in range(max(1, line - _CONTEXT_LINES), line + _CONTEXT_LINES + 1):
        text = linecache.getline(filename, number).rstrip()[:300]
        if text or number == line:
            arrow = "---->" if number == line else "     "
            lines.append(f"{arrow} {number:>3} {text}" if number == line else f"{number:>9} {text}")
    return "\n".join(lines) + "\n"


def _where(filename: str, line: int, cells: Mapping[str, int]) -> str:
    if filename in cells:
        return f"Cell In[{cells[filename]}], line {line}"
    shown = filename.split("/site-packages/")[-1] if "/site-packages/" in filename else filename
    return f"File {shown}:{line}"


def _syntax(error: SyntaxError, cells: Mapping[str, int]) -> str:
    line = error.lineno or 0
    lines = [f"  {_where(str(error.filename), line, cells)}"]
    if isinstance(error.text, str):
        text = error.text.rstrip("\n")[:300]
        lines.append(f"    {text.lstrip()}")
        indent = len(text) - len(text.lstrip())
        lines.append("    " + " " * max(0, (error.offset or 1) - 1 - indent) + "^")
    return "\n".join(lines)
