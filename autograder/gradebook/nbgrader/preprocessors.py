"""nbgrader's converters with our engine: the classes that its configuration names.

What it guarantees:

- `nbgrader autograde` and formgrader's Autograde button give the same rows, notebooks and comments
  as `gradlab grade`, for the same service grades; nbgrader's own execution and scoring never run.
- A file that is no notebook is refused with its reason shown, as in a batch, instead of an error.
- Figures are drawn for the pages that nbgrader makes of a notebook, feedback and a submission's.
- `nbgrader generate_assignment` and formgrader's Generate button release what `gradlab build` does.

What it does not do: grade a submission without any notebook file that was not collected through the
exchange (`exchange.SafeCollect` puts one there); nbgrader skips those itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder.course import build, release_notebook
from autograder.course.layout import Layout
from autograder.gradebook import safe_text
from autograder.gradebook.writer import GradebookWriter
from autograder.grading.errors import GraderFault
from autograder.records.actor import present_actor
from autograder.service.client import ServiceError, result_of
from autograder.service.figures import Drawn, draw, figures_in, filled
from autograder.service.protocol import Item, Order, Source, Tenant


class CoursePreprocessor(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """A preprocessor that knows the course."""

    course_root = Unicode(help="The folder with solutions/ and assignments/.").tag(config=True)
    course_home = Unicode(help="The data directory.").tag(config=True)
    course_id = Unicode(help="The course's name.").tag(config=True)
    exchange_root = Unicode(help="The exchange, where courses share one.").tag(config=True)
    database = Unicode(help="The gradebook's address; empty: the usual one.").tag(config=True)

    @property
    def layout(self) -> Layout:
        """Return the course."""
        exchange = Path(self.exchange_root) if self.exchange_root else None
        root, home = Path(self.course_root), Path(self.course_home)
        return Layout(root, home, self.course_id, exchange, self.database)


class ReleaseNotebook(CoursePreprocessor):
    """Replaces the instructor's notebook by the release, and registers the assignment."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ARG002  # nbconvert's
        """Return the built release notebook."""
        names = [resources["nbgrader"]["assignment"]]
        manifest = build(self.layout, names, check=True)[0].manifest  # refuses what would leak
        with GradebookWriter(self.layout, self.config, self.log.warning) as writer:
            writer.register(manifest)
        return nbformat.from_dict(release_notebook(manifest)), resources


class GradeSubmission(CoursePreprocessor):
    """Replaces a submission by its autograded notebook, and records its grade."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ARG002  # nbconvert's
        """Return the autograded notebook."""
        names = resources["nbgrader"]
        student_id, assignment = names["student"], names["assignment"]
        actor = present_actor()
        order = Order(
            Tenant.of(self.layout),
            assignment,
            "nbgrader autograde",
            [Item(student_id, Source.STORED)],
            record=True,
            actor=(actor.name, actor.address, actor.via),
        )
        result, _report = result_of(order)
        if not result.is_graded:
            raise GraderFault(result.fault)
        if result.refusal:
            self.log.warning("%s of %s is refused: %s", assignment, student_id, result.refusal)
        # nbgrader writes the notebook itself; ours is read-only and would be in its way
        written = self.layout.autograded / student_id / assignment / f"{assignment}.ipynb"
        text = written.read_text(encoding="utf-8")
        written.unlink()
        return nbformat.reads(text, as_version=4), resources


class DrawFigures(CoursePreprocessor):
    """Draws the figures of an autograded notebook, for a page that is being made of it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return the notebook with its pictures, as it is where they cannot be had."""
        report = nb.metadata.get("gradlab", {})
        lacking = [cell for cell in nb.cells if figures_in(cell.get("outputs", ()))]
        if not lacking or not report.get("key"):
            return nb, resources
        drawn = self.drawn(report["assignment"], report["key"])
        for cell in lacking:
            pictures = safe_text.outputs(drawn.get(cell.id, ()))
            cell.outputs = nbformat.from_dict(filled(cell.outputs, pictures))
        return nb, resources

    def drawn(self, assignment: str, key: str) -> Drawn:
        """Return the figures of a report; none where they cannot be had."""
        try:
            return draw(self.layout, assignment, key)
        except ServiceError as error:
            self.log.warning("figures are not drawn: %s", error)
            return {}


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]  # nbconvert has no types
    """Hands a submitted file to `GradeSubmission` unread: it may be anything."""

    def from_filename(
        self, filename: str, resources: Any = None, **options: Any
    ) -> tuple[Any, Any]:
        """Convert a notebook file."""
        if not any(isinstance(used, GradeSubmission) for used in self._preprocessors):
            return super().from_filename(filename, resources=resources, **options)  # type: ignore[no-any-return]
        resources = {} if resources is None else resources
        resources["metadata"] = {"name": Path(filename).stem, "path": str(Path(filename).parent)}
        return self.from_notebook_node(new_notebook(), resources=resources, **options)  # type: ignore[no-any-return]
