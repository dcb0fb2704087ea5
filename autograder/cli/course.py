"""`gradlab course`: a table of all assignments and exercises.

Exit status: 0 shown, 2 for a refused source (the others are shown), an unknown assignment, no
assignment or no course.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from autograder.course import Overview

EXIT_REFUSED = 2
_COLUMNS = ("exercise", "kind", "points", "min", "diff", "checks", "right", "wrong", "source")
_NUMBERS = frozenset(("points", "min", "diff", "checks", "right", "wrong"))


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("course")(_course)


def _course(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]…", help="All by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show all exercises: what kind, how many points, how long, from where, how well proven.

    What the author says of an exercise stands in assignment.toml.
    """
    from autograder.cli._console import failure_exit, say
    from autograder.course import (
        CourseError,
        Layout,
        Overview,
        SourceError,
        absent_needs,
        assignment_names,
        load_manifest,
    )

    shown: list[Overview] = []
    refused: list[SourceError] = []
    absent: list[tuple[str, str]] = []
    with failure_exit():
        layout = Layout.find()
        names = list(dict.fromkeys(assignments or assignment_names(layout)))
        if not names:
            raise CourseError(f"no assignment in {layout.solutions}; a notebook.py makes one")
        for name in names:
            try:
                manifest = load_manifest(layout, name)
                shown.append(Overview.of(manifest))
                absent += [
                    (f"{name}/{exercise}", need) for exercise, need in absent_needs(manifest)
                ]
            except SourceError as refusal:
                refused.append(refusal)
    if as_json:
        plain = {"assignments": [one.to_mapping() for one in shown]}
        typer.echo(json.dumps(plain, ensure_ascii=False))
    elif shown:
        _print(shown)
    for exercise, need in absent:
        say(f"{exercise} needs {need}, and the course has no such assignment")
    for told in refused:
        say(str(told))
    if refused:
        raise typer.Exit(EXIT_REFUSED)


def _print(shown: Sequence[Overview]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from autograder.cli._console import printable

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in _COLUMNS:
        justify: Literal["left", "right"] = "right" if name in _NUMBERS else "left"
        table.add_column(name, justify=justify, overflow="fold")
    for one in shown:
        minutes = "" if one.minutes is None else str(one.minutes)
        heading = (f"[bold]{one.assignment}[/]", "", f"[bold]{one.points:g}[/]", minutes)
        table.add_row(*heading, "", "", "", "", f"[bold]{escape(printable(one.title))}[/]")
        for exercise in one.exercises:
            about = exercise.metadata
            proof = (exercise.checks, exercise.right, exercise.wrong)
            table.add_row(
                f"  {exercise.grade_id}",
                about.kind if about else "",
                f"{exercise.points:g}",
                str(about.minutes) if about else "",
                str(about.difficulty) if about else "",
                *(map(str, proof) if exercise.checks else ("", "", "")),
                escape(printable(about.source)) if about else "",
            )
        table.add_section()
    console = Console()
    console.print(table)
    exercises = [exercise for one in shown for exercise in one.exercises]
    counts = {
        "assignment": len(shown),
        "exercise": len(exercises),
        "point": sum(one.points for one in shown),
        "minute": sum(one.minutes or 0 for one in shown),
        "check": sum(exercise.checks for exercise in exercises),
        "case": sum(one.cases for one in shown),
    }
    said = (f"{count:g} {name}{'s' * (count != 1)}" for name, count in counts.items())
    console.print(", ".join(said), soft_wrap=True)
