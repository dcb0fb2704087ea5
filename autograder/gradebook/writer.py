"""The one writer of grades: reports become nbgrader's rows, autograded notebooks and comments.

What it guarantees:

- One transaction per submission; the notebook is replaced after it was committed. Killed at any
  moment, the gradebook holds the submission's old rows or its new ones, and `is_recorded` says
  no until both rows and notebook are there, so writing again completes it.
- What people entered (manual scores, extra credit, comments, extensions, due dates) survives, as it
  does in nbgrader; a cell that a person scored is marked for another look, as nbgrader marks it.
- The rows are those that `nbgrader autograde` would have left, apart from the automatic scores,
  which are the report's. Unknown never becomes a score: a report that does not fit its manifest is
  an error.
- Several writers, formgrader among them, lose nothing of each other's.
- Before a grade is committed, its line is in the log of events: who graded, what, and what was
  there before. A crash between the two leaves a line too many, never one too few.
- Decisions of people count: checks that were voided, and points by hand only for the answer that
  they were given for. They are rows of the log; the report stays as it was computed.

What it does not do: grade, or decide which submissions to write.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection
from traitlets.config import Config

from autograder.course.layout import Layout
from autograder.course.manifest import Manifest
from autograder.gradebook.autograded import AutogradedFolder
from autograder.gradebook.database import PATIENCE_SECONDS, Database
from autograder.gradebook.deadlines import deadlines
from autograder.gradebook.errors import MismatchError
from autograder.gradebook.lateness import Late, Lateness
from autograder.gradebook.notebook import AutogradedNotebook
from autograder.gradebook.registry import register
from autograder.gradebook.rows import (
    AssignmentRows,
    Standing,
    State,
    Submission,
    Written,
    naive_utc,
)
from autograder.gradebook.scores import automatic_scores, check_fits
from autograder.gradebook.student_id import check_student_id
from autograder.grading.decisions import Decisions
from autograder.grading.report import Report
from autograder.records import Event, Log

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    manifest: Manifest
    rows: AssignmentRows
    notebook: AutogradedNotebook


class GradebookWriter:
    """Writes the reports of one course.

    Args:
        layout: the course.
        config: nbgrader's configuration, for the late policy; `None` reads `nbgrader_config.py` in
            the course's folder, as nbgrader itself does.
        on_wait: called with one sentence when another program holds the gradebook.
        patience_seconds: how long to wait for it.

    Raises:
        GradebookError: the gradebook cannot be opened.
    """

    def __init__(
        self,
        layout: Layout,
        config: Config | None = None,
        on_wait: Callable[[str], None] = _log.warning,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._layout = layout
        self._database = Database(
            layout.database_url, layout.course_id, layout.home, on_wait, patience_seconds
        )
        self._folder = AutogradedFolder(layout)
        self._lateness = Lateness(layout, config)
        self._log = Log(layout.log)
        self._decisions = Decisions(self._log)
        self._known: dict[str, _Known] = {}
        self._remembered: dict[str, dict[str, State]] = {}

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the writer."""
        self.close()

    def close(self) -> None:
        """Close the gradebook."""
        self._database.close()

    def register(self, manifest: Manifest) -> None:
        """Make or update an assignment, its notebook and its cells; keep its due date.

        Raises:
            RegistrationError: a cell is gone that people have scored or commented.
            GradebookBusyError: the gradebook stayed locked.
        """
        with self._database.transaction() as connection:
            self._register(connection, manifest)

    def write(
        self, student_id: str, manifest: Manifest, report: Report, submitted_at: datetime | None
    ) -> Written:
        """Write one report; what was there of an earlier one is replaced.

        Args:
            student_id: the student's account name.
            manifest: the assignment.
            report: the result.
            submitted_at: when it was submitted, aware or in UTC; `None` keeps what is known.

        Raises:
            StudentIdError: the id can be no folder name or key.
            MismatchError: the report is not of this manifest.
            LogError: the log cannot be written; the gradebook is left as it was.
            RegistrationError: the manifest changed, see `register`.
            GradebookBusyError: the gradebook stayed locked.
        """
        check_student_id(student_id)
        check_fits(manifest, report)
        counted = self.decided(report)
        text = self._notebook_maker(manifest).text(counted)
        with self._database.transaction() as connection:
            rows, before = self._valid(connection, manifest, student_id)
            submission = Submission(student_id, manifest, counted, naive_utc(submitted_at))
            outdated = self._decisions.outdated(student_id, report)
            set_aside = rows.set_aside(connection, student_id, outdated) if outdated else {}
            written = rows.write(connection, submission, before.due)
            written = self._settled(connection, written, submission)
            if set_aside:
                rows.let_wait(connection, student_id, set_aside)
                written = replace(written, needs_manual_grade=True)
            details: dict[str, Any] = report.facts() | {"points": counted.points}
            details |= {"set_aside": set_aside} if set_aside else {}
            self._log.record(
                Event.GRADE if before.points is None else Event.REGRADE,
                course=self._layout.course_id,
                assignment=manifest.assignment,
                student=student_id,
                points_before=before.points,
                **details,
            )
        self._folder.write(student_id, manifest, text, submitted_at)
        self._remembered.get(manifest.assignment, {}).pop(student_id, None)
        return written

    def _settled(self, connection: Connection, written: Written, submission: Submission) -> Written:
        """Return what was written with what being late costs."""
        student, assignment = submission.student_id, submission.manifest.assignment
        is_late = written.late_seconds > 0 or written.penalty > 0
        if not (is_late or self._lateness.concerns(student, assignment)):
            return written
        (late,) = (
            one
            for one in self._lateness.settle(connection, [student], assignment)
            if one.assignment == assignment
        )
        return replace(written, late_seconds=late.seconds, penalty=late.penalty)

    def record(
        self, student_id: str, manifest: Manifest, report: Report, submitted_at: datetime | None
    ) -> None:
        """Write one report, as a batch's recorder."""
        self.write(student_id, manifest, report, submitted_at)

    def decided(self, report: Report) -> Report:
        """Return a report as it counts, with the checks that were voided."""
        return self._decisions.applied(report)

    def instead(
        self,
        student_id: str,
        manifest: Manifest,
        report: Report,
        submitted_at: datetime | None,
        *,
        never_lower: bool | None = None,
    ) -> str:
        """Return the key of the recorded report that counts instead of this one; else empty.

        Args:
            student_id: the student's account name.
            manifest: the assignment.
            report: the result now.
            submitted_at: as in `write`.
            never_lower: decide that a recorded grade of the same hand-in stays where this report
                would lower it; False: take such a decision back; `None`: decide nothing.

        Raises:
            MismatchError: the recorded grade has no report of ours that could count.
            LogError: the log cannot be read, or a decision not written.
        """
        decided = self._decisions.instead(student_id, report)
        if never_lower is False and decided:
            self._keep(student_id, report, "")
            return ""
        if decided or not never_lower:
            return decided
        counted = self.decided(report)
        check_fits(manifest, counted)
        with self._database.transaction() as connection:
            rows, _standing = self._valid(connection, manifest, student_id)
            state = rows.states(connection, student_id).get(student_id)
            moment = naive_utc(submitted_at)
            if state is None or (moment is not None and state.submitted_at != moment):
                return ""
            points = rows.score(connection, student_id)
            now = rows.score(connection, student_id, automatic_scores(manifest, counted))
        recorded = self._folder.key_of(student_id, manifest) or ""
        if now >= points or recorded == report.key:
            return ""
        if not recorded:
            raise MismatchError(
                f"the recorded grade of {student_id!r} is higher, and is kept; it is none of "
                "gradlab's, so nothing is known of its checks. Grade without --never-lower to "
                "replace it"
            )
        self._keep(student_id, report, recorded, points=points, points_now=now)
        return recorded

    def _keep(self, student_id: str, report: Report, instead: str, **details: Any) -> None:
        self._log.record(
            Event.KEEP,
            course=self._layout.course_id,
            assignment=report.assignment,
            student=student_id,
            key=report.key,
            instead=instead,
            **details,
        )

    def is_recorded(self, student_id: str, report: Report, submitted_at: datetime | None) -> bool:
        """Return whether writing this report was completed and nothing has undone it since.

        The answer is no for an assignment that this writer has not registered.
        """
        known = self._known.get(report.assignment)
        states = self._remembered.get(report.assignment)
        if known is None or (states is not None and student_id not in states):
            return False
        if self._folder.key_of(student_id, known.manifest) != report.key:
            return False
        if states is None:
            states = self._states(known, student_id)
        state = states.get(student_id)
        counted = self.decided(report)
        submission = Submission(student_id, known.manifest, counted, naive_utc(submitted_at))
        return state is not None and state.is_of(submission)

    @contextlib.contextmanager
    def remembering(self, assignment: str) -> Iterator[None]:
        """Read the gradebook's rows of an assignment once, for all of `is_recorded` in the block.

        What this writer writes in the block counts as not recorded; nothing asks that twice.
        """
        known = self._known.get(assignment)
        if known is not None:
            self._remembered[assignment] = self._states(known)
        try:
            yield
        finally:
            self._remembered.pop(assignment, None)

    def _states(self, known: _Known, student_id: str | None = None) -> dict[str, State]:
        with self._database.reading() as connection:
            if not known.rows.standing(connection).is_valid:
                return {}
            return known.rows.states(connection, student_id)

    def deadlines(self, assignment: str) -> tuple[datetime | None, dict[str, datetime]]:
        """Return the due date of an assignment and those of students who have an extension."""
        with self._database.reading() as connection:
            return deadlines(connection, assignment, self._lateness.extensions)

    def settle(self, students: Iterable[str] | None = None, assignment: str = "") -> list[Late]:
        """Bring extensions and penalties up to date, as `Lateness.settle`."""
        with self._database.transaction() as connection:
            return self._lateness.settle(connection, students, assignment)

    def _register(self, connection: Connection, manifest: Manifest) -> AssignmentRows:
        self._database.lock_registration(connection)
        notebook = AutogradedNotebook(manifest)
        registered = register(connection, self._layout.course_id, manifest, notebook.kernelspec)
        rows = AssignmentRows(self._database, registered)
        self._known[manifest.assignment] = _Known(manifest, rows, notebook)
        return rows

    def _valid(
        self, connection: Connection, manifest: Manifest, student_id: str
    ) -> tuple[AssignmentRows, Standing]:
        """Return the rows of an assignment; register it when it is new or was changed outside."""
        known = self._known.get(manifest.assignment)
        if known is not None and (known.manifest is manifest or known.manifest == manifest):
            standing = known.rows.standing(connection, student_id)
            if standing.is_valid:
                return known.rows, standing
        rows = self._register(connection, manifest)
        return rows, rows.standing(connection, student_id)

    def _notebook_maker(self, manifest: Manifest) -> AutogradedNotebook:
        known = self._known.get(manifest.assignment)
        if known is not None and known.manifest is manifest:
            return known.notebook
        return AutogradedNotebook(manifest)
