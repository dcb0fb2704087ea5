"""`gradlab standby`: keep warm, until Ctrl-C, what `grade`, `score` and `verify` need.

Exit status: 0 stopped on request or for new code, 1 no standby answers (`--status`), 2 refused, 3 a
fault of ours.
"""

from __future__ import annotations

import importlib
import os
from typing import Annotated

import typer

EXIT_NONE = 1
# What the verbs import while they run; torch is left to the nursery.
MODULES = (
    "autograder.batch.local",
    "autograder.batch.run",
    "autograder.cli._console",
    "autograder.cli._graphics",
    "autograder.cli._place",
    "autograder.cli._progress",
    "autograder.gradebook",
    "autograder.gradebook.collected",
    "autograder.grading.grader",
    "autograder.grading.proof",
    "autograder.grading.store",
    "rich.progress",
    "sqlalchemy.dialects.sqlite",
)


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("standby")(standby)


def standby(
    status: Annotated[bool, typer.Option("--status", help="Ask the one that runs.")] = False,
    servers: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="GRADLAB_STANDBY_SERVERS",
            help="How many idle warm servers to keep, about 100 MB each.",
        ),
    ] = 2 * (os.cpu_count() or 1),
    minutes: Annotated[
        float,
        typer.Option(
            min=0.01,
            envvar="GRADLAB_STANDBY_MINUTES",
            help="How long to keep a server that nothing uses.",
        ),
    ] = 15.0,
) -> None:
    """Keep warm, until Ctrl-C, what commands that grade need in this data directory.

    They find it by themselves and give the same results without it. GRADLAB_STANDBY=off leaves it
    out.
    """
    from autograder.cli import build_app
    from autograder.cli._console import OUR_FAULT, WRONG_INPUT, failure_exit, say
    from autograder.cli.grade import leave_grammar_out
    from autograder.course import Layout
    from autograder.grading.keys import Installed
    from autograder.sandbox import SandboxError
    from autograder.standby.client import ask
    from autograder.standby.place import fingerprint
    from autograder.standby.server import Settings, Standby, StandbyRefused

    if status:
        answer = ask("status")
        if answer is None:
            say("no standby answers here")
            raise typer.Exit(EXIT_NONE)
        typer.echo(
            f"process {answer['pid']}: {len(answer['commands'])} commands run, "
            f"{answer['served']} were served, {answer['idle_servers']} idle servers"
        )
        return
    with failure_exit():
        home = Layout.find().home
        stamp = fingerprint()  # before the imports: what changes from now on is noticed
        leave_grammar_out()
        for name in MODULES:
            importlib.import_module(name)
        Installed.remember()  # the standby compares what is installed before each command
        command = typer.main.get_command(build_app())
        settings = Settings(servers, minutes * 60)
        one = Standby(home, command, stamp, settings, lambda: typer.echo(f"standby ready: {home}"))
        try:
            one.serve()
        except StandbyRefused as error:
            say(str(error))
            raise typer.Exit(WRONG_INPUT) from error
        except SandboxError as error:
            say(str(error))
            raise typer.Exit(OUR_FAULT) from error
