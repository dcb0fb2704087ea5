"""`gradlab serve`: the whole course on this machine, until Ctrl-C.

Exit status: 0 stopped on request, 1 the hub failed, 2 wrong settings or no course.
"""

from __future__ import annotations

from typing import Annotated

import typer

EXIT_FAILED = 1
EXIT_REFUSED = 2


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("serve")(_serve)


def _serve(
    port: Annotated[int | None, typer.Option(help="Port for browsers [default: 8000].")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address for browsers [default: 127.0.0.1].")
    ] = None,
) -> None:
    """Build and release the course and serve it: JupyterHub with formgrader and demo accounts."""
    from rich.console import Console

    from autograder.course import CourseError, Layout
    from autograder.course.layout import LayoutError
    from autograder.hub import HubError, HubSettings, SettingsError

    console = Console(highlight=False)
    problems = Console(stderr=True, highlight=False)
    try:
        settings = HubSettings.load(port=port, host=host)
        layout = Layout.find()
    except (SettingsError, LayoutError) as error:
        problems.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_REFUSED) from None

    from autograder.gradebook import GradebookError
    from autograder.hub.serving import Ready, serve

    def say(line: str) -> None:
        console.print(f"[dim]·[/dim] {line}", soft_wrap=True)

    def ready(state: Ready) -> None:
        names = state.settings
        console.print()
        console.print(f"[bold green]gradlab is ready:[/] [bold]{names.address}[/]", soft_wrap=True)
        for role, people in (
            ("students", names.students),
            ("TAs", names.assistants),
            ("instructors", names.instructors),
        ):
            if people and not names.courses:
                console.print(f"  {role + ':':<13}{', '.join(people)}", soft_wrap=True)
        for course in names.courses:
            console.print(f"  {'course:':<13}{course.id}  {course.title}", soft_wrap=True)
        if state.password:
            whose = "all of them" if names.authenticator == "demo" else "approvers, at first"
            console.print(f"  {'password:':<13}[bold]{state.password}[/]  ({whose})")
        if names.sessions == "shared":
            console.print(
                "  [yellow]Sessions are not isolated: whoever logs in can read the course's files. "
                "'gradlab doctor' says why.[/]",
                soft_wrap=True,
            )
        console.print(f"[dim]  data: {layout.home}   log: {state.log}[/]", soft_wrap=True)
        console.print("[dim]  Ctrl-C stops it; nothing is lost.[/]")

    try:
        status = serve(layout, settings, say, ready)
    except (HubError, CourseError, GradebookError) as error:
        problems.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_FAILED) from None
    raise typer.Exit(status)
