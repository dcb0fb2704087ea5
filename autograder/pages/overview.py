"""The class at a glance: who handed in what of each assignment, and what the team has to do.

What it guarantees:

- Somebody counts once for an assignment, with the newest hand-in.
- What waits for a person is in no median.
- A file that did not change is not read again.

What it does not do: read verdicts of checks (`items`), or draw (`templates/staff_list.html`).
"""

from __future__ import annotations

import statistics
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from autograder.feedback.outcomes import History, Outcome
from autograder.feedback.requests import Standing
from autograder.gradebook.autograded import key_in
from autograder.handin.releasing import is_current
from autograder.handin.storage import Submission
from autograder.pages.courses import Assignment, CourseReader, is_name
from autograder.pages.happened import Happening, Happenings
from autograder.pages.silence import silent
from autograder.pages.work import digest, turn_of
from autograder.service.client import Place

Pair = tuple[str, str]  # student and assignment


@dataclass(frozen=True)
class AssignmentRow:
    """How the class stands with one assignment; every number is of students.

    Args:
        assignment: the assignment.
        due: for everybody; `None`: never.
        is_open: people can fetch it.
        is_current: what people fetch is what was built last.
        handed_in: who handed in.
        graded: whose newest hand-in has a verdict.
        waiting: of whom a person has to decide something.
        requests: that wait for an answer.
        faults: whose newest hand-in a fault of ours keeps from being graded.
        refused: whose newest hand-in could not be run.
        late: whose newest hand-in came after their own deadline.
        is_held: results are held back until staff release them.
        median: points of those that wait for nobody; `None` for none.
    """

    assignment: Assignment
    due: datetime | None
    is_open: bool
    is_current: bool = True
    handed_in: int = 0
    graded: int = 0
    waiting: int = 0
    requests: int = 0
    faults: int = 0
    refused: Sequence[str] = ()
    late: int = 0
    is_held: bool = False
    median: float | None = None

    @property
    def ungraded(self) -> int:
        """Return how many newest hand-ins have no verdict."""
        return self.handed_in - self.graded


@dataclass(frozen=True)
class Batch:
    """What the grading service does for the course at the moment.

    Args:
        assignment: of what.
        done: graded.
        most: to be graded.
        running: at this moment.
    """

    assignment: Assignment
    done: int
    most: int
    running: int


@dataclass(frozen=True)
class Overview:
    """The first page of staff.

    Args:
        rows: in the order of the course.
        batches: that run.
        happened: what staff did lately, newest first.
        silent: how many students fell silent.
    """

    rows: Sequence[AssignmentRow]
    batches: Sequence[Batch]
    happened: Sequence[Happening] = ()
    silent: int = 0

    def title(self, name: str) -> str:
        """Return what an assignment is called; its name when there is none any more."""
        known = {row.assignment.name: row.assignment.title for row in self.rows}
        return known.get(name, name)

    @property
    def ungraded(self) -> int:
        """Return how many newest hand-ins have no verdict."""
        return sum(row.ungraded for row in self.rows)

    @property
    def mark(self) -> str:
        """Return a text that changes when something of it does."""
        return digest(
            repr([(row, row.assignment.name) for row in self.rows])
            + repr(self.batches)
            + repr((self.happened, self.silent))
        )

    @property
    def said(self) -> str:
        """Return it in a sentence, for who listens."""
        said = [f"{one.assignment.title}: {one.done} of {one.most} graded" for one in self.batches]
        return ". ".join(said) or "Nothing is being graded."


class ClassReader:
    """Reads what a class handed in; usable from any thread.

    Args:
        course: the course.
    """

    def __init__(self, course: CourseReader) -> None:
        self.course = course
        self._place = Place()  # of the hub's user
        self._happened = Happenings(course.layout.log)
        self._known: dict[Pair, tuple[tuple[int, int], History]] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        """Return a text that changes when something of the overview may have."""
        layout = self.course.layout
        try:
            size = layout.log.stat().st_size  # whatever decides about work has a line there
        except FileNotFoundError:
            size = 0
        return f"{size} {self.service()}"

    def service(self) -> list[dict[str, Any]]:
        """Return the open orders of this course at the grading service."""
        answer = self._place.ask("status") or {}
        home = str(self.course.layout.home)
        return [one for one in answer.get("open", ()) if one["home"] == home]

    def knows(self, assignment: str) -> bool:
        """Return whether an assignment is released, or somebody handed it in."""
        return self.course.is_released(assignment) or any(
            name == assignment for _, name in self.newest()
        )

    def newest(self) -> dict[Pair, Submission]:
        """Return the newest hand-in of each student for each assignment."""
        found: dict[Pair, Submission] = {}
        try:
            submissions = self.course.store.submissions()
        except FileNotFoundError:
            return found
        for one in submissions:
            pair = one.student, one.assignment
            if pair not in found or one.timestamp > found[pair].timestamp:
                found[pair] = one
        return found

    def history(self, student: str, assignment: str) -> History:
        """Return what became of a student's hand-ins."""
        outcomes = self.course.outcomes
        try:
            status = (outcomes.folder / student / f"{assignment}.json").stat()
        except (OSError, ValueError):
            return History()
        version = status.st_mtime_ns, status.st_ino
        with self._lock:
            known = self._known.get((student, assignment))
        if known is None or known[0] != version:
            known = version, outcomes.read(student, assignment)
            with self._lock:
                self._known[student, assignment] = known
        return known[1]

    def keys(self, assignment: str) -> dict[str, str]:
        """Return the key of the report that counts, by student."""
        found = {}
        for student, name in self.newest():
            if name != assignment or not is_name(student):
                continue
            history = self.history(student, name)
            graded = [one.key for one in history.outcomes.values() if one.key and not one.refusal]
            folder = self.course.layout.autograded / student / name
            key = history.of(history.recorded).key or key_in(folder / f"{name}.ipynb")
            if key := key or (graded[-1] if graded else ""):
                found[student] = key
        return found

    def overview(self) -> Overview:
        """Return where the class stands."""
        course = self.course
        newest = self.newest()
        of_each: defaultdict[str, list[Pair]] = defaultdict(list)
        for pair in newest:
            of_each[pair[1]].append(pair)
        in_gradebook = {(one.student, one.assignment): one for one in course.standings()}
        asked: defaultdict[str, int] = defaultdict(int)
        for request in course.requests.all():
            asked[request.subject.assignment] += request.standing is Standing.OPEN
        due, rules, extended = course.due_dates(), course.rules, course.extended()
        grace = timedelta(minutes=rules.late.grace_minutes)
        released = course.released()
        rows = []
        for name in sorted({*course.sources(), *released, *of_each}):
            if not is_name(name):
                continue
            outcomes = {
                pair: outcome_of(self.history(*pair), newest[pair].folder.name)
                for pair in of_each[name]
            }
            known = {pair: in_gradebook[pair] for pair in of_each[name] if pair in in_gradebook}
            graded = [
                pair
                for pair, outcome in outcomes.items()
                if outcome.key
                or (pair in known and known[pair].submitted_at == newest[pair].moment)
            ]
            settled = [one.points for one in known.values() if not one.waits]
            rows.append(
                AssignmentRow(
                    course.assignment(name), due.get(name), name in released,
                    is_current(course.layout, course.store.outbound, name),
                    handed_in=len(of_each[name]), graded=len(graded),
                    waiting=sum(1 for one in known.values() if one.waits),
                    requests=asked[name],
                    faults=sum(1 for pair, one in outcomes.items() if one.fault and not one.key),
                    refused=tuple(sorted(pair[0] for pair, one in outcomes.items() if one.refusal)),
                    late=sum(
                        1
                        for pair in of_each[name]
                        if (deadline := extended.get(pair, due.get(name))) is not None
                        and newest[pair].moment > deadline + grace
                    ),
                    is_held=course.holds_results(name),
                    median=statistics.median(settled) if settled else None,
                )
            )  # fmt: skip
        rows.sort(key=lambda row: turn_of(rules.order, row.assignment, row.due))
        quiet = len(silent(course, newest, datetime.now(UTC)))
        return Overview(rows, self._batches(), self._happened.newest(), quiet)

    def _batches(self) -> list[Batch]:
        found: dict[str, Mapping[str, int]] = {}
        for one in self.service():
            total = found.get(one["assignment"], {})
            found[one["assignment"]] = {
                name: total.get(name, 0) + one[name] for name in ("waiting", "running", "done")
            }
        return [
            Batch(self.course.assignment(name), one["done"], sum(one.values()), one["running"])
            for name, one in sorted(found.items())
            if is_name(name)
        ]


def outcome_of(history: History, name: str) -> Outcome:
    """Return what became of a hand-in, or of the one with the same content."""
    own = history.of(name)
    if own.key or not own.digest:
        return own
    same = (one for one in history.outcomes.values() if one.key and one.digest == own.digest)
    return next(same, own)
