"""`gradlab export`: the grades of a course as a file, or the course for another system.

Exit status: 0 written, 1 there is no gradebook or it cannot be read, 2 wrong input or a refused
assignment.
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
    COURSE = "course"


class System(StrEnum):
    """For which system a course is."""

    NBGRADER = "nbgrader"


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
    what: Annotated[What, typer.Argument(metavar="grades|course", help="What to export.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER] [ASSIGNMENT...]",
            help="course: the new folder to write. Of these assignments; all when none is named.",
        ),
    ] = None,
    system: Annotated[
        System | None, typer.Option("--as", help="course: for which system it is.")
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
    """Write everybody's grades, or the course.

    Grades are a plain CSV file, or what Canvas, Moodle or ILIAS read. A grade of which a person
    still has to decide something is an empty field to a platform; how many there are is said. Of
    several courses one must be named with --course. A course is for nbgrader, with the checks as
    hidden tests.
    """
    from autograder.cli._console import WRONG_INPUT, say
    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.gradebook.grades import read_grades
    from autograder.gradebook.shapes import for_platform, plain
    from autograder.records import write_whole

    if what is What.COURSE:
        if to or by is not By.ASSIGNMENT or missing_is_zero or every_course or shape != Shape.CSV:
            say("error: a course has FOLDER, ASSIGNMENT and --as; the other options are of grades")
            raise typer.Exit(WRONG_INPUT)
        _course(words or [], system)
        return
    if system is not None:
        say("error: --as is about a course; grades have --shape")
        raise typer.Exit(WRONG_INPUT)
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
            for one in read_grades(layout, words or (), with_checks=by is By.CHECK)
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


def _course(words: list[str], system: System | None) -> None:
    from autograder.cli._console import WRONG_INPUT, failure_exit, say
    from autograder.course import Layout
    from autograder.exporting import export_nbgrader

    if not words or system is None:
        say("error: name the new folder and the system: gradlab export course FOLDER --as nbgrader")
        raise typer.Exit(WRONG_INPUT)
    folder = Path(words[0])
    with failure_exit():
        made = export_nbgrader(Layout.find(), folder, words[1:])
    for one in made:
        say(f"{one.assignment}: {one.checked:g} points by hidden tests, {one.by_hand:g} by hand")
    say(f"{folder} is a course of nbgrader. Its tests run where students' code runs; see README.md")


def _every_layout() -> list[Layout]:
    """Return all courses of the hub."""
    from autograder.operations.state import State

    return [one.layout for one in State.find().courses]
