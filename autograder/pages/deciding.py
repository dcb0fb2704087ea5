"""What the team does from the first page: grade all, release, extend.

What it guarantees:

- *Grade all* takes of each student the hand-in that counts, once: an assignment that this program
  has graded already is not begun again before it is done. It runs on when the page is closed.
- An extension is for somebody who is in the course or handed something in, or nothing is written.

What it does not do: decide who may (`rights`).
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Sequence

from autograder.course import CourseError
from autograder.feedback.collecting import collect
from autograder.gradebook.errors import GradebookError, StudentIdError
from autograder.gradebook.extending import Extended, extend, understood
from autograder.gradebook.student_id import check_student_id
from autograder.handin.releasing import release
from autograder.handin.storage import Submission
from autograder.pages.courses import is_name
from autograder.pages.overview import ClassReader, outcome_of
from autograder.pages.request import VIA
from autograder.pages.words import counted, listed
from autograder.people.roles import Role
from autograder.records import Actor, Event, Log, LogError, acting
from autograder.service.client import ServiceError, grade
from autograder.service.protocol import Order, Priority, Tenant

EVERYBODY = "all"
MOST_CHARACTERS = 2_000  # of a reason
_LOG = logging.getLogger("gradlab.pages")


class Refused(ValueError):
    """It cannot be done like this; the message says why, and nothing was done."""


class Deciding:
    """What the team does in one course; usable from any thread.

    Args:
        of_class: reads its class.
    """

    def __init__(self, of_class: ClassReader) -> None:
        self._course = of_class.course
        self._class = of_class
        self._grading: set[str] = set()
        self._lock = threading.Lock()

    def grade_all(self, names: Iterable[str], actor: Actor) -> int:
        """Have what is not graded graded; return of how many assignments that began.

        Args:
            names: of assignments; none: of all.
            actor: who wants it.
        """
        wanted = set(names)
        begun: dict[str, list[Submission]] = {}
        for (student, name), submission in self._class.newest().items():
            if (wanted and name not in wanted) or not _may_be_graded(student, name):
                continue
            outcome = outcome_of(self._class.history(student, name), submission.folder.name)
            if not outcome.key:
                begun.setdefault(name, []).append(submission)
        with self._lock:
            new = sorted(begun.keys() - self._grading)
            self._grading |= set(new)
        for name in new:
            threading.Thread(
                target=self._grade, args=(name, begun[name], actor), name=f"grade {name}",
                daemon=True,
            ).start()  # fmt: skip
        return len(new)

    def _grade(self, name: str, newest: Sequence[Submission], actor: Actor) -> None:
        try:
            students = [one.student for one in newest if self._collected(one, actor)]
            order = Order(
                Tenant.of(self._course.layout), name, VIA, priority=Priority.BATCH, collected=True,
                students=students, record=True, actor=(actor.name, actor.address, actor.via),
            )  # fmt: skip
            if students:
                for _ in grade(order):
                    pass
        except (CourseError, ServiceError) as error:
            _LOG.warning("grading all of %s: %s", ascii(name), error)
        finally:
            with self._lock:
                self._grading.discard(name)

    def _collected(self, newest: Submission, actor: Actor) -> bool:
        attempts = self._course.attempts(newest.student, newest.assignment)
        counts = next((one.submission for one in attempts if one.counts), newest)
        try:
            collect(self._course.layout, self._course.store, counts, actor)
        except (OSError, LogError) as error:
            _LOG.warning("%s cannot be collected: %s", ascii(counts.folder.name), error)
            return False
        return True

    def release(self, name: str, actor: Actor) -> None:
        """Release an assignment as its source is now.

        Raises:
            Refused: its source is refused, or it cannot be written.
        """
        if not is_name(name) or name not in self._course.sources():
            raise Refused("The course has no such assignment; nothing was done.")
        try:
            with acting(actor):
                release(self._course.layout, self._course.store, name)
        except (CourseError, GradebookError, LogError, OSError) as error:
            raise Refused(f"{name} was not released. {error}") from error

    def release_results(self, name: str, actor: Actor) -> None:
        """Show everybody what became of their hand-ins of an assignment, where that is held back.

        Raises:
            Refused: there is no such assignment, or it cannot be written.
        """
        if not is_name(name) or not self._class.knows(name):
            raise Refused("The course has no such assignment; nothing was done.")
        if not self._course.holds_results(name):
            return
        log = Log(self._course.layout.log)
        try:
            log.record(Event.FEEDBACK, course=self._course.id, assignment=name, actor=actor,
                       results=True)  # fmt: skip
        except LogError as error:
            raise Refused(f"Nothing was done: {error}") from error

    def extend(
        self, students: str, name: str, until: str, reason: str, actor: Actor
    ) -> list[Extended]:
        """Give people more time, or take it back.

        Args:
            students: accounts with commas or spaces between them, or `all`.
            name: of the assignment.
            until: a length such as `3d`, a date, or `none`.
            reason: students read it.
            actor: who gives it.

        Raises:
            Refused: somebody is unknown, the time cannot be read, or it cannot be written.
        """
        named = [one for one in re.split(r"[\s,;]+", students) if one]
        known = {
            one.username for one in self._course.people().values() if one.role is Role.STUDENT
        } | {student for student, _ in self._class.newest()}
        if named == [EVERYBODY]:
            named = sorted(one for one in known if _may_be_graded(one, name))
        if not named:
            raise Refused("Name students, with commas between them; nothing was done.")
        if unknown := [one for one in named if one not in known]:
            raise Refused(
                f"Nobody in the course is called {listed(unknown[:5])}; nothing was done."
            )
        reason = reason.strip()[:MOST_CHARACTERS]
        try:
            zone = self._course.rules.zone
            rows = [(one, name, until, reason) for one in dict.fromkeys(named)]
            wanted = understood(self._course.layout, rows, zone)
            with acting(actor):
                return extend(self._course.layout, wanted, reason)
        except (ValueError, CourseError, GradebookError, LogError) as error:
            first = str(error).removeprefix("nothing was changed.\n").partition("\n")[0]
            raise Refused(f"Nothing was done: {re.sub(r'^[0-9]+: ', '', first)}") from error


def _may_be_graded(student: str, assignment: str) -> bool:
    try:
        check_student_id(student)
    except StudentIdError:
        return False
    return is_name(assignment)


def in_words(extended: Sequence[Extended], title: str) -> str:
    """Return what extending did, in a sentence."""
    who = counted(len({one.student for one in extended}), "student")
    if all(one.extension is None for one in extended):
        return f"{who} {'has' if len(extended) == 1 else 'have'} no extension for {title} any more."
    return f"{title} is extended for {who}."
