"""`gradlab void`: let a check count for everybody or for nobody, or take that back.

Exit status: 0 done, 1 failed, 2 no such check.
"""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("void")(_void)


def _void(
    assignment: Annotated[str, typer.Argument(help="The assignment.")],
    cell: Annotated[str, typer.Argument(help="The graded cell's id.")],
    check: Annotated[str, typer.Argument(help="The check's name, such as test_size.")],
    reason: Annotated[str, typer.Option(help="Why; students and staff read it.")],
    counts: Annotated[
        str,
        typer.Option(
            metavar="[full|none|as graded]",
            help="Everybody has its points, nobody has, or it is not void any more.",
        ),
    ] = "full",
) -> None:
    """Let a check count for everybody or for nobody, because something is wrong with it.

    Nothing is run again. The next `gradlab grade` writes the points of whom it concerns, from the
    reports as they are stored.
    """
    from autograder.cli._console import WRONG_INPUT, say
    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.gradebook.voiding import void
    from autograder.grading.decisions import Counts, Void

    with failure_exit():
        if counts not in set(Counts):
            say(f"error: {counts!r} is none of {', '.join(Counts)}")
            raise typer.Exit(WRONG_INPUT)
        void(Layout.find(), assignment, Void(cell, check, Counts(counts), reason))
    typer.echo(f"written down; gradlab grade {assignment} puts it into force")
