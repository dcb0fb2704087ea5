"""`gradlab cases`: make of a student's wrong answer a named wrong case of the course.

Exit status: 0 written, 1 failed, 2 there is no such report, cell or name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Step(StrEnum):
    """What to do."""

    ADD = "add"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("cases")(_cases)


def _cases(
    step: Annotated[Step, typer.Argument(help="Add a case.")],  # noqa: ARG001 (the only one)
    report: Annotated[
        str, typer.Argument(metavar="KEY", help="The report's key, or its first characters.")
    ],
    name: Annotated[str, typer.Argument(help="The case's name, such as forgets_the_bias.")],
    cell: Annotated[str, typer.Option(help="The graded cell that it gets wrong.")],
    summary: Annotated[str, typer.Option(help="What is wrong about it, in one sentence.")],
) -> None:
    """Write solutions/<assignment>/submissions/<name>/ from what a report's student answered.

    Comments, docstrings and annotations are left out: nobody's words come along. Read it, then run
    `gradlab verify`, which proves it with several draws of the random inputs.
    """
    from autograder.cli._console import WRONG_INPUT, failure_exit, say
    from autograder.course import CourseError, Layout
    from autograder.feedback.learning import learn
    from autograder.grading.store import ReportStore

    with failure_exit():
        layout = Layout.find()
        try:
            store = ReportStore(layout.graded)
            keys = [key for key in store if key.startswith(report)]
            found = store.find(keys[0]) if len(keys) == 1 else None
            if found is None:
                many = f"{len(keys)} reports begin" if keys else "no report begins"
                raise CourseError(f"{many} with {report!r}, or it cannot be read")
            folder = learn(layout, found, cell, name, summary)
        except CourseError as error:
            say(f"error: {error}")
            raise typer.Exit(WRONG_INPUT) from error
    typer.echo(f"wrote {folder}; read it, then prove it: gradlab verify {found.assignment}")
