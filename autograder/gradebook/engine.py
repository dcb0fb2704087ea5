"""Our engine inside nbgrader's own programs: one warm grader and one writer per process.

What it guarantees:

- `nbgrader autograde` and formgrader start the engine when they first need it and keep it, so that
  the second student costs milliseconds; it ends with the process.
- An assignment that changed on disk is taken up: formgrader runs for weeks.

What it does not do: look for a report that is stored already (a batch does).
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import Any

from traitlets.config import Config, SingletonConfigurable

from autograder.course.layout import Layout
from autograder.course.manifest import Manifest
from autograder.gradebook.writer import GradebookWriter
from autograder.grading import Preparer, Refused, Report, isolation_level
from autograder.grading.grader import Grader
from autograder.grading.store import ReportStore
from autograder.grading.submission import notebooks_beside, read_file


class Engine(SingletonConfigurable):  # type: ignore[misc]  # traitlets' types are skipped
    """Grades and records for nbgrader's converters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._writers: dict[tuple[Layout, str], GradebookWriter] = {}
        self._preparer: Preparer | None = None
        self._grader: Grader | None = None
        self._serves: tuple[Any, ...] = ()
        atexit.register(self.close)

    def close(self) -> None:
        """End the warm processes and close the gradebook."""
        if self._grader is not None:
            self._grader.close()
        for writer in self._writers.values():
            writer.close()
        self._grader = self._preparer = None
        self._serves = ()
        self._writers = {}

    def writer(self, layout: Layout, config: Config) -> GradebookWriter:
        """Return the writer of a course.

        Raises:
            GradebookError: the gradebook cannot be opened.
        """
        key = (layout, layout.database_url)
        if key not in self._writers:
            self._writers[key] = GradebookWriter(layout, config, self.log.warning)
        return self._writers[key]

    def grade(self, layout: Layout, assignment: str, path: Path) -> tuple[Manifest, Report]:
        """Grade one submitted notebook file; the report is stored.

        Raises:
            GraderFault: something of ours failed; there is no grade.
        """
        preparer = self._current(layout, assignment)
        try:
            expected = path.with_name(preparer.manifest(assignment).notebook_name)
            path = expected if os.path.lexists(expected) else path
            prepared = preparer.prepare(assignment, read_file(path), notebooks_beside(path))
        except Refused as refusal:
            prepared = preparer.refuse(assignment, str(refusal))
        if prepared.refusal:
            report = preparer.refusal_report(prepared)
        else:
            if self._grader is None:
                self._grader = Grader(preparer, [assignment])
            report = self._grader.run(prepared)
        ReportStore(layout.graded).store(preparer, prepared, report)
        return preparer.manifest(assignment), report

    def _current(self, layout: Layout, assignment: str) -> Preparer:
        """Return the preparer; start anew for another assignment or another version of it."""
        serves = (layout, assignment, _version(layout.solutions / assignment))
        if self._preparer is None or serves != self._serves:
            if self._grader is not None:
                self._grader.close()
                self._grader = None
            self._preparer = Preparer(layout, isolation_level())
            self._serves = serves
        return self._preparer


def _version(folder: Path) -> tuple[Any, ...]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    statuses = ((str(path), path.stat()) for path in files)
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in statuses)
