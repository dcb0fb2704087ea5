"""`gradlab score`: grade one notebook, touch no gradebook, print the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("score")(score)


def score(
    notebook: Annotated[Path, typer.Argument(help="The notebook to grade.", metavar="NOTEBOOK")],
    assignment: Annotated[str, typer.Option(help="Name of the assignment it answers.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Grade one notebook and print the report; no gradebook is touched.

    Exit code 0 when it was graded, whatever the score; 2 when the input is no notebook of this
    assignment; 3 for a fault of ours.
    """
    from autograder.cli._console import failure_exit, print_report
    from autograder.course import Layout
    from autograder.grading import Preparer, isolation_level
    from autograder.grading.errors import Refused
    from autograder.grading.grader import Grader
    from autograder.grading.submission import read_file
    from autograder.standby.lending import nursery

    with failure_exit():
        layout = Layout.find()
        preparer = Preparer(layout, isolation_level())
        preparer.manifest(assignment)
        try:
            prepared = preparer.prepare(assignment, read_file(notebook))
        except Refused as refusal:
            prepared = preparer.refuse(assignment, str(refusal))
        if prepared.refusal:
            report = preparer.refusal_report(prepared)
        else:
            with nursery() as servers, Grader(preparer, [assignment], servers) as grader:
                report = grader.run(prepared)
        if as_json:
            wanted = ("assignment", "points", "max_points", "seed", "isolation", "repairs", "cells")
            plain = report.to_json()
            shown = {name: plain[name] for name in wanted} | {
                "limits_hit": plain["limits_hit"],
                "refusal": plain["refusal"],
                "key": plain["key"],
            }
            typer.echo(json.dumps(shown, ensure_ascii=False))
        else:
            print_report(report)
        if report.refusal:
            raise typer.Exit(2)
