"""`gradlab upgrade`: databases of an older version to this one's.

Exit status: 0 done or nothing to do, 1 failed, 2 wrong settings or no course.
"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("upgrade")(_upgrade)


def _upgrade() -> None:
    """Upgrade all gradebooks and the hub's database, after a backup; the hub must not run."""
    from autograder.cli._console import say
    from autograder.cli._operations import failure_exit
    from autograder.operations.state import State
    from autograder.operations.upgrade import upgrade

    with failure_exit():
        done = upgrade(State.find(), say)
    if not done:
        typer.echo("nothing to upgrade")
    for one in done:
        typer.echo(f"the {one.what} is now of revision {one.after}")
