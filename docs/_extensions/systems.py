"""The directive `reference-systems`: every system of the registry, with its class and summary.

What it guarantees: the page says what the code says; a system without a docstring stops the build.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

COLUMNS = (("System", 30), ("In code", 25), ("What it is", 60), ("Source", 15))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("reference-systems", Systems)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class Systems(SphinxDirective):
    """A section with a table for each family."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        from torch import Generator

        from reference.registry import FAMILIES, systems

        self.env.note_dependency(import_module("reference.registry").__file__)
        sections: list[nodes.Node] = []
        for family in FAMILIES:
            title = f"reference.{family}"
            section = nodes.section(ids=[nodes.make_id(title)], names=[title])
            section += nodes.title("", "", nodes.literal(text=title))
            section += nodes.paragraph("", "", *_text(_summary(import_module(title), title)))
            rows = []
            for system in systems(family):
                model = _thing(system.build(Generator().manual_seed(0)))
                rows.append(
                    (
                        [nodes.literal(text=system.name)],
                        [nodes.literal(text=model.__name__)],
                        _text(_summary(model, system.name)),
                        [nodes.Text(system.source)],
                    )
                )
            section += _table(rows)
            sections.append(section)
        return sections


def _thing(built: Any) -> Any:
    """Return the model's class, or the function that a module only wraps."""
    function = getattr(built, "function", None)
    function = getattr(function, "func", function)  # what a partial call stands for
    told = inspect.isfunction(function) and function.__doc__ and function.__name__ != "<lambda>"
    return function if told else type(built)


def _summary(thing: Any, name: str) -> str:
    text = inspect.getdoc(thing)
    if not text:
        raise ExtensionError(f"{name}: has no docstring")
    return " ".join(text.split("\n\n")[0].split())


def _text(summary: str) -> list[nodes.Node]:
    """Return the text with what stands between backticks as code."""
    parts = summary.replace("``", "`").split("`")
    return [
        nodes.literal(text=part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(parts)
        if part
    ]


def _table(rows: list[tuple[list[nodes.Node], ...]]) -> nodes.table:
    table, group = nodes.table(), nodes.tgroup(cols=len(COLUMNS))
    table += group
    for _, width in COLUMNS:
        group += nodes.colspec(colwidth=width)
    head, body = nodes.thead(), nodes.tbody()
    group += [head, body]
    head += _row([[nodes.Text(name)] for name, _ in COLUMNS])
    for row in rows:
        body += _row(row)
    return table


def _row(cells: Any) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        row += nodes.entry("", nodes.paragraph("", "", *cell))
    return row
