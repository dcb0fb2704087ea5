"""`gradlab restore FILE`: put back what `gradlab backup` saved.

Exit status: 0 done, 1 refused or failed, 2 wrong settings or no course.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("restore")(_restore)


def _restore(
    file: Annotated[Path, typer.Argument(help="A file that 'gradlab backup' made.")],
    force: Annotated[
        bool,
        typer.Option("--force", help="Put what is there aside, replace grades in other databases."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only verify the file and say what is in it.")
    ] = False,
) -> None:
    """Restore every course and the hub from a backup; the hub must not run."""
    from autograder.cli._console import printable, say
    from autograder.cli._operations import failure_exit
    from autograder.operations.archive import verify
    from autograder.operations.restore import restore
    from autograder.operations.state import State

    with failure_exit():
        if check:
            manifest = verify(file)
            about = {**manifest.about, "members": len(manifest.members)}
            typer.echo(printable(json.dumps(about, indent=1)))
            return
        state = State.find()
        done = restore(state, file, force=force)
    typer.echo(f"restored {done.members} members of {printable(str(done.about['made']))}")
    typer.echo(f"data directory: {state.layout.home}")
    typer.echo(f"the settings of then, to be read: {done.settings}")
    for folder in done.aside:
        say(f"what was there is now {folder}; remove it when all is well")
