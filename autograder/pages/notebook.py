"""The notebook as it ran, as a page for a sandboxed frame: it runs, loads and sends nothing.

What it guarantees:

- What the student wrote and printed is cleaned as for feedback (`gradebook.safe_text`), and shown
  in a document of an origin of its own, with a content policy that lets it do nothing.
- Formulas are MathML; pictures are those of the notebook.
- The page has an end: texts and their number are cut, and it is said.

What it does not do: show verdicts; the page around it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.course.manifest import Manifest, Role
from autograder.gradebook import safe_text
from autograder.gradebook.feedback import inert
from autograder.grading.report import ExecutedCell, Report

POLICY = (
    "sandbox; default-src 'none'; style-src 'self'; font-src data:; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
MOST_CELLS = 500
MOST_CHARACTERS = 60_000  # of one text
MOST_PICTURE_CHARACTERS = 4_000_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PICTURES = ("image/png", "image/jpeg")


@dataclass(frozen=True)
class Output:
    """One output: a text, a picture or a fragment that was cleaned.

    Args:
        kind: `text`, `error`, `picture` or `html`.
        content: the text, the picture's address, or the fragment.
    """

    kind: str
    content: str | Markup


@dataclass(frozen=True)
class CellView:
    """One cell.

    Args:
        number: of its place in the notebook, from 1.
        kind: `code`, `text` or `raw`.
        label: what it is, for who listens.
        is_answer: whether the student filled it in.
        source: its text, or a fragment of it that was cleaned.
        outputs: what it put out.
    """

    number: int
    kind: str
    label: str
    is_answer: bool
    source: str | Markup
    outputs: Sequence[Output] = ()


def cells_of(report: Report, manifest: Manifest | None) -> list[CellView]:
    """Return the cells of a report's notebook as they are shown."""
    roles = {cell.cell_id: cell.role for cell in manifest.cells} if manifest else {}
    return [
        _cell(number, cell, roles.get(cell.cell_id))
        for number, cell in enumerate(report.notebook[:MOST_CELLS], start=1)
    ]


def _cell(number: int, cell: ExecutedCell, role: Role | None) -> CellView:
    is_answer = role in (Role.ANSWER, Role.ESSAY)
    whose = "your answer" if is_answer else "your own" if role is None else "given"
    label = f"Cell {number}, {whose}"
    if cell.cell_type == "markdown":
        source = _markdown(cell.source, safe_text.pictures(cell.outputs))
        return CellView(number, "text", label, is_answer, source)
    text = _cut(safe_text.plain_text(cell.source))
    kind = "code" if cell.cell_type == "code" else "raw"
    outputs = tuple(_outputs(cell.outputs)) if kind == "code" else ()
    return CellView(number, kind, label, is_answer, text, outputs)


def prose(source: str) -> Markup:
    """Return a text of the course as a fragment for a page."""
    return _markdown(source, {})


def _outputs(raw: Iterable[Mapping[str, Any]]) -> Iterable[Output]:
    for output in safe_text.outputs(raw):
        kind = output["output_type"]
        if kind == "stream":
            yield Output("error" if output["name"] == "stderr" else "text", _plain(output["text"]))
        elif kind == "error":
            lines = output["traceback"] or [f"{output['ename']}: {output['evalue']}"]
            yield Output("error", _plain("\n".join(lines)))
        else:
            yield _shown(output["data"])


def _shown(data: Mapping[str, str]) -> Output:
    for mime in _PICTURES:
        if mime in data and len(data[mime]) <= MOST_PICTURE_CHARACTERS:
            return Output("picture", f"data:{mime};base64,{data[mime]}")
    for mime in ("text/html", "text/markdown", "text/latex"):
        if mime in data and len(data[mime]) <= MOST_CHARACTERS:
            if mime == "text/markdown":
                return Output("html", _markdown(data[mime], {}))
            return Output("html", Markup(inert(data[mime])))  # noqa: S704 (cleaned)
    return Output("text", _plain(data.get("text/plain", "[a picture that is too large]")))


def _markdown(source: str, pictures: Mapping[str, dict[str, str]]) -> Markup:
    safe = safe_text.markdown(_cut(source), pictures)
    renderer = IPythonRenderer(escape=True, attachments=dict(pictures), exclude_anchor_links=True)
    soup = BeautifulSoup(inert(MarkdownWithMath(renderer=renderer).render(safe)), "html.parser")
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        # below the heading of the page
        heading.name = f"h{min(6, int(heading.name[1]) + 1)}"
    for element in soup.find_all(True):
        for name in ("id", "style", "class"):
            element.attrs.pop(name, None)
    return Markup(str(soup))  # noqa: S704 (cleaned)


def _plain(text: str) -> str:
    return _cut(_COLOUR.sub("", text))


def _cut(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}\n… {len(text) - MOST_CHARACTERS} more characters"
