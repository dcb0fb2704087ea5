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

    Keep the hash elsewhere: with it a log that was cut off or written anew is found out.
    """
    from collections import deque

    from autograder.cli._console import say
    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.records import Log

    with failure_exit():
        log = Log(Layout.find().log)
        for line in deque(log.lines(), maxlen=lines):
            typer.echo(json.dumps(line))
        checked = log.check(noted)
    for problem in checked.problems:
        say(problem)
    say(
        f"{checked.lines} lines, {checked.breaks} cut off by a crash, {len(checked.problems)} "
        "problems, last hash:"
    )
    typer.echo(checked.head)
    if checked.problems:
        raise typer.Exit(EXIT_BROKEN)
