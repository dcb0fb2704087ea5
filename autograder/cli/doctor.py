"""`gradlab doctor`: what this machine offers, and what to do about what is missing.

Exit status: 0 when everything required is there, 1 when something required is lacking.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

EXIT_LACKING = 1


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor")(_doctor)


def _doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at this machine: isolation, GPU, proxy, database, versions, settings."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from autograder.hub.doctor import State, examine

    findings = examine()
    lacking = [f for f in findings if f.state is State.LACKING and f.required]
    if as_json:
        typer.echo(
            json.dumps({"good": not lacking, "findings": [asdict(finding) for finding in findings]})
        )
    else:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("", "what", "found"):
            table.add_column(column)
        area = ""
        for finding in findings:
            if finding.area != area:
                area = finding.area
                table.add_row("", f"[bold]{area}[/]", "")
            if finding.state is State.GOOD:
                mark = "[green]✓[/]"
            else:
                mark = "[red]✗[/]" if finding.required else "[yellow]–[/]"
            text = escape(finding.found)
            if finding.remedy:
                text += f"\n[yellow]→ {escape(finding.remedy)}[/]"
            table.add_row(mark, f"  {escape(finding.name)}", text)
        console = Console(highlight=False)
        console.print(table)
        if lacking:
            console.print(f"\n[red]{len(lacking)} required things are lacking[/]")
        else:
            console.print("\n[green]everything that gradlab needs is here[/]")
    if lacking:
        raise typer.Exit(EXIT_LACKING)
