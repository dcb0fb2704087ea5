"""`gradlab submit`: hand in from one's own computer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("submit")(submit)


@contextlib.contextmanager
def ends_in_words() -> Iterator[None]:
    """End a failing command with a sentence: exit code 2 for what was given, 3 for the line."""
    from autograder.cli._console import OUR_FAULT, WRONG_INPUT, say
    from gradlab_exchange.errors import ExchangeProblem, Unreachable

    try:
        yield
    except ExchangeProblem as error:
        say(f"error: {error}")
        raise typer.Exit(OUR_FAULT if isinstance(error, Unreachable) else WRONG_INPUT) from error
    except OSError as error:
        say(f"error: {error.filename or 'a file'}: {error.strerror or error}")
        raise typer.Exit(WRONG_INPUT) from error


def submit(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="The notebook, and what belongs to it.", metavar="FILE…")
    ],
    assignment: Annotated[
        str, typer.Option(help="The assignment, when the notebook does not say it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hand in a notebook from this computer; the receipt is kept beside it.

    `gradlab connect` comes first, once for each course. Exit code 2 when it is refused; 3 when the
    hub cannot be reached: nothing is lost, try again.
    """
    import json

    from autograder.cli._app import NAMED
    from autograder.cli._console import printable, say
    from gradlab_exchange import own_computer

    with ends_in_words():
        connection = own_computer.choose(context.meta.get(NAMED))
        name = assignment or own_computer.assignment_of(files)
        if not name:
            raise own_computer.NotConnected(
                "the notebook does not say which assignment it is: say it with --assignment"
            )
        done = own_computer.hand_in(connection, name, files)
        if as_json:
            typer.echo(json.dumps({"said": done.said, **done.receipt.to_json()}))
            return
        if done.said:
            typer.echo(printable(done.said))
        typer.echo(printable(done.receipt.summary()))
        say(f"The receipt is in {done.kept}")
