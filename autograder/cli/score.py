"""`gradlab score`: grade one notebook, touch no gradebook, print the report."""

from __future__ import annotations

import json
import os
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
    from autograder.cli._console import WRONG_INPUT, failure_exit, print_report
    from autograder.course.layout import Layout
    from autograder.service.client import ServiceError, result_of
    from autograder.service.protocol import Item, Order, Source, Tenant

    with failure_exit():
        layout = Layout.find()
        order = Order(
            Tenant.of(layout),
            assignment,
            "gradlab score",
            [Item("", Source.FILE, os.fsencode(notebook.absolute()))],
            with_reports=True,
        )
        result, body = result_of(order)
        if not result.is_graded:
            raise ServiceError(result.fault)
        plain = json.loads(body)
        if as_json:
            head = ("assignment", "points", "max_points", "seed", "isolation", "repairs", "cells")
            shown = {name: plain[name] for name in (*head, "limits_hit", "refusal", "key")}
            typer.echo(json.dumps(shown, ensure_ascii=False))
        else:
            print_report(plain)
        if result.refusal:
            raise typer.Exit(WRONG_INPUT)
