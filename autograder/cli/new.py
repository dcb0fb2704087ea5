"""`gradlab new`: start an exercise or a course from templates, with the holes marked.

Exit status: 0 started, 2 a name that is of no use or taken, a refused assignment, or no course,
3 it cannot be written.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

KINDS = ("code", "number", "symbolic", "choice", "trace", "train", "essay")


class What(StrEnum):
    """What to start."""

    COURSE = "course"
    EXERCISE = "exercise"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("new")(_new)


def _new(
    what: Annotated[What, typer.Argument(metavar="course|exercise", help="What to start.")],
    name: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|NAME",
            help="The course's folder; the exercise's grade id and name of the function.",
        ),
    ],
    kind: Annotated[
        str, typer.Option(help=f"What a student does in the exercise: {', '.join(KINDS)}.")
    ] = "",
    assignment: Annotated[
        str, typer.Option(help="Of which assignment [default: of the current folder].")
    ] = "",
) -> None:
    """Start a course in a folder of its own, or add an exercise to an assignment.

    A course has one small assignment of each kind. An exercise has cells, checks, two right and two
    wrong answers; an assignment that there is not is started, too. `gradlab build` accepts and
    `gradlab verify` proves what is written.
    """
    from autograder.cli._console import failure_exit

    with failure_exit():
        if what is What.EXERCISE:
            _exercise(name, kind, assignment)
        elif kind or assignment:
            raise typer.BadParameter("--kind and --assignment are about an exercise")
        else:
            _course(Path(name))


def _course(folder: Path) -> None:
    from autograder.course import assignment_names
    from autograder.course.starting import start_course

    layout = start_course(folder)
    names = ", ".join(assignment_names(layout))
    typer.echo(f"{layout.root} is a course: {names}")
    typer.echo(f"then: cd {folder}; gradlab verify; gradlab serve")


def _exercise(name: str, kind: str, assignment: str) -> None:
    from autograder.course import Kind, Layout
    from autograder.course.starting import StartError, holes, start_exercise

    if kind not in list(Kind):
        raise StartError(f"--kind {kind!r}; expected one of {', '.join(Kind)}")
    layout = Layout.find()
    here = Path.cwd().resolve()
    if not assignment:
        if layout.solutions not in here.parents:
            raise StartError(
                f"which assignment? Say --assignment NAME, or run this in its folder under "
                f"{layout.solutions}"
            )
        assignment = here.relative_to(layout.solutions).parts[0]
    written = start_exercise(layout, assignment, name, Kind(kind))
    for path in written:
        typer.echo(f"wrote {path.relative_to(layout.root)}")
    of_it = [hole for hole in holes(layout.solutions / assignment) if hole.file in written]
    typer.echo(f"{len(of_it)} holes to fill:")
    for hole in of_it:
        typer.echo(f"  {hole.file.relative_to(layout.root)}:{hole.line}: {hole.text}")
    typer.echo(f"then: gradlab build {assignment}, gradlab verify {assignment}")
