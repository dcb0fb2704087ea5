"""Draw the figures of the gallery when the documentation is built.

Each `docs/gallery/<name>.py` has a docstring, whose first line is the heading and whose rest is the
text, and either a function `figure()` that returns a matplotlib figure or code that draws one.
Pictures and the page's text go to `docs/_gallery/`; a picture is drawn again when its script or
`reference/` changed. What it does not do: tolerate a script that fails; the build stops with its
name.
"""

from __future__ import annotations

import ast
import hashlib
import runpy
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ENTRY_NAMES = ("figure", "draw", "make_figure", "plot", "main")
DOTS_PER_INCH = 120
LINES = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
"""One after the other, so that curves are told apart without their colours."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", draw_gallery)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def draw_gallery(app: Sphinx) -> None:
    """Draw what is missing or stale, and write the text that the gallery's page includes."""
    source = Path(app.srcdir)
    target = source / "_gallery"
    target.mkdir(exist_ok=True)
    state = _digest(sorted((source.parent / "reference").rglob("*.py")))
    sections = []
    for script in sorted((source / "gallery").glob("[!_]*.py")):
        title, _, text = (_docstring(script)).partition("\n")
        _draw(script, target, state)
        link = f"![{title}](/_gallery/{script.stem}.png)"
        sections.append(f"## {title}\n\n{text.strip()}\n\n{link}\n")
    page = "\n".join(sections) or "No figure has been added yet.\n"
    included = target / "gallery.txt"
    if not included.exists() or included.read_text(encoding="utf-8") != page:
        included.write_text(page, encoding="utf-8")


def _docstring(script: Path) -> str:
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    if not text:
        raise ExtensionError(f"{script}: has no docstring; its first line is the figure's heading")
    return text


def _digest(paths: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _draw(script: Path, target: Path, state: str) -> None:
    picture, mark = target / f"{script.stem}.png", target / f"{script.stem}.key"
    key = state + _digest([script])
    if picture.exists() and mark.exists() and mark.read_text() == key:
        return
    import matplotlib as mpl
    import torch

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    torch.set_num_threads(1)  # models this small train many times slower on several
    plt.close("all")
    colours = [f"tab:{name}" for name in ("blue", "orange", "green", "red", "purple")]
    plt.rcParams["axes.prop_cycle"] = plt.cycler(color=colours) + plt.cycler(linestyle=LINES)
    try:
        names = runpy.run_path(str(script), run_name="gallery")
        drawn = next((names[name]() for name in ENTRY_NAMES if callable(names.get(name))), None)
    except Exception as error:
        raise ExtensionError(f"{script}: {type(error).__name__}: {error}") from error
    if not hasattr(drawn, "savefig"):
        if not plt.get_fignums():
            raise ExtensionError(f"{script}: drew nothing; expected a function figure()")
        drawn = plt.gcf()
    drawn.savefig(picture, dpi=DOTS_PER_INCH, bbox_inches="tight")
    plt.close("all")
    mark.write_text(key)
