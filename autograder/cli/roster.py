"""`gradlab roster`: who is in a course, taking people over from a file, and taking people out.

Exit status: 0 done, 2 a file with mistakes, wrong settings, or no course.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXIT_REFUSED = 2


class Step(StrEnum):
    """What to do."""

    IMPORT = "import"
    SHOW = "show"
    REMOVE = "remove"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("roster")(_roster)


def _roster(
    context: typer.Context,
    step: Annotated[
        Step, typer.Argument(help="Take a file over, show who is in the course, take people out.")
    ],
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE | ACCOUNT...]",
            help="import: the CSV file, as a learning platform exports it; remove: the accounts.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Whoever is not in the file leaves the course.")
    ] = False,
    username: Annotated[
        str, typer.Option(help="Heading of the column with the accounts [default: found].")
    ] = "",
    role: Annotated[str, typer.Option(help="Role of those whose row has none.")] = "student",
) -> None:
    """Show who is in a course, take people over from a CSV file, or take people out."""
    from autograder.course import CourseError, Layout
    from autograder.gradebook import GradebookError
    from autograder.hub import HubError, HubSettings
    from autograder.people import Role, choose, courses_of, read_roster
    from autograder.people.importing import import_roster, remove_people

    try:
        found = context.obj or choose(courses_of(HubSettings.load(), Layout.find()), None)
        if step is Step.SHOW:
            for member in sorted(found.members().values(), key=lambda one: one.username):
                name = f"{member.first_name} {member.last_name}".strip()
                typer.echo(f"{member.username:<24} {member.role:<11} {name}".rstrip())
            return
        if step is Step.REMOVE:
            if not what:
                raise typer.BadParameter("whom? Say one or more accounts")
            for member in remove_people(found, what, trial=dry_run):
                typer.echo(
                    f"{'would be out' if dry_run else 'out'}  {member.username} ({member.role})"
                )
            return
        if what is None or len(what) != 1:
            raise typer.BadParameter("which file? Say one")
        if role not in [str(one) for one in Role]:
            raise typer.BadParameter(f"--role is {role!r}; expected {', '.join(Role)}")
        members = read_roster(Path(what[0]), username=username, role=Role(role))
        changes = import_roster(found, members, replace=replace, trial=dry_run)
    except (HubError, CourseError, GradebookError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_REFUSED) from None
    for word, people in (
        ("new", changes.added), ("changed", changes.changed), ("out", changes.removed),
    ):  # fmt: skip
        for member in people:
            typer.echo(f"{word:<8} {member.username} ({member.role})")
    done = "would have" if dry_run else "has"
    count = len(changes.added) + len(changes.changed) + changes.kept
    typer.echo(
        f"{found.id} {done} {count} people in its roster: {len(changes.added)} new, "
        f"{len(changes.changed)} changed, {len(changes.removed)} out, {changes.kept} as before"
    )
