"""`gradlab replay`: compute a grade again from the log, and compare it to the byte."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("replay")(replay)


def replay(
    grade: Annotated[
        str,
        typer.Argument(
            metavar="KEY|LINE",
            help="A report's key, or its first characters; or a line's number in the log.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report's own bytes and nothing else.")
    ] = False,
) -> None:
    """Grade again what a line of the log is about, and compare the report to the byte.

    Neither the gradebook nor the cache of reports is read or written. Exit code 0 when the report
    is the same; 1 when it differs; 2 when it cannot be replayed, because it is unknown or the
    course has changed since; 3 for a fault of ours.
    """
    from autograder.cli._console import DIFFERENT, WRONG_INPUT, failure_exit, print_report, say
    from autograder.course import Layout
    from autograder.grading.replay import ReplayError, find_line
    from autograder.records import Log
    from autograder.service.client import ServiceError, result_of
    from autograder.service.protocol import Item, Order, Origin, Source, Tenant

    with failure_exit():
        layout = Layout.find()
        try:
            line = find_line(Log(layout.log), grade)
        except ReplayError as error:
            say(str(error))
            raise typer.Exit(WRONG_INPUT) from error
        item = Item(str(line["student"]), Source.KEPT, json.dumps(line).encode())
        order = Order(
            Tenant.of(layout), line["assignment"], "gradlab replay", [item], with_reports=True
        )
        result, body = result_of(order)
        if result.origin is Origin.REFUSED:
            say(result.fault)
            raise typer.Exit(WRONG_INPUT)
        if not result.is_graded:
            raise ServiceError(result.fault)
        if as_json:
            sys.stdout.buffer.write(body)
        else:
            print_report(json.loads(body))
        is_same = hashlib.sha256(body).hexdigest() == line["report"]
        said = "the same bytes as" if is_same else "NOT the same bytes as"
        say(f"{said} the report of {line['student']}, graded {line['when']}")
        if not is_same:
            raise typer.Exit(DIFFERENT)
