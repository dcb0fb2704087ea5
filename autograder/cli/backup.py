"""`gradlab backup FILE`: all state in one file, while everything runs.

Exit status: 0 done, 1 failed, or something of the course's own could not be read (the file is made
without it), 2 wrong settings or no course.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("backup")(_backup)


def _backup(
    file: Annotated[Path, typer.Argument(help="The file to make, such as gradlab.tar.gz.")],
    no_homes: Annotated[bool, typer.Option("--no-homes", help="Leave people's homes out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Save every course and the hub in one file: grades, submissions, homes, secrets, the log.

    The hub may run. The file holds secrets and grades: keep it private. It never replaces another.
    """
    from autograder.cli._console import printable, say
    from autograder.cli._operations import FAILED, failure_exit
    from autograder.operations.backup import back_up
    from autograder.operations.state import State

    with failure_exit():
        made = back_up(State.find(), file, homes=not no_homes, say=say)
    if as_json:
        values = {"file": str(made.path), "sha256": made.sha256, "members": made.members,
                  "bytes": made.size_bytes, "skipped": list(made.skipped),
                  "reasons": dict(made.reasons)}  # fmt: skip
        typer.echo(json.dumps(values))
    else:
        typer.echo(f"{made.path}: {made.members} members, {made.size_bytes} bytes")
        typer.echo(f"sha256 {made.sha256}")
        for name, why in made.reasons.items():
            say(f"left out: {printable(name)} ({why})")
    if not made.is_whole:
        say("failed: some of the course's own files could not be read; the rest is in the file")
        raise typer.Exit(FAILED)
