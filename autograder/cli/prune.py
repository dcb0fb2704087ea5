"""`gradlab prune`: remove what explains only grades that were replaced long ago.

Exit status: 0 done, 1 failed, 2 no course.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

DAYS = 365
_SECONDS_OF_A_DAY = 86_400


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("prune")(_prune)


def _prune(
    days: Annotated[
        int, typer.Option(min=1, help="Keep whatever was used within so many days.")
    ] = DAYS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Remove nothing, only say what would go.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Remove what only replaced grades were computed from, and their reports.

    Every present grade can be replayed afterwards; the log keeps all its lines. Batches
    may run meanwhile.
    """
    import time

    from autograder.cli._operations import failure_exit
    from autograder.course import Layout
    from autograder.feedback.outcomes import Outcomes
    from autograder.gradebook.autograded import recorded_keys
    from autograder.grading.replay import present_keys
    from autograder.records import Log, Store
    from autograder.records.prune import prune

    with failure_exit():
        layout = Layout.find()
        pruned = prune(
            Store(layout.graded),
            present_keys(Log(layout.log))
            | recorded_keys(layout)
            | Outcomes(layout.attempts).keys(),
            time.time() - days * _SECONDS_OF_A_DAY,
            dry_run=dry_run,
        )
    if as_json:
        typer.echo(json.dumps(asdict(pruned)))
        return
    verb = "would be removed" if dry_run else "removed"
    typer.echo(
        f"{verb}: {pruned.removed} files of replaced grades, "
        f"{pruned.size_bytes / 2**20:.1f} MiB; {pruned.kept} files stay"
    )
