"""How each exercise went: who had it right at which attempt, what was mended, which mistakes.

What it guarantees:

- Each student counts once; what was handed in again unchanged is no attempt.
- Mistakes are of the report that counts; attempts are all that have a verdict.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from autograder.course.cases import exercises
from autograder.course.headings import words_of
from autograder.feedback.losses import Losses
from autograder.feedback.outcomes import History
from autograder.grading.store import ReportStore
from autograder.pages.answers import Answer, Answers
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.misconceptions import Known, Misconception, known_of
from autograder.pages.overview import ClassReader

MOST_KEPT = 50_000
LAST_ATTEMPT = 4  # this one and later ones are one column


@dataclass(frozen=True)
class Exercise:
    """One graded cell over a class.

    Args:
        cell: the graded cell.
        title: for people.
        students: of whom there is a verdict.
        at_attempt: how many had all of it right first at attempt 1, 2, 3, and 4 or later.
        repairs: in how many reports something of it had to be mended.
        misconceptions: what wrong answers are like, most students first.
        in_no_case: how many wrong answers are like no named case.
    """

    cell: str
    title: str
    students: int
    at_attempt: Sequence[int]
    repairs: int
    misconceptions: Sequence[Misconception]
    in_no_case: int

    @property
    def right(self) -> int:
        """Return how many had all of it right at some attempt."""
        return sum(self.at_attempt)

    @property
    def said(self) -> str:
        """Return the picture in a sentence."""
        names = ["first", "second", "third", "fourth or a later"]
        parts = [
            f"{count} at the {name} attempt"
            for count, name in zip(self.at_attempt, names, strict=True)
            if count
        ]
        never = self.students - self.right
        return f"All of it right: {', '.join(parts) or 'nobody'}; {never} not yet."


@dataclass(frozen=True)
class Exercises:
    """The exercises of one assignment.

    Args:
        exercises: in the order of the notebook.
        repairs: kind of repair -> how many reports that count have it.
    """

    exercises: Sequence[Exercise]
    repairs: Mapping[str, int]


class ExercisesReader:
    """Reads what a class wrote, each report once; usable from any thread.

    Args:
        course: the course.
        of_class: reads its class.
    """

    def __init__(self, course: CourseReader, of_class: ClassReader) -> None:
        self._course = course
        self._class = of_class
        self._store = ReportStore(course.layout.graded)
        self._losses = Losses(course.layout)
        self._known: dict[str, Answers] = {}
        self._lock = threading.Lock()

    def exercises(self, assignment: Assignment) -> Exercises:
        """Return how an assignment's exercises went."""
        keys = self._class.keys(assignment.name)
        last = {student: self.answers(assignment, key) for student, key in keys.items()}
        tried = {
            student: [self.answers(assignment, key) for key in self._tried(student, assignment)]
            or [last[student]]
            for student in keys
        }
        wrong = self.known(assignment)
        belongs = _belongs(assignment)
        cells = dict.fromkeys(cell for one in last.values() for cell in one.cells)
        repairs: Counter[str] = Counter()
        of_cell: Counter[str] = Counter()
        for one in last.values():
            repairs.update({code for code, _ in one.repairs})
            of_cell.update({belongs.get(cell, "") for _, cell in one.repairs})
        found = []
        for cell in cells:
            answers = [one.cells[cell] for one in last.values() if cell in one.cells]
            misconceptions, unknown = wrong.get(cell, Known()).found(answers)
            found.append(
                Exercise(
                    cell, assignment.exercises.get(cell) or words_of(cell), len(answers),
                    _attempts(cell, tried.values()), of_cell[cell], misconceptions, unknown,
                )
            )  # fmt: skip
        return Exercises(found, dict(repairs.most_common()))

    def known(self, assignment: Assignment) -> dict[str, Known]:
        """Return the named wrong cases of each graded cell."""
        manifest = assignment.manifest
        return known_of(manifest, self._losses) if manifest is not None else {}

    def answers(self, assignment: Assignment, key: str) -> Answers:
        """Return what a report says; nothing when it is gone."""
        with self._lock:
            known = self._known.get(key)
        if known is None:
            report = self._store.find(key)
            if report is None:
                return Answers()
            known = Answers.of(report, assignment.manifest)
            with self._lock:
                if len(self._known) >= MOST_KEPT:
                    self._known.clear()
                self._known[key] = known
        return known

    def _tried(self, student: str, assignment: Assignment) -> list[str]:
        return keys_of(self._class.history(student, assignment.name))


def keys_of(history: History) -> list[str]:
    """Return the keys of a student's attempts, oldest first, each content once."""
    by_time = sorted(history.outcomes.items(), key=lambda one: one[0].split("+")[2:3])
    return list(dict.fromkeys(one.key for _, one in by_time if one.key and not one.refusal))


def _attempts(cell: str, tried: Iterable[Sequence[Answers]]) -> tuple[int, ...]:
    counts = [0] * LAST_ATTEMPT
    for attempts in tried:
        for number, one in enumerate(attempts):
            if (answer := one.cells.get(cell)) is not None and _is_right(answer):
                counts[min(number, LAST_ATTEMPT - 1)] += 1
                break
    return tuple(counts)


def _is_right(answer: Answer) -> bool:
    return bool(answer.pattern) and not answer.lost


def _belongs(assignment: Assignment) -> dict[str, str]:
    """Return the graded cell that each cell of an exercise belongs to."""
    if assignment.manifest is None:
        return {}
    return {
        one: cell.cell_id
        for cell, exercise in exercises(assignment.manifest)
        for one in (*exercise, cell.cell_id)
    }
