"""`gradlab preview`: the student's notebook as one page, with the hidden checks beside it.

Exit status: 0 written, 2 a refused source, an unknown assignment or no course, 3 the page cannot be
written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.course import Cell, Manifest

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 2rem auto;
  max-width: 80rem; padding: 0 1rem; }
section { display: grid; grid-template-columns: minmax(0, 1fr) 24rem; gap: 0 1.5rem;
  margin: .75rem 0; }
section > * { min-width: 0; }
pre { background: #f4f4f4; border-left: 4px solid #bbb; padding: .6rem .8rem; overflow-x: auto;
  margin: 0; font-size: 14px; }
.answer pre { background: #fff; border: 1px dashed #555; border-left: 4px solid #1b5e9e; }
.graded pre { border-left-color: #1b1b1b; }
aside { font-size: 14px; } aside h2 { font-size: 15px; margin: 0; }
aside p { margin: .2rem 0; } aside li { margin-bottom: .5rem; }
aside ul { padding-left: 1.2rem; margin: .3rem 0; }
.hint { color: #444; } td, th { padding: .1rem .6rem; border-bottom: 1px solid #bbb; }
@media (max-width: 60rem) { section { grid-template-columns: 1fr; } }
"""
_WORDS = {
    "given": "given",
    "answer": "the student fills it in",
    "graded": "graded by checks",
    "essay": "graded by a person",
}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("preview")(_preview)


def _preview(
    assignment: Annotated[str, typer.Argument(help="Which one.")],
    to: Annotated[
        Path | None, typer.Option(help="Write the page there, and do not open it.")
    ] = None,
) -> None:
    """Show what students receive as one page, with each graded cell's checks and hints beside it.

    The page is for instructors: it says what is checked. No solution is in it.
    """
    import tempfile
    import webbrowser

    from autograder.cli._console import failure_exit
    from autograder.course import Layout, SourceError, lint, load_manifest
    from autograder.records import write_whole

    with failure_exit():
        manifest = load_manifest(Layout.find(), assignment)
        if problems := lint(manifest):
            raise SourceError(problems)
        path = to or Path(tempfile.mkdtemp(prefix="gradlab-preview-")) / f"{assignment}.html"
        write_whole(path, page(manifest).encode())
    typer.echo(f"wrote {path}")
    if to is None and not webbrowser.open(path.resolve().as_uri()):
        typer.echo("no browser could be opened; open the file yourself", err=True)


def page(manifest: Manifest) -> str:
    """Return the page: one file that loads and runs nothing."""
    from html import escape

    from autograder.gradebook.feedback import POLICY

    cells = "\n".join(_section(manifest, cell) for cell in manifest.cells)
    title = escape(manifest.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        f"<p><strong>For instructors.</strong> {title}: {manifest.max_points:g} points, "
        f"{len(manifest.graded)} cells graded by checks, {len(manifest.essays)} by a person.</p>\n"
        f"{cells}\n</body></html>\n"
    )


def _section(manifest: Manifest, cell: Cell) -> str:
    from html import escape

    if cell.cell_type == "markdown":
        body = _markdown(cell.source)
    else:
        body = f"<pre>{escape(cell.source)}</pre>"
    return (
        f'<section class="{cell.role.value}"><div>{body}</div>'
        f"<aside>{_beside(manifest, cell)}</aside></section>"
    )


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    from autograder.gradebook.feedback import inert

    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    return inert(MarkdownWithMath(renderer=renderer).render(source))


def _beside(manifest: Manifest, cell: Cell) -> str:
    """Return what an instructor reads beside a cell: its role, points, checks and their hints."""
    from html import escape

    from autograder.checking.listing import check_names
    from autograder.course import Role

    if cell.role is Role.GIVEN:
        return ""
    worth = f", {cell.points:g} point{'s' * (cell.points != 1)}" if cell.points else ""
    said = [f"<h2>{escape(cell.cell_id)}</h2><p>{_WORDS[cell.role.value]}{worth}</p>"]
    about = manifest.metadata.get(cell.cell_id)
    if about is not None:
        said.append(
            f"<p>{about.kind.value}, {about.minutes} minutes, difficulty {about.difficulty}; "
            f"{escape(about.source)}</p>"
        )
    if cell.role is Role.GRADED:
        said.append("<ul>")
        for check in check_names([manifest.checks[cell.cell_id]]):
            hint = f'<br><span class="hint">Hint: {escape(check.hint)}</span>' if check.hint else ""
            said.append(
                f"<li><code>{escape(check.name)}</code> ({check.weight:g}) "
                f"{escape(check.summary)}{hint}</li>"
            )
        said.append("</ul>")
    return "".join(said)
