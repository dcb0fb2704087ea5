"""`gradlab extend`: give people more time for an assignment, or take that back.

Exit status: 0 done, 1 failed, 2 wrong input; nothing is written then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from autograder.course import Layout
    from autograder.gradebook.extensions import Extension
    from autograder.people import Course


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("extend")(_extend)


def _extend(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDENT... ASSIGNMENT TIME]",
            help="Whose, of what, and how much: 12h, 3d, 1w behind the due date, a date, or none.",
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="A file with the columns student, assignment, extension, reason."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; the student reads it.")] = "",
) -> None:
    """Give students more time, before or after they have handed in.

    What being late costs is computed anew at once. `none` takes an extension back. Without
    anything, those that there are are listed.
    """
    from autograder.cli._console import WRONG_INPUT, say
    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.course.rules import read_rules
    from autograder.gradebook.extending import extend, understood

    with failure_exit():
        layout = Layout.find()
        zone = read_rules(layout.root).zone
        if not words and csv is None:
            _show(layout, zone)
            return
        try:
            rows = _rows_of_file(csv) if csv is not None else _rows_of(words or [], reason)
            given = understood(layout, rows, zone)
        except ValueError as error:
            say(f"error: {error}")
            raise typer.Exit(WRONG_INPUT) from None
        unknown = {student for student, _, _ in given} - _people(layout, context.obj)
        for student in sorted(unknown):
            say(f"note: {student} is unknown so far; if the name is wrong, take it back with none")
        for one in extend(layout, given, reason, say):
            text = f"{one.student:<24} {one.assignment:<20} "
            text += _described(one.extension, one.due, zone)
            if one.late is not None and one.late.penalty:
                text += f"; late, which costs {one.late.penalty:g} points"
            elif one.late is not None and one.due is not None:
                text += "; what was handed in costs nothing for being late"
            typer.echo(text)


def _rows_of(words: list[str], reason: str) -> list[tuple[str, str, str, str]]:
    if len(words) < 3:
        raise ValueError("expected STUDENT... ASSIGNMENT TIME, as in: gradlab extend ada gates 3d")
    *students, assignment, time = words
    return [(student, assignment, time, reason) for student in students]


def _rows_of_file(path: Path) -> list[tuple[str, str, str, str]]:
    from csv import DictReader
    from csv import Error as CsvError

    columns = ("student", "assignment", "extension")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(DictReader(file))
    except (OSError, ValueError, CsvError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    if not rows or any(name not in rows[0] for name in columns):
        raise ValueError(f"{path} needs the columns {', '.join(columns)} and at least one row")
    wanted = (*columns, "reason")
    return [_four([str(row.get(name) or "").strip() for name in wanted]) for row in rows]


def _four(values: list[str]) -> tuple[str, str, str, str]:
    student, assignment, extension, reason = values
    return student, assignment, extension, reason


def _people(layout: Layout, course: Course | None) -> set[str]:
    """Return who is in the course, and whose work was collected."""
    from autograder.hub.settings import HubSettings
    from autograder.people import courses_of

    if course is None:
        (course,) = courses_of(HubSettings.load(), layout)
    collected = {path.name for path in layout.submitted.glob("*") if path.is_dir()}
    return collected | course.members().keys()


def _show(layout: Layout, zone: tzinfo | None) -> None:
    from autograder.course import assignment_names
    from autograder.gradebook import GradebookWriter
    from autograder.gradebook.extensions import Extensions
    from autograder.records import Log

    extensions = Extensions(Log(layout.log))
    with GradebookWriter(layout) as writer:
        for assignment in assignment_names(layout):
            due = writer.deadlines(assignment)[0]
            for student, extension in sorted(extensions.of(assignment).items()):
                said = _described(extension, due, zone)
                reason = f"  ({extension.reason})" if extension.reason else ""
                typer.echo(f"{student:<24} {assignment:<20} {said}{reason}")


def _described(extension: Extension | None, due: datetime | None, zone: tzinfo | None) -> str:
    from datetime import UTC

    if extension is None:
        return "no extension"
    if due is not None:
        deadline = extension.deadline(due.replace(tzinfo=UTC)).astimezone(zone)
    elif extension.until is not None:
        deadline = extension.until.astimezone(zone)
    else:
        return f"{extension.length} behind the due date, which is not set yet"
    return f"until {deadline:%Y-%m-%d %H:%M} {deadline.tzname()}"
