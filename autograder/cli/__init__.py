"""The command line `gradlab`; its verbs are in this folder, the application is `_app`.

A command that grades runs in the standby of its data directory when there is one. That is found out
before anything else is imported: what a command needs is in the standby's memory already.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from autograder.standby.client import run_in_standby

if TYPE_CHECKING:
    import typer

__all__ = ["build_app", "main"]


def build_app() -> typer.Typer:
    """Return the application with every verb registered, in alphabetical order."""
    from autograder.cli import _app

    return _app.build_app()


def main() -> None:
    """Run the command line."""
    status = run_in_standby(sys.argv[1:])
    if status is not None:
        sys.exit(status)
    build_app()()
