"""`gradlab connect`: let one's own computer hand in into a course."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("connect")(connect)


def connect(
    address: Annotated[
        str, typer.Argument(help="The hub's address, as in the browser.", metavar="ADDRESS")
    ],
) -> None:
    """Remember a token of the hub, with which this computer hands in into one course.

    The page of the course says how the token is made. It is asked for, or read from standard
    input, and kept in a file that only you can read. Exit code 2 when it cannot be used; 3 when
    the hub cannot be reached.
    """
    import sys

    from autograder.cli._console import printable, say
    from autograder.cli.submit import ends_in_words
    from gradlab_exchange import own_computer

    with ends_in_words():
        asked = sys.stdin.isatty()
        token = typer.prompt("Token", hide_input=True) if asked else sys.stdin.readline()
        made = own_computer.connect(address, token)
        path = own_computer.keep(made)
        if made.is_open_to_others:
            say(f"warning: {made.url} is not https, so others on the way can read the token")
        typer.echo(
            printable(f"Connected to the course {made.course} as {made.student}; kept in {path}")
        )
