"""The application with all verbs: one module of this folder for each.

A verb's module has `register(app)` and the verb's name; whatever it needs beyond typer is imported
when the verb runs, and where a verb is asked for no other one is loaded: commands begin at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

EXIT_REFUSED = 2
# They are about the hub with all its courses, or take the course behind their name.
OF_THE_HUB = ("backup", "doctor", "restore", "roster", "serve", "upgrade")


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application with every verb of this folder registered, in alphabetical order.

    Args:
        arguments: what the command was called with; with a verb among them it alone is registered.
    """
    app = typer.Typer(
        name="gradlab",
        help="Auto-graded exercises for deep-learning courses.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # loads in half the time, and keeps what stands in [brackets]
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def _root(
        context: typer.Context,
        course: Annotated[
            str | None, typer.Option(help="Which course, when the hub has several.")
        ] = None,
    ) -> None:
        """Auto-graded exercises for deep-learning courses."""
        if course is not None and context.invoked_subcommand in OF_THE_HUB:
            verb = context.invoked_subcommand
            typer.echo(
                f"gradlab {verb} is about the hub and all its courses: leave --course out"
                if verb != "roster"
                else f"say the course behind the verb: gradlab roster ... --course {course}",
                err=True,
            )
            raise typer.Exit(EXIT_REFUSED)
        if course is not None:
            _choose(course)

    verbs = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    asked = _verb(arguments)
    for verb in [asked] if asked in verbs else verbs:
        importlib.import_module(f"{__package__}.{verb}").register(app)
    return app


def main() -> None:
    """Run the command line."""
    build_app(sys.argv[1:])()


def _verb(arguments: Sequence[str]) -> str:
    """Return the first argument that is no option and no option's value; empty when none is."""
    before = ""
    for argument in arguments:
        if not argument.startswith("-") and before != "--course":
            return argument
        before = argument
    return ""


def _choose(course_id: str) -> None:
    """Let everything that follows find one of the hub's courses."""
    from autograder.course import CourseError, Layout
    from autograder.hub import HubError, HubSettings
    from autograder.people import choose, courses_of

    try:
        course = choose(courses_of(HubSettings.load(), Layout.find()), course_id)
    except (HubError, CourseError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_REFUSED) from None
    os.environ.update(course.layout.to_environment())
