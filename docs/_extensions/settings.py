"""The directive `hub-settings`: every setting of the hub, topic by topic, as the code has it.

What it guarantees: the page says what the code says; a setting whose class does not describe it
under `Args:` stops the build.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

COLUMNS = (("Setting", 30), ("Variable", 40), ("Default", 25), ("Meaning", 75))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_directive("hub-settings", Settings)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def topics() -> Iterator[tuple[str, str, type]]:
    """Yield the heading, the prefix of the variables (empty for none), and the class of each."""
    from autograder.hub.settings import HubSettings

    yield "[hub]", "GRADLAB_HUB", HubSettings
    yield from _inner(HubSettings, "", "GRADLAB")


def _inner(cls: type, table: str, prefix: str) -> Iterator[tuple[str, str, type]]:
    from autograder.settings.loading import _key, _many, _nested

    hints = get_type_hints(cls)
    for one in fields(cls):
        inner = _nested(hints[one.name])
        if inner is None:
            continue
        name = f"{table}.{_key(one)}".lstrip(".")
        many = _many(hints[one.name])
        below = f"{prefix}_{_key(one).upper()}" if prefix and not many else ""
        yield f"[[{name}]]" if many else f"[{name}]", below, inner
        yield from _inner(inner, name, below)


def described(cls: type) -> dict[str, str]:
    """Return what the class's docstring says of each field."""
    text = inspect.getdoc(cls) or ""
    arguments = text.partition("Args:\n")[2]
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {6,}.*)*)", arguments, flags=re.M)
    return {name: " ".join(said.split()) for name, said in found}


class Settings(SphinxDirective):
    """A section with a table for each topic."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        from autograder.settings import loading
        from autograder.settings.conversion import text_of

        self.env.note_dependency(loading.__file__)
        sections: list[nodes.Node] = []
        for title, prefix, cls in topics():
            self.env.note_dependency(inspect.getfile(cls))
            hints, said = get_type_hints(cls), described(cls)
            section = nodes.section(ids=[nodes.make_id(f"settings {title}")], names=[title])
            section += nodes.title("", "", nodes.literal(text=title))
            section += nodes.paragraph("", (inspect.getdoc(cls) or "").split("\n")[0])
            rows = []
            for one in fields(cls):
                if loading._nested(hints[one.name]) is not None:
                    continue
                if one.name not in said:
                    raise ExtensionError(f"{cls.__name__}.{one.name} is not described")
                secret = loading._secret(one)
                default = "needed" if one.default is MISSING else text_of(one.default)
                variable = f"{prefix}_{one.name}".upper() if prefix else ""
                file = " It can be given as a file's name, with _file behind." if secret else ""
                rows.append((one.name, variable, default, said[one.name] + file))
            section += _table(rows)
            sections.append(section)
        return sections


def _table(rows: list[tuple[str, ...]]) -> nodes.table:
    group = nodes.tgroup(cols=len(COLUMNS))
    group += [nodes.colspec(colwidth=width) for _, width in COLUMNS]
    head, body = nodes.thead(), nodes.tbody()
    head += _row([nodes.Text(name)] for name, _ in COLUMNS)
    for name, variable, default, meaning in rows:
        cells = [_code(name), _code(variable), _code(default), _prose(meaning)]
        body += _row(cells)
    group += [head, body]
    return nodes.table("", group)


def _row(cells: Any) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        row += nodes.entry("", nodes.paragraph("", "", *cell))
    return row


def _code(text: str) -> list[nodes.Node]:
    return [nodes.literal(text=text)] if text else [nodes.Text("–")]


def _prose(text: str) -> list[nodes.Node]:
    parts = text.split("`")
    return [nodes.literal(text=part) if n % 2 else nodes.Text(part)
            for n, part in enumerate(parts) if part]  # fmt: skip
