"""`gradlab doctor`: what this machine offers, and what to do about what is missing.

Exit status: 0 when everything required is there, 1 when something required is lacking.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.hub.doctor import Finding

EXIT_LACKING = 1


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor")(_doctor)


def _doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Show also the settings that are at their defaults.")
    ] = False,
) -> None:
    """Look at this machine: isolation, GPU, proxy, database, versions, settings.

    What is lacking is said last, with what to do about it.
    """
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
        shown = [f for f in findings if everything or not f.is_default]
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("", "what", "found"):
            table.add_column(column)
        area = ""
        for finding in shown:
            if finding.area != area:
                area = finding.area
                table.add_row("", f"[bold]{area}[/]", "")
            table.add_row(_mark(finding), f"  {escape(finding.name)}", escape(finding.found))
        console = Console(highlight=False)
        console.print(table)
        if len(shown) < len(findings):
            count = len(findings) - len(shown)
            console.print(f"[dim]{count} settings are at their defaults: gradlab doctor --all[/]")
        for finding in sorted(findings, key=lambda f: f.required):
            if finding.state is State.LACKING:
                what = f"{finding.area}, {finding.name}: {finding.found}"
                console.print(f"\n{_mark(finding)} {escape(what)}", soft_wrap=True)
                console.print(f"  [yellow]→ {escape(finding.remedy)}[/]", soft_wrap=True)
        if lacking:
            console.print(f"\n[red]required and lacking: {len(lacking)}[/]")
        else:
            console.print("\n[green]everything that gradlab needs is here[/]")
    if lacking:
        raise typer.Exit(EXIT_LACKING)


def _mark(finding: Finding) -> str:
    """Return a cross for what is required and lacking, a dash for what may be lacking."""
    if finding.state == "good":
        return "[green]✓[/]"
    return "[red]✗[/]" if finding.required else "[yellow]–[/]"
