"""The directive `reference-errata`: what the sources print, what is right, where we depart.

What it guarantees: the page says what the code says, namely `reference.errata`.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ERRATA = (("Source", 8), ("About", 18), ("Printed", 35), ("Right", 40), ("Test", 40))
DEVIATIONS = (("In code", 40), ("Deviation", 90))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("reference-errata", Errata)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class Errata(SphinxDirective):
    """A table of errata, and one of deviations."""

    def run(self) -> list[nodes.Node]:
        """Return the table and a section."""
        from reference import errata

        self.env.note_dependency(errata.__file__)
        rows = [
            (_text(e.source), _text(e.about), _text(e.printed), _text(e.right), _code(e.test))
            for e in errata.ERRATA
        ]
        title = "Where the reference departs from its sources"
        section = nodes.section(ids=[nodes.make_id(title)], names=[title])
        section += nodes.title("", title)
        section += nodes.paragraph("", "What the docstrings say under Deviation.")
        departures = [
            (_code(f"{d.module}.{d.name}".rstrip(".")), _text(d.text)) for d in errata.deviations()
        ]
        section += _table(DEVIATIONS, departures)
        return [_table(ERRATA, rows), section]


def _text(text: str) -> list[nodes.Node]:
    parts = text.replace("``", "`").split("`")
    return [
        nodes.literal(text=part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(parts)
        if part
    ]


def _code(text: str) -> list[nodes.Node]:
    return [nodes.literal(text=text)] if text else [nodes.Text("–")]


def _table(
    columns: tuple[tuple[str, int], ...], rows: list[tuple[list[nodes.Node], ...]]
) -> nodes.table:
    table, group = nodes.table(), nodes.tgroup(cols=len(columns))
    table += group
    for _, width in columns:
        group += nodes.colspec(colwidth=width)
    head, body = nodes.thead(), nodes.tbody()
    group += [head, body]
    head += _row([[nodes.Text(name)] for name, _ in columns])
    for row in rows:
        body += _row(row)
    return table


def _row(cells: Any) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        row += nodes.entry("", nodes.paragraph("", "", *cell))
    return row
