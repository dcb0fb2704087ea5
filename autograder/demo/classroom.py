"""Students of a played class at the exchange: their homes, submissions and names in the gradebook.

What it guarantees:

- Submissions go through nbgrader's own exchange, each from the student's own home, with the
  student's own receipt; only the clock is the play's, so that some come early and some late.
- A due date that the instructor has set is kept, and none is set where others have handed in.
- Playing the same class again hands in nothing twice, so that an interrupted play goes on.
"""

from __future__ import annotations

import fnmatch
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeSubmit
from traitlets.config import Config

from autograder.course import Layout, Manifest
from autograder.demo.play import STUDENTS, Student, Work
from autograder.records import write_whole
from autograder.sessions.folders import HubFolders

DUE_HOURS_AGO = 36.0
BINS = 10


@dataclass(frozen=True)
class Distribution:
    """The scores of one assignment.

    Args:
        assignment: which.
        scores: automatic and manual points of everybody who submitted, sorted.
        max_score: the most that can be earned.
        late: how many came after the due date.
        manual: points of the maximum that only a person gives.
    """

    assignment: str
    scores: tuple[float, ...]
    max_score: float
    late: int
    manual: float = 0.0

    @property
    def bins(self) -> tuple[int, ...]:
        """Return how many scores fall into each tenth of the maximum."""
        counts = [0] * BINS
        for score in self.scores:
            share = score / self.max_score if self.max_score else 0.0
            counts[min(BINS - 1, max(0, int(share * BINS)))] += 1
        return tuple(counts)

    @property
    def mean(self) -> float:
        """Return the mean score, 0 for nobody."""
        return mean(self.scores) if self.scores else 0.0

    @property
    def median(self) -> float:
        """Return the median score, 0 for nobody."""
        return median(self.scores) if self.scores else 0.0


class _PlayedSubmit(ExchangeSubmit):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's own submission, at a time that the play chooses."""

    played_at: datetime

    def set_timestamp(self) -> None:
        self.timestamp = self.played_at.strftime(self.timestamp_format)


class Classroom:
    """A played class on one course."""

    def __init__(self, layout: Layout) -> None:
        """Remember the course."""
        self.layout = layout
        self.folders = HubFolders(layout)
        self._quiet = logging.getLogger("gradlab.classroom")
        self._quiet.propagate = False

    def enroll(self, students: Sequence[Student]) -> None:
        """Give each student a home and a name in the gradebook."""
        with Gradebook(self.layout.database_url, self.layout.course_id) as gradebook:
            for student in students:
                home = self.folders.home(student.student_id)
                home.mkdir(mode=0o700, parents=True, exist_ok=True)
                gradebook.update_or_create_student(
                    student.student_id,
                    first_name=student.first_name,
                    last_name=student.last_name,
                )

    def due(self, assignment: str, now: datetime) -> datetime:
        """Return the assignment's due date, or when there is none, one in the recent past.

        It is set in the gradebook unless somebody else has handed in, who would be late by it.
        """
        with Gradebook(self.layout.database_url, self.layout.course_id) as gradebook:
            try:
                set_before = gradebook.find_assignment(assignment).duedate
            except MissingEntry:
                set_before = None
            if set_before is not None:
                known: datetime = set_before.replace(tzinfo=UTC)
                return known
            due = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=DUE_HOURS_AGO)
            if not self._is_used(assignment):
                gradebook.update_or_create_assignment(assignment, duedate=due.replace(tzinfo=None))
            return due

    def _is_used(self, assignment: str) -> bool:
        """Return whether somebody who does not play has handed in."""
        inbound = self.layout.exchange / self.layout.course_id / "inbound"
        arrived = [path.name.split("+")[0] for path in inbound.glob(f"*+{assignment}+*")]
        collected = [path.parent.name for path in self.layout.submitted.glob(f"*/{assignment}")]
        return any(not fnmatch.fnmatch(one, STUDENTS) for one in arrived + collected)

    def submit(self, assignment: str, work: Work, due: datetime) -> None:
        """Hand in one student's work, as the student's server does, unless it was already."""
        if work.data is None:
            return
        name = work.student.student_id
        home = self.folders.home(name)
        config = self._student_config(name, assignment)
        played = _PlayedSubmit(
            coursedir=CourseDirectory(config=config, log=self._quiet),
            authenticator=Authenticator(config=config, log=self._quiet),
            config=config,
            log=self._quiet,
        )
        played.played_at = due + timedelta(hours=work.hours_late)
        played.set_timestamp()
        receipt = f"{name}+{assignment}+{played.timestamp}"
        if Path(config.Exchange.cache, self.layout.course_id, receipt).exists():
            return
        folder = home / assignment
        if not folder.is_dir():
            outbound = self.layout.exchange / self.layout.course_id / "outbound" / assignment
            shutil.copytree(outbound, folder)
        notebook = folder / f"{assignment}.ipynb"
        write_whole(notebook, work.data)
        played.start()

    def distribution(self, manifest: Manifest) -> Distribution:
        """Return the scores that the gradebook has for an assignment."""
        assignment = manifest.assignment
        with Gradebook(self.layout.database_url, self.layout.course_id) as gradebook:
            rows: list[dict[str, Any]] = gradebook.submission_dicts(assignment)
            late = sum(
                submission.total_seconds_late > 0
                for submission in gradebook.assignment_submissions(assignment)
            )
            top = float(gradebook.find_assignment(assignment).max_score)
        scores = tuple(sorted(float(row["score"]) for row in rows))
        manual = sum(cell.points for cell in manifest.essays)
        return Distribution(assignment, scores, top, late, manual)

    def _student_config(self, student_id: str, assignment: str) -> Config:
        home = self.folders.home(student_id)
        config = Config()
        config.CourseDirectory.root = str(home)
        config.CourseDirectory.course_id = self.layout.course_id
        config.CourseDirectory.student_id = student_id
        config.CourseDirectory.assignment_id = assignment
        config.Exchange.root = str(self.layout.exchange)
        config.Exchange.assignment_dir = str(home)
        config.Exchange.cache = str(home / ".local" / "share" / "jupyter" / "nbgrader_cache")
        return config
