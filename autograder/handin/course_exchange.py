"""The course's side of nbgrader: build, release, collect, feedback, as formgrader's buttons do.

What it guarantees:

- Every step goes through nbgrader's own interface with the course's own `nbgrader_config.py`, if it
  has one.
- A step that nbgrader refuses is an error with nbgrader's own words, never silence.

What it does not do: grade (`autograder.batch` does), or hand in for a student
(`autograder.demo.classroom`).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.course.layout import Layout
from autograder.course.usual_configuration import NBGRADER
from autograder.gradebook.nbgrader.configuration import configure
from autograder.handin.releasing import is_current
from autograder.settings.errors import ExchangeFault


def nbgrader_config(layout: Layout) -> Config:
    """Return the course's own nbgrader configuration, or the usual one."""
    if not (layout.root / NBGRADER).is_file():
        config = Config()
        configure(config, layout)
        return config
    return PyFileConfigLoader(NBGRADER, path=str(layout.root)).load_config()


class CourseExchange:
    """What instructors and TAs do with an assignment.

    Args:
        layout: of the course.
        students: a pattern of the ids of those whose work it concerns, as of file names.
    """

    def __init__(self, layout: Layout, students: str = "*") -> None:
        """Read the course's configuration."""
        self.layout = layout
        self.config = nbgrader_config(layout)
        self.config.CourseDirectory.student_id = students
        quiet = logging.getLogger("gradlab.exchange")
        quiet.propagate = False
        coursedir = CourseDirectory(config=self.config, log=quiet)
        self._api = NbGraderAPI(coursedir=coursedir, config=self.config, log=quiet)

    @property
    def outbound(self) -> Path:
        """Return where released assignments lie."""
        return self.layout.exchange / self.layout.course_id / "outbound"

    def is_released(self, assignment: str) -> bool:
        """Return whether students can fetch the assignment."""
        return (self.outbound / assignment).is_dir()

    def is_current(self, assignment: str) -> bool:
        """Return whether what students fetch is what was built last."""
        return is_current(self.layout, self.outbound, assignment)

    def release(self, assignment: str) -> None:
        """Let students fetch the assignment."""
        self._done(self._api.release_assignment(assignment), "release", assignment)

    def collect(self, assignment: str) -> None:
        """Copy each student's newest submission to the course's submitted folder."""
        self._done(self._api.collect(assignment, update=True), "collect", assignment)

    def generate_feedback(self, assignment: str) -> None:
        """Render the feedback pages of everybody who was graded."""
        self._done(self._api.generate_feedback(assignment), "generate feedback of", assignment)

    def release_feedback(self, assignment: str) -> None:
        """Let students fetch their feedback pages."""
        self._done(self._api.release_feedback(assignment), "release feedback of", assignment)

    def _done(self, answer: dict[str, Any], step: str, assignment: str) -> None:
        if not answer["success"]:
            said = "\n".join(str(answer.get(key) or "") for key in ("log", "error")).strip()
            raise ExchangeFault(f"nbgrader could not {step} {assignment!r}:\n{said}")
