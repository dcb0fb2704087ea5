"""One course as those read it who tell students what became of their hand-ins.

What it guarantees:

- Settings that cannot be read show nothing that they might hide: as with `release`.
- What was read is kept between looks, and read again when its file has changed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from autograder.course.feedback import Feedback, When
from autograder.course.layout import Layout
from autograder.course.problems import CourseError
from autograder.course.rules import read_rules
from autograder.course.settings import SETTINGS_NAME, read_settings
from autograder.feedback.outcomes import Outcomes
from autograder.gradebook.database import Database
from autograder.gradebook.deadlines import deadlines
from autograder.gradebook.errors import GradebookError
from autograder.gradebook.extensions import Extensions
from autograder.grading.decisions import Decisions
from autograder.grading.report import Report
from autograder.grading.store import ReportStore
from autograder.handin.storage import CourseStore
from autograder.records import Event, Log, LogError, write_whole
from autograder.records.follow import Follower

if TYPE_CHECKING:
    from autograder.feedback.attempts import Attempt

PATIENCE_SECONDS = 2.0  # for a gradebook that another program holds
SINCE = "since"  # the file that says when it began
NEVER = datetime.max.replace(tzinfo=UTC)
_NEVER = "never"
HIDDEN = Feedback(when=When.RELEASE)
_LOG = logging.getLogger("gradlab.feedback")


def present() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class FeedbackCourse:
    """A course whose attempts are looked at; keeps what it read between looks.

    Args:
        layout: the course.
        follows_collect: hand-ins are graded when they were collected: an exchange of files.
        clock: the time.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        follows_collect: bool = False,
        clock: Callable[[], datetime] = present,
    ) -> None:
        self.layout = layout
        self.follows_collect = follows_collect
        self.clock = clock
        self.store = CourseStore(layout.course_id, layout.exchange / layout.course_id, layout.log)
        self.outcomes = Outcomes(layout.attempts)
        self.reports = ReportStore(layout.graded)
        self._lock = threading.Lock()  # of what follows
        self._decisions = Decisions(Log(layout.log))
        self._released = Follower(layout.log, Event.FEEDBACK)
        self._results: frozenset[str] = frozenset()
        self._extensions = Extensions(Log(layout.log))
        self._tables: dict[str, tuple[tuple[int, int], Mapping[str, Any]]] = {}
        self._database: Database | None = None
        self._since: datetime | None = None

    def begin(self) -> None:
        """Grade on submit from now on, unless that began before; what came earlier is staff's."""
        if self.since in (None, NEVER):
            self._write_since(self.clock().isoformat())

    def end(self) -> None:
        """Leave to staff what is handed in from now on and has no verdict yet."""
        self._write_since(_NEVER)

    @property
    def since(self) -> datetime | None:
        """Return from when on hand-ins are graded by themselves; `None`: always, `NEVER`: never."""
        if self._since is None:
            with contextlib.suppress(OSError, ValueError):
                text = (self.layout.attempts / SINCE).read_text(encoding="ascii")
                self._since = NEVER if text == _NEVER else datetime.fromisoformat(text)
        return self._since

    def _write_since(self, text: str) -> None:
        write_whole(self.layout.attempts / SINCE, text.encode())
        self._since = None

    def close(self) -> None:
        """Close the gradebook."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def feedback(self, assignment: str) -> Feedback:
        """Return the settings of an assignment; `HIDDEN` where they cannot be read."""
        path = self.layout.solutions / assignment / SETTINGS_NAME
        try:
            usual = read_rules(self.layout.root).feedback
            status = path.stat()
            version = status.st_mtime_ns, status.st_ino
            known = self._tables.get(assignment)
            if known is None or known[0] != version:
                table = read_settings(path.parent).feedback
                known = self._tables[assignment] = version, table
            return usual.changed_by(known[1])
        except (OSError, CourseError) as error:
            _LOG.warning("the settings of %s cannot be read: %s", ascii(assignment), error)
            return HIDDEN

    def due(self, student: str, assignment: str) -> datetime | None:
        """Return a student's deadline, aware; `None` where there is none, or none can be read."""
        try:
            with self._gradebook().reading() as connection, self._lock:
                everybody, extended = deadlines(connection, assignment, self._extensions)
        except (GradebookError, LogError) as error:
            _LOG.warning("deadlines cannot be read: %s", error)
            return None
        due = extended.get(student, everybody)
        return None if due is None else due.replace(tzinfo=UTC)

    def closes(self, student: str, assignment: str) -> datetime | None:
        """Return until when a student's work is in time: the deadline, and the course's grace."""
        due = self.due(student, assignment)
        if due is None:
            return None
        with contextlib.suppress(CourseError):
            due += timedelta(minutes=read_rules(self.layout.root).late.grace_minutes)
        return due

    def _gradebook(self) -> Database:
        with self._lock:
            if self._database is None:
                layout = self.layout
                self._database = Database(
                    layout.database_url, layout.course_id, layout.home, _LOG.warning,
                    PATIENCE_SECONDS,
                )  # fmt: skip
            return self._database

    def report(self, attempt: Attempt) -> Report | None:
        """Return an attempt's report as it counts; `None` where there is none to be seen."""
        found = self.reports.find(attempt.key) if attempt.key else None
        if found is None:
            return None
        with self._lock:
            return self._decisions.applied(found)

    def is_released(self, student: str, assignment: str) -> bool:
        """Return whether staff have released results to all, or feedback on a student's hand-in."""
        if assignment in self.released_results():
            return True
        found = self.store.submissions(student, assignment)
        return any(self.store.feedback_on(one).files for one in found)

    def released_results(self) -> frozenset[str]:
        """Return the assignments whose results staff have released to everybody."""
        with self._lock:
            try:
                is_anew, lines = self._released.look()
                found = set() if is_anew else set(self._results)
                for line in lines:
                    if line.get("results") is True:
                        found.add(str(line.get("assignment")))
                self._results = frozenset(found)
            except LogError as error:
                _LOG.warning("%s", error)
            return self._results

    def has_voids(self, assignment: str) -> bool:
        """Return whether a check of the assignment is void."""
        with self._lock:
            return bool(self._decisions.voids(assignment))
