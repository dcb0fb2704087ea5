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
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from autograder.people import Course

EXIT_REFUSED = 2
OF_THE_HUB = ("backup", "doctor", "restore", "serve", "upgrade")  # with all its courses
OF_ALL_COURSES = ("audit",)  # unless one is named
ON_ONES_OWN = ("connect", "submit")  # on a computer that has no course; its name means another's
SETTINGS = "GRADLAB_SETTINGS"  # the hub's file; without it there is one course
COURSE_ID = "GRADLAB_COURSE_ID"
NAMED = "gradlab.course"  # the name after `--course`, for verbs that look it up themselves
_FOR_ALL = "gradlab.for_all"  # a question that no single course answers


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application with every verb of this folder registered, in alphabetical order.

    Args:
        arguments: what the command was called with; with a verb among them it alone is registered.
    """
    app = typer.Typer(
        cls=_Verbs,
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
        verb = context.invoked_subcommand
        if verb in ON_ONES_OWN:
            context.meta[NAMED] = course
            return
        if course is not None and verb in OF_THE_HUB:
            typer.echo(
                f"gradlab {verb} is about the hub and all its courses: leave --course out", err=True
            )
            raise typer.Exit(EXIT_REFUSED)
        if course is not None or not (
            verb in (*OF_THE_HUB, *OF_ALL_COURSES)
            or context.meta[_FOR_ALL]
            or COURSE_ID in os.environ
        ):
            context.obj = _choose(course)

    stems = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    modules = {stem.rstrip("_"): stem for stem in stems}  # `import_` has the verb `import`
    asked = _verb(arguments)
    for verb in [asked] if asked in modules else modules:
        importlib.import_module(f"{__package__}.{modules[verb]}").register(app)
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


def fronted(words: Sequence[str]) -> list[str]:
    """Return a command line with `--course` in front, wherever it was said.

    >>> fronted(["grade", "gates", "--course", "vision"])
    ['--course', 'vision', 'grade', 'gates']
    """
    front: list[str] = []
    rest: list[str] = []
    given = iter(words)
    for word in given:
        if word == "--":
            rest += [word, *given]
        elif word == "--course":
            front += [word, *[value for value in [next(given, None)] if value is not None]]
        elif word.startswith("--course="):
            front.append(word)
        else:
            rest.append(word)
    return front + rest


class _Verbs(TyperGroup):
    """The verbs; `--course` may stand anywhere."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_FOR_ALL] = "--help" in args or "--every-course" in args
        return super().parse_args(ctx, fronted(args))


def _choose(course_id: str | None) -> Course | None:
    """Let everything that follows find one of the hub's courses; return it.

    Without a name it is the only one, or the one in whose folder the command runs.
    """
    if course_id is None and not _has_courses():
        return None
    from autograder.course import CourseError, Layout
    from autograder.hub import HubError, HubSettings
    from autograder.people import choose, courses_of

    try:
        settings = HubSettings.load()
        courses = courses_of(settings, Layout.find())
        if course_id is None and len(courses) > 1:
            here = [one for one in courses if one.layout.root == Layout.find().root]
            course_id = here[0].id if len(here) == 1 else None
        course = choose(courses, course_id)
    except (HubError, CourseError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_REFUSED) from None
    os.environ.update(course.layout.to_environment())
    return course


def _has_courses() -> bool:
    """Whether the hub's settings name courses; whatever is wrong with them is said elsewhere."""
    path = os.environ.get(SETTINGS)
    if not path:
        return False
    import tomllib

    try:
        return "course" in tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
