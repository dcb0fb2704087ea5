"""What the verbs share on the terminal: how errors end, and how a report is printed."""

from __future__ import annotations

import contextlib
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from autograder.course.problems import CourseError
from autograder.service.client import OrderRefused, ServiceError

DIFFERENT = 1
WRONG_INPUT = 2
OUR_FAULT = 3
_STYLES = {"passed": "green", "failed": "red", "error": "red", "limit": "yellow"}
# what ends a command with a sentence, when its module is loaded by who raises it
_OURS = (
    ("autograder.grading.errors", "GraderFault"),
    ("autograder.gradebook.errors", "GradebookError"),
)


@contextlib.contextmanager
def failure_exit() -> Iterator[None]:
    """End a failing command with a sentence: exit code 2 for wrong input, 3 for a fault of ours."""
    try:
        yield
    except (CourseError, OrderRefused) as error:
        _print_error("error", error)
        raise typer.Exit(WRONG_INPUT) from error
    except (ServiceError, OSError) as error:
        _print_error("fault", error)
        raise typer.Exit(OUR_FAULT) from error
    except Exception as error:
        kinds = [getattr(sys.modules.get(module), name, ()) for module, name in _OURS]
        if not any(isinstance(error, kind) for kind in kinds):
            raise
        _print_error("fault", error)
        raise typer.Exit(OUR_FAULT) from error


def _print_error(kind: str, error: Exception) -> None:
    from rich.console import Console
    from rich.markup import escape

    text = escape(printable(str(error)))
    Console(stderr=True).print(f"[red]{kind}:[/] {text}", soft_wrap=True)


def say(sentence: str) -> None:
    """Print one sentence on standard error."""
    from rich.console import Console
    from rich.markup import escape

    Console(stderr=True).print(escape(printable(sentence)), soft_wrap=True)


def printable(text: str) -> str:
    """Return the text without characters that move a terminal's cursor or hide what follows."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_control(char) else char for char in text)


def _is_control(char: str) -> bool:
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf")


def print_report(report: Mapping[str, Any]) -> None:
    """Print a report, as `Report.to_json` has it, for a person."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    if report["refusal"]:
        console.print(f"[red]not graded:[/] {escape(printable(report['refusal']))}", soft_wrap=True)
        return
    table = Table("cell", "points", "check", "verdict", "message", title=report["assignment"])
    for cell in report["cells"]:
        earned = "by hand" if cell["points"] is None else f"{cell['points']:g}"
        points = f"{earned} / {cell['max_points']:g}"
        rows = [
            (
                check["name"],
                f"[{_STYLES[check['verdict']]}]{check['verdict']}[/]",
                escape(printable(" ".join(filter(None, (check["message"], check["hint"]))))),
            )
            for check in cell["checks"]
        ] or [("", "", "")]
        for number, row in enumerate(rows):
            first = (escape(cell["grade_id"]), points) if number == 0 else ("", "")
            table.add_row(*first, *row)
    console.print(table)
    console.print(f"[bold]{report['points']:g} of {report['max_points']:g} points[/]")
    console.print(
        f"isolation {report['isolation']}, seed {report['seed']}, key {report['key'][:16]}"
    )
    for repair in report["repairs"]:
        console.print(f"repaired: {escape(printable(repair['message']))}", soft_wrap=True)
    for limit in report["limits_hit"]:
        console.print(f"limit: {escape(printable(limit))}", soft_wrap=True)
