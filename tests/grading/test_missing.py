"""A name that is missing is explained by the error of the cell that was to define it."""

from __future__ import annotations

import pytest

from autograder.course.manifest import Role
from autograder.grading.missing import Missing
from autograder.grading.repair import RunCell
from autograder.wire.session import CellResult

SAID = "clip: the name 'clip' is not defined after the notebook ran. Did its cell run?"


def run(*cells: tuple[str, str, str]) -> Missing:
    """Return what explains the names of cells: text, error's type, error's text."""
    made = [
        RunCell(f"cell{number}", "code", source, Role.ANSWER if number else None)
        for number, (source, _, _) in enumerate(cells)
    ]
    results = {}
    for cell, (_, kind, text) in zip(made, cells, strict=True):
        output = {"output_type": "error", "ename": kind, "evalue": text, "traceback": []}
        status = "error" if kind else "ok"
        results[cell.cell_id] = CellResult(cell.cell_id, status, (output,) if kind else ())
    return Missing(made, results)


@pytest.mark.parametrize(
    ("source", "kind", "text", "said"),
    [
        ("clip = input()", "InputRefused", "input() has nobody to ask", "nobody to ask"),
        ("def clip(x):\n\xa0return x", "SyntaxError",
         "invalid non-printable character U+00A0 (<cell>, line 2)", "type that place anew"),
        ("def clip(x):\n  return x \u2013 1", "SyntaxError", "invalid character '\u2013' (U+2013)",
         "type that place anew"),
        ("import nothere\nclip = 1", "ModuleNotFoundError", "No module named 'nothere'", "nothere"),
        ("clip = 1 / 0", "ZeroDivisionError", "division by zero", "ZeroDivisionError: division"),
        ("class clip(Base): pass", "NameError", "name 'Base' is not defined", "further down only"),
    ],
)  # fmt: skip
def test_the_cells_own_error_is_what_is_said(source: str, kind: str, text: str, said: str) -> None:
    """`input()`, pasted characters, missing modules, cells out of order: with what to do."""
    missing = run(("pass", "", ""), (source, kind, text), ("Base = object", "", ""))
    message = missing.explained(SAID)
    assert message.startswith("'clip' is missing because cell 'cell1', which begins with `")
    assert f"ended with an error: {kind}: {text[:30]}"[:60] in message
    assert said in message
    assert "not defined after" not in message


def test_a_helper_that_is_missing_when_a_function_is_called_is_explained() -> None:
    """The answer itself ran; the own cell with its helper did not."""
    missing = run(
        ("def half(x): return x /\xa02", "SyntaxError", "invalid character"),
        ("def clip(x): return half(x)", "", ""),
    )
    message = missing.explained("clip(2) raised NameError: name 'half' is not defined")
    assert message.startswith("'half' is missing because a cell of your own, which begins with")


@pytest.mark.parametrize(
    "message",
    [SAID, "expected 3, got 4", "", "clip: the name '<b>' is not defined after the notebook ran"],
)
def test_what_nothing_explains_stays_as_it_was(message: str) -> None:
    """No cell defines the name, or the one that does ran to its end."""
    assert run(("clap = 1", "ValueError", "x")).explained(message) == message
    assert run(("clip = 1", "", "")).explained(message) == message


def test_an_errors_text_cannot_act_on_who_reads_it() -> None:
    """Markup, control characters and length of a student's error are taken away."""
    hostile = "<img src=x onerror=run()>\x1b[31m" + "y" * 10_000
    message = run(("pass", "", ""), ("clip = f()", "E<b>", hostile)).explained(SAID)
    assert "<img" not in message
    assert "\x1b" not in message
    assert len(message) < 1_000
