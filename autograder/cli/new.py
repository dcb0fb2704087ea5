"""`gradlab new`: start an exercise from a template, with the holes marked.

Exit status: 0 started, 2 a name that is of no use or taken, a refused assignment, or no course.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

KINDS = ("code", "number", "symbolic", "choice", "trace", "train", "essay")


class What(StrEnum):
    """What to start."""

    EXERCISE = "exercise"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("new")(_new)


def _new(
    _what: Annotated[What, typer.Argument(metavar="exercise", help="What to start.")],
    name: Annotated[
        str, typer.Argument(help="Its grade id, and the name of the student's function.")
    ],
    kind: Annotated[str, typer.Option(help=f"What a student does: {', '.join(KINDS)}.")],
    assignment: Annotated[
        str | None, typer.Option(help="Of which assignment [default: of the current folder].")
    ] = None,
) -> None:
    """Add an exercise to an assignment: cells, checks, two right and two wrong answers.

    An assignment that there is not is started, too. `gradlab build` accepts what is written.
    """
    from pathlib import Path

    from autograder.cli._console import failure_exit
    from autograder.course import Kind, Layout
    from autograder.course.starting import StartError, holes, start_exercise

    with failure_exit():
        if kind not in list(Kind):
            raise StartError(f"kind {kind!r}; expected one of {', '.join(Kind)}")
        layout = Layout.find()
        here = Path.cwd().resolve()
        if assignment is None:
            if layout.solutions not in here.parents:
                raise StartError(
                    f"which assignment? Say --assignment NAME, or run this in its folder under "
                    f"{layout.solutions}"
                )
            assignment = here.relative_to(layout.solutions).parts[0]
        written = start_exercise(layout, assignment, name, Kind(kind))
        open_places = holes(layout.solutions / assignment)
    for path in written:
        typer.echo(f"wrote {path.relative_to(layout.root)}")
    of_it = [hole for hole in open_places if hole.file in written]
    typer.echo(f"{len(of_it)} holes to fill:")
    for hole in of_it:
        typer.echo(f"  {hole.file.relative_to(layout.root)}:{hole.line}: {hole.text}")
    typer.echo(f"then: gradlab build {assignment}, gradlab verify {assignment}")
