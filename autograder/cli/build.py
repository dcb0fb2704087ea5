"""`gradlab build`: from `solutions/` to `assignments/`.

Exit status: 0 built (with `--check`: all current), 1 with `--check` when something differs, 2 for a
refused source (the others are built), an unknown assignment, no assignment or no course.
"""

from __future__ import annotations

from typing import Annotated

import typer

EXIT_DIFFERS = 1
EXIT_REFUSED = 2


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("build")(_build)


def _build(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]…", help="All by default.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when something differs.")
    ] = False,
) -> None:
    """Build the notebooks that students receive."""
    from autograder.course import CourseError, Layout, SourceError, build

    refused: list[SourceError] = []
    try:
        layout = Layout.find()
        built = build(layout, assignments or None, check=check, refused=refused.append)
    except CourseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_REFUSED) from None
    for one in built:
        manifest = one.manifest
        state = "current" if one.is_current else ("DIFFERS" if check else "built")
        typer.echo(
            f"{manifest.assignment}: {state}, {len(manifest.cells)} cells, "
            f"{len(manifest.graded)} graded, {manifest.max_points:g} points"
        )
        for name in one.changed:
            typer.echo(f"  changed {one.folder / name}")
        for name in one.removed:
            typer.echo(f"  removed {one.folder / name}")
    for refusal in refused:
        for problem in refusal.problems:
            typer.echo(str(problem), err=True)
    if refused:
        count = sum(len(refusal.problems) for refusal in refused)
        rest = f"{len(built)} built" if built else "nothing was built"
        typer.echo(f"refused: {count} problem{'s' * (count != 1)}; {rest}", err=True)
        raise typer.Exit(EXIT_REFUSED)
    if not built:
        typer.echo(
            f"no assignment in {layout.solutions}: an assignment is a folder with a notebook.py",
            err=True,
        )
        raise typer.Exit(EXIT_REFUSED)
    if check and not all(one.is_current for one in built):
        typer.echo("assignments/ is not as built from solutions/; run: gradlab build", err=True)
        raise typer.Exit(EXIT_DIFFERS)
