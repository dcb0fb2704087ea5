"""`gradlab build`: from `solutions/` to `assignments/`.

Exit status: 0 built (with `--check`: all current), 1 with `--check` when something differs, 2 for a
refused source, an unknown assignment or no course.
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

    try:
        layout = Layout.find()
        built = build(layout, assignments or None, check=check)
    except SourceError as refused:
        for problem in refused.problems:
            typer.echo(str(problem), err=True)
        count = len(refused.problems)
        typer.echo(f"refused: {count} problem{'s' * (count != 1)}; nothing was built", err=True)
        raise typer.Exit(EXIT_REFUSED) from None
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
    if not built:
        typer.echo(f"no assignment in {layout.solutions}")
    if check and not all(one.is_current for one in built):
        typer.echo("assignments/ is not as built from solutions/; run: gradlab build", err=True)
        raise typer.Exit(EXIT_DIFFERS)
