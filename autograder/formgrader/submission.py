"""The page of one submission: nbgrader's, with the figures of the notebook drawn.

What it guarantees:

- Other people's requests are answered while figures are drawn, and a notebook that takes long is
  shown without them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader.handlers import SubmissionHandler
from tornado.web import authenticated

from autograder.gradebook.autograded import key_in
from autograder.gradebook.nbgrader.preprocessors import DrawFigures
from autograder.operations.formgrader import LAYOUT
from autograder.service.figures import Drawn, Figures, lacks_figures

FIGURES = "gradlab_figures"


class SubmissionPage(SubmissionHandler):  # type: ignore[misc]  # nbgrader ships no types
    """Has the figures drawn, and gives nbgrader's page."""

    @authenticated  # type: ignore[untyped-decorator]  # tornado's
    async def get(self, submission_id: str) -> None:
        """Show it."""
        with contextlib.suppress(MissingEntry):  # nbgrader says so
            found = self.gradebook.find_submission_notebook_by_id(submission_id)
            assignment, student = found.assignment.assignment.name, found.student.id
            layout = self.settings[LAYOUT]
            notebook = layout.autograded / student / assignment / f"{found.notebook.name}.ipynb"
            key = await asyncio.to_thread(_key_without_figures, notebook)
            if key:
                await self.settings[FIGURES].soon(layout, assignment, key)
        super().get(submission_id)


class ShowFigures(DrawFigures):
    """Shows the figures that were drawn for a page.

    Args:
        figures: draws them.
    """

    def __init__(self, figures: Figures, **options: Any) -> None:
        super().__init__(**options)
        self._figures = figures

    def drawn(self, assignment: str, key: str) -> Drawn:  # noqa: ARG002  # as the class above
        """Return what was drawn."""
        return self._figures.known(key)


def _key_without_figures(notebook: Path) -> str | None:
    """Return the key of the report of a notebook that lacks figures; `None` when it does not."""
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
        lacks = lacks_figures(cell.get("outputs", ()) for cell in cells)
    except (OSError, ValueError, KeyError):
        return None
    return key_in(notebook) if lacks else None
