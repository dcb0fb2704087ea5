"""`gradlab grader`: the grading service in the foreground, until Ctrl-C.

Exit status: 0 stopped on request, for new code, or idle; 1 none runs (`--status`); 2 refused; 3 a
fault of ours.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

EXIT_NONE = 1


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("grader")(grader)


def grader(
    status: Annotated[bool, typer.Option("--status", help="Ask the one that runs.")] = False,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", min=1, envvar="GRADLAB_GRADER_JOBS", help="How many run at once."
        ),
    ] = os.cpu_count() or 1,
    idle: Annotated[
        float, typer.Option(min=0, help="End after so many idle minutes; 0: never.")
    ] = 0.0,
) -> None:
    """Run the grading service, which every command that grades uses, until Ctrl-C.

    Without it the first command starts one, which ends when nobody has used it for 15 minutes.
    """
    from autograder.cli._console import OUR_FAULT, WRONG_INPUT, failure_exit, say
    from autograder.service import place
    from autograder.service.client import Place

    if status:
        answer = Place().ask("status")
        if answer is None:
            say("no grading service runs")
            raise typer.Exit(EXIT_NONE)
        typer.echo(
            f"process {answer['pid']}: {answer['running']} jobs run, {answer['waiting']} wait, "
            f"{answer['orders']} orders since it started, {answer['idle_pairs']} idle warm pairs"
        )
        return
    stamp = place.fingerprint()  # before the imports: what changes from now on is noticed
    from autograder.cli._service import serve
    from autograder.grading.errors import GraderFault
    from autograder.service.process import ServiceRefused
    from autograder.service.server import Settings

    with failure_exit():
        try:
            serve(
                stamp,
                Settings(jobs, ends_idle_seconds=idle * 60),
                lambda: typer.echo(f"grading service ready: {place.folder_path()}"),
            )
        except ServiceRefused as error:
            say(str(error))
            raise typer.Exit(WRONG_INPUT) from error
        except GraderFault as error:
            say(str(error))
            raise typer.Exit(OUR_FAULT) from error
