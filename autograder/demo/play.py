"""A class to play on a course: students of different strength, each with answers of their own.

What it guarantees:

- The same seed gives the same class, the same answers and the same lateness.
- Answers are real: the instructor's, and those of the cases under `solutions/*/submissions`, mixed
  exercise by exercise, so that scores spread as they do in a course.
- Each class has some who hand in nothing, the untouched notebook, code that crashes, code that
  attacks the grader, a file that is no notebook, and work after the deadline.

What it does not do: touch the exchange or the gradebook (`autograder.demo.classroom` does).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograder.course import Case, Manifest, Role, load_cases, notebook_bytes, submission_notebook
from autograder.course.cases import instructor_answers

FIRST_NAMES = (
    "Ada", "Boris", "Chen", "Dilara", "Emil", "Fatou", "Goran", "Hana", "Ivo", "Jana", "Kofi",
    "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar",
    "Vera", "Wen", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abel", "Berger", "Costa", "Dahl", "Ekman", "Faye", "Gruber", "Horvat", "Ito", "Jensen",
    "Kaya", "Lind", "Moreau", "Novak", "Okafor", "Popov", "Quist", "Rossi", "Singh", "Toth",
)  # fmt: skip

STUDENTS = "demo[0-9]*"  # a pattern of the ids of all who play, and of nobody else

CRASHING = "raise RuntimeError('I gave up here')"
UNFINISHED = "def answer(:"
FORGE_COMPARISONS = """\
import torch
torch.allclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
"""
STEAL_ANSWERS = """\
import glob, os
print(glob.glob("/**/solutions/**/checks/*.py", recursive=True)[:5])
print(sorted(os.environ))
"""
LEAVE_EARLY = """\
import os
os._exit(0)
"""
EQUAL_TO_EVERYTHING = """\
class Always(float):
    def __eq__(self, other):
        return True
    __hash__ = None
"""
ATTACKS = (FORGE_COMPARISONS, STEAL_ANSWERS, LEAVE_EARLY, EQUAL_TO_EVERYTHING)


class Kind(StrEnum):
    """What a student hands in."""

    WORK = "worked on it"
    UNTOUCHED = "untouched"
    CRASHING = "crashing"
    ATTACK = "attack"
    NO_NOTEBOOK = "no notebook"
    NOTHING = "nothing handed in"


@dataclass(frozen=True)
class Student:
    """One student of the class.

    Args:
        student_id: the name in hub and gradebook.
        first_name: for people.
        last_name: for people.
        strength: the chance of getting an exercise right.
    """

    student_id: str
    first_name: str
    last_name: str
    strength: float


@dataclass(frozen=True)
class Work:
    """What one student hands in for one assignment.

    Args:
        student: who.
        kind: what.
        data: the file's bytes; `None` for nothing.
        hours_late: hours after the due date; negative when it came in time.
    """

    student: Student
    kind: Kind
    data: bytes | None
    hours_late: float


def make_class(size: int, seed: int) -> list[Student]:
    """Return a class of `size` students.

    >>> [student.student_id for student in make_class(2, seed=1)]
    ['demo01', 'demo02']

    Their ids are those of `STUDENTS`.
    """
    draw = random.Random(f"class {seed}")
    names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    draw.shuffle(names)
    width = max(2, len(str(size)))
    students = []
    for number in range(1, size + 1):
        first, last = names[(number - 1) % len(names)].split()
        strength = draw.betavariate(3.2, 1.6)
        students.append(Student(f"demo{number:0{width}d}", first, last, strength))
    return students


def hand_in(manifest: Manifest, students: Sequence[Student], seed: int) -> Iterator[Work]:
    """Yield what each student hands in for an assignment."""
    cases = load_cases(manifest)
    for position, student in enumerate(students):
        draw = random.Random(f"{seed} {manifest.assignment} {student.student_id}")
        kind = _kind(position, len(students), draw)
        late = draw.random() < 0.12
        hours = draw.uniform(0.1, 30.0) if late else -draw.uniform(0.2, 96.0)
        yield Work(student, kind, _data(manifest, cases, student, kind, draw), hours)


def _kind(position: int, size: int, draw: random.Random) -> Kind:
    """Return what this student hands in; in a class of 12 or more every kind occurs."""
    special = (
        Kind.UNTOUCHED, Kind.CRASHING, Kind.ATTACK, Kind.NO_NOTEBOOK, Kind.NOTHING, Kind.ATTACK,
    )  # fmt: skip
    fixed = position - (size - len(special))
    if size >= 2 * len(special) and fixed >= 0:
        return special[fixed]
    return draw.choices(
        (Kind.WORK, Kind.UNTOUCHED, Kind.CRASHING, Kind.NOTHING), (0.9, 0.03, 0.04, 0.03)
    )[0]


def _data(
    manifest: Manifest, cases: list[Case], student: Student, kind: Kind, draw: random.Random
) -> bytes | None:
    if kind is Kind.NOTHING:
        return None
    if kind is Kind.NO_NOTEBOOK:
        return b"Sorry, my laptop ate my homework.\n"
    if kind is Kind.UNTOUCHED:
        return notebook_bytes(submission_notebook(manifest, {}))
    answers = _mixed_answers(manifest, cases, student.strength, draw)
    code = [
        cell.cell_id
        for cell in manifest.cells
        if cell.role is Role.ANSWER and cell.cell_type == "code"
    ]
    if kind is Kind.CRASHING and code:
        answers[draw.choice(code)] = draw.choice((CRASHING, UNFINISHED))
    if kind is Kind.ATTACK and code:
        hostile = [case for case in cases if case.kind == "hostile"]
        if hostile and draw.random() < 0.5:
            answers |= draw.choice(hostile).answers
        else:
            answers[draw.choice(code)] = draw.choice(ATTACKS)
    return notebook_bytes(submission_notebook(manifest, answers))


def _mixed_answers(
    manifest: Manifest, cases: list[Case], strength: float, draw: random.Random
) -> dict[str, str]:
    """Return answers to all exercises: each right with the chance of the student's strength."""
    answers = dict(instructor_answers(manifest))
    right = [case for case in cases if case.kind == "right"]
    wrong = [case for case in cases if case.kind == "wrong"]
    if right and draw.random() < 0.5:
        answers |= draw.choice(right).answers
    for graded in manifest.graded:
        if draw.random() < strength:
            continue
        missing = [case for case in wrong if case.expected[graded.cell_id].loses(graded.points)]
        if missing:
            answers |= draw.choice(missing).answers
    for cell in manifest.essays:
        if draw.random() > strength:
            answers[cell.cell_id] = "I am not sure, but I think it is because of the gradient."
    return answers
