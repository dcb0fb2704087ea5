"""`gradlab export`: the grades of a course as a file.

Exit status: 0 written, 1 there is no gradebook or it cannot be read, 2 wrong input.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.course import Layout


class What(StrEnum):
    """What to export."""

    GRADES = "grades"


class Shape(StrEnum):
    """For whom the file is."""

    CSV = "csv"
    CANVAS = "canvas"
    MOODLE = "moodle"
    ILIAS = "ilias"


class By(StrEnum):
    """What one line of the plain file is about."""

    ASSIGNMENT = "assignment"
    QUESTION = "question"
    CHECK = "check"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("export")(_export)


def _export(
    what: Annotated[What, typer.Argument(metavar="grades", help="What to export.")],  # noqa: ARG001
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Of these assignments; all when none is named.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="The file to write, standard output when none is named.")
    ] = None,
    shape: Annotated[Shape, typer.Option(help="For whom the file is.")] = Shape.CSV,
    by: Annotated[By, typer.Option(help="What one line of the plain file is about.")] = (
        By.ASSIGNMENT
    ),
    missing_is_zero: Annotated[
        bool,
        typer.Option(
            "--missing-is-zero", help="For a platform: who handed in nothing has 0 points."
        ),
    ] = False,
    every_course: Annotated[
        bool, typer.Option("--every-course", help="All courses of the hub in one plain file.")
    ] = False,
) -> None:
    """Write everybody's grades: a plain CSV file, or what Canvas, Moodle or ILIAS read.

    A grade of which a person still has to decide something is an empty field to a platform; how
    many there are is said. Of several courses one must be named with --course.
    """
    from autograder.cli._console import WRONG_INPUT, say
    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.gradebook.grades import read_grades
    from autograder.gradebook.shapes import for_platform, plain
    from autograder.records import write_whole

    is_plain = shape is Shape.CSV
    if not is_plain and (every_course or by is not By.ASSIGNMENT):
        say(
            "error: --every-course and --by are for --shape csv; a platform has one course's totals"
        )
        raise typer.Exit(WRONG_INPUT)
    if is_plain and missing_is_zero:
        say("error: --missing-is-zero is for a platform; the plain file leaves the field empty")
        raise typer.Exit(WRONG_INPUT)
    with failure_exit():
        layouts = _every_layout() if every_course else [Layout.find()]
        grades = [
            one
            for layout in layouts
            for one in read_grades(layout, assignments or (), with_checks=by is By.CHECK)
        ]
        text = (
            plain(grades, by)
            if is_plain
            else for_platform(grades, shape, missing_is_zero=missing_is_zero)
        )
        if to is None:
            typer.echo(text, nl=False)
        else:
            write_whole(to, text.encode())
    waiting = [one for one in grades if one.waiting]
    said = f"{len(grades)} grades of {', '.join(layout.course_id for layout in layouts)}"
    if waiting:
        said += f"; {len(waiting)} are not complete: questions wait for a person"
    say(said)


def _every_layout() -> list[Layout]:
    """Return all courses of the hub."""
    from autograder.operations.state import State

    return [one.layout for one in State.find().courses]
