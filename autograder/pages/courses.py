"""One course as pages read it: what is released, what it is called, who handed in what.

What it guarantees:

- Every question is about one person, and answers with what is theirs, but those that only staff's
  pages ask, and points of the class without names.
- It changes nothing: neither files nor the gradebook.
- An assignment whose source is gone or broken still has a row, under its plain name.

What it does not do: choose words (`work`, `result`).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.course import CourseError, assignment_names, load_manifest
from autograder.course.feedback import Feedback, When
from autograder.course.headings import exercise_titles, subject_of, title_and_subject, words_of
from autograder.course.manifest import Manifest
from autograder.course.rules import CourseRules, read_rules
from autograder.feedback import Attempt, FeedbackCourse, attempts_of, version_of
from autograder.feedback.outcomes import Outcomes
from autograder.feedback.requests import Request, Requests
from autograder.feedback.rubrics import Rubrics
from autograder.gradebook.autograded import key_in
from autograder.gradebook.extensions import Extensions
from autograder.gradebook.marks import Dates, Mark, Marks, MarksReader, Standing
from autograder.grading.decisions import Decisions
from autograder.grading.report import Report
from autograder.grading.store import ReportStore
from autograder.handin.storage import CourseStore
from autograder.people.course import Course
from autograder.people.roster import Member
from autograder.records import Log, LogError
from autograder.settings.errors import RosterError
from gradlab_exchange.errors import NameRefused
from gradlab_exchange.names import check_name


@dataclass(frozen=True)
class Assignment:
    """What an assignment is, for everybody.

    Args:
        name: its name in folders and addresses.
        title: for people.
        subject: what it is about; may be empty.
        max_points: that it can earn; `None` when nobody knows.
        exercises: cells that earn points: grade id -> title.
        manifest: its cells; `None` when its source is gone or broken.
    """

    name: str
    title: str
    subject: str = ""
    max_points: float | None = None
    exercises: Mapping[str, str] = field(default_factory=dict)
    manifest: Manifest | None = None


class CourseReader:
    """Reads one course; usable from any thread.

    Args:
        course: the course.
        follows_collect: hand-ins are graded when they were collected.
    """

    def __init__(self, course: Course, *, follows_collect: bool = False) -> None:
        self.layout = course.layout
        self.follows_collect = follows_collect
        self.id = course.id
        self.title = course.title if course.title != course.id else words_of(course.id)
        self._people = course
        self.store = CourseStore(course.id, course.layout.exchange / course.id, course.layout.log)
        self._feedback = FeedbackCourse(course.layout, follows_collect=follows_collect)
        log = Log(course.layout.log)
        self._marks = MarksReader(course.layout.database_url, Extensions(log))
        self._decisions = Decisions(log)
        self.requests = Requests(log, course.layout.course_id)
        self.rubrics = Rubrics(log, course.layout.course_id)
        self._known: dict[str, tuple[object, Assignment]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the gradebook."""
        self._feedback.close()
        self._marks.close()

    @property
    def rules(self) -> CourseRules:
        """Return what the course has decided; what is usual while its file has mistakes."""
        try:
            return read_rules(self.layout.root)
        except CourseError:
            return CourseRules()

    @property
    def zone(self) -> str:
        """Return the course's time zone; empty for the machine's."""
        return self.rules.timezone

    def names_for(self, person: str) -> list[str]:
        """Return the assignments that concern somebody: what is released, what they handed in."""
        names = set()
        with contextlib.suppress(FileNotFoundError):
            names |= set(self.store.released())
        with contextlib.suppress(FileNotFoundError):
            names |= {one.assignment for one in self.store.submissions(person)}
        return sorted(name for name in names if is_name(name))

    def concerns(self, person: str, assignment: str) -> bool:
        """Return whether an assignment is released, or the person handed it in."""
        return self.is_released(assignment) or bool(self.store.submissions(person, assignment))

    def is_released(self, assignment: str) -> bool:
        """Return whether people can fetch it."""
        folder = self.store.outbound / assignment
        return folder.is_dir() and not folder.is_symlink()

    def assignment(self, name: str) -> Assignment:
        """Return what an assignment is."""
        folder = self.layout.solutions / name
        version = tuple(_version(folder / file) for file in ("assignment.toml", "notebook.py"))
        with self._lock:
            known = self._known.get(name)
            if known is None or known[0] != version:
                known = self._known[name] = version, self._read(name)
        return known[1]

    def dates(self, person: str) -> dict[str, Dates]:
        """Return deadlines and somebody's extensions."""
        with self._lock:
            return self._marks.dates(person)

    def marks(self, person: str, assignment: str) -> Marks | None:
        """Return what the gradebook has of somebody."""
        return self._marks.marks(person, assignment)

    def attempts(self, person: str, assignment: str) -> list[Attempt]:
        """Return what somebody handed in, oldest first, with what may be seen of it."""
        with self._lock:
            return attempts_of(self._feedback, person, assignment)

    def version(self, person: str) -> str:
        """Return a text that changes when something becomes known of somebody's hand-ins."""
        asked = [one.version for one in self.requests.of(person)]
        return f"{version_of(self._feedback, person)} {asked}"

    def feedback(self, assignment: str) -> Feedback:
        """Return how much of a verdict is shown, and when."""
        with self._lock:
            return self._feedback.feedback(assignment)

    def report(self, attempt: Attempt) -> Report | None:
        """Return an attempt's report as it counts now; `None` where there is none to be seen."""
        with self._lock:
            return self._feedback.report(attempt)

    @property
    def outcomes(self) -> Outcomes:
        """Return what became of everybody's hand-ins; for staff."""
        return self._feedback.outcomes

    def released(self) -> list[str]:
        """Return the assignments that people can fetch."""
        try:
            return list(self.store.released())
        except FileNotFoundError:
            return []

    def standings(self, assignment: str = "") -> list[Standing]:
        """Return what the gradebook has of everybody, of one assignment or all."""
        return self._marks.standings(assignment)

    def of_cell(self, assignment: str, cell: str) -> dict[str, tuple[datetime | None, Mark]]:
        """Return what the gradebook has of everybody for one cell, and of which hand-in."""
        return self._marks.of_cell(assignment, cell)

    def comments(self, assignment: str, cell: str) -> dict[str, str]:
        """Return what people wrote to everybody's answer in a cell, by student."""
        return self._marks.comments(assignment, cell)

    def holds_results(self, assignment: str) -> bool:
        """Return whether results are held back until staff release them, and they have not."""
        is_held = self.feedback(assignment).when is When.RELEASE
        return is_held and assignment not in self._feedback.released_results()

    def due_dates(self) -> dict[str, datetime | None]:
        """Return when assignments are due for everybody."""
        return self._marks.due_dates()

    def extended(self) -> dict[tuple[str, str], datetime]:
        """Return the deadlines of those who have more time, by student and assignment."""
        return self._marks.extended()

    def sources(self) -> list[str]:
        """Return the assignments that the course has, released or not."""
        return assignment_names(self.layout)

    def people(self) -> dict[str, Member]:
        """Return everybody in the course, by account; nobody while a roster has mistakes."""
        try:
            return self._people.members()
        except RosterError:
            return {}

    def attempt_of(self, request: Request) -> Attempt | None:
        """Return the hand-in that a request is about; `None` when it is gone."""
        subject = request.subject
        attempts = self.attempts(subject.student, subject.assignment)
        return next(
            (one for one in attempts if one.submission.timestamp == subject.timestamp), None
        )

    def recorded_key(self, student: str, assignment: str) -> str:
        """Return the key of the report that the gradebook has of somebody; empty for none."""
        folder = self.layout.autograded / student / assignment
        return key_in(folder / f"{assignment}.ipynb") or ""

    def report_for_staff(self, key: str) -> Report | None:
        """Return a report as it counts now, whoever may see it; `None` when it is gone."""
        report = ReportStore(self.layout.graded).find(key) if key else None
        if report is None:
            return None
        with self._lock:
            return self._decisions.applied(report)

    def report_path(self, key: str) -> Path:
        """Return where a report's file lies, from the course's data folder on."""
        path = ReportStore(self.layout.graded).path(key)
        return path.relative_to(self.layout.home) if path.is_relative_to(self.layout.home) else path

    def fetched_at(self, person: str, assignment: str) -> datetime | None:
        """Return when somebody fetched an assignment last; `None` when nobody knows."""
        return self.store.fetched_at(person, assignment)

    def voided(self, assignment: str) -> frozenset[tuple[str, str]]:
        """Return the checks that do not count as they were graded: cell and name."""
        with self._lock:
            try:
                return frozenset(self._decisions.voids(assignment))
            except LogError:
                return frozenset()

    def _read(self, name: str) -> Assignment:
        try:
            manifest = load_manifest(self.layout, name)
        except CourseError:
            return Assignment(name, name)
        title, subject = title_and_subject(manifest.title)
        return Assignment(
            name,
            title,
            subject or subject_of(manifest),
            manifest.max_points,
            exercise_titles(manifest),
            manifest,
        )


def is_name(name: str) -> bool:
    """Return whether a name can be that of an assignment."""
    try:
        check_name(name, "assignment")
    except NameRefused:
        return False
    return True


def _version(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
