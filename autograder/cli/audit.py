"""`gradlab audit`: whether the log of events is whole, and what it says.

Exit status: 0 whole, 1 tampered with or damaged, 2 no course.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

EXIT_BROKEN = 1


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("audit")(_audit)


def _audit(
    context: typer.Context,
    noted: Annotated[
        str,
        typer.Option(
            "--noted", metavar="HASH", help="A hash printed before, which has to be there still."
        ),
    ] = "",
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="Print the newest lines as JSON.")
    ] = 0,
) -> None:
    """Check that nobody changed the log of events, and print the hash of its last line.

    Keep the hash elsewhere: with it a log that was cut off or written anew is found out. Of several
    courses each has a log, and all are checked.
    """
    from collections import deque

    from autograder.cli._console import say
    from autograder.cli._operations import failure_exit
    from autograder.course import CourseError, Layout
    from autograder.operations.state import State
    from autograder.records import Log

    with failure_exit():
        is_chosen = context.parent is not None and context.parent.params.get("course") is not None
        layouts = [Layout.find()] if is_chosen else [one.layout for one in State.find().courses]
        if noted and len(layouts) > 1:
            raise CourseError("say whose hash it is: gradlab --course NAME audit --noted HASH")
        problems = 0
        for layout in layouts:
            log = Log(layout.log)
            for line in deque(log.lines(), maxlen=lines):
                typer.echo(json.dumps(line))
            checked = log.check(noted)
            problems += len(checked.problems)
            for problem in checked.problems:
                say(problem)
            say(
                f"{layout.course_id}: {checked.lines} lines, {checked.breaks} cut off by a crash, "
                f"{len(checked.problems)} problems, last hash:"
                if checked.lines
                else f"{layout.course_id}: there is no log yet, {log.path}"
            )
            if checked.lines:
                typer.echo(
                    checked.head if len(layouts) == 1 else f"{checked.head} {layout.course_id}"
                )
    if problems:
        raise typer.Exit(EXIT_BROKEN)
