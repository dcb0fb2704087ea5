"""Groups of like answers to one exercise, and one comment or decision for all of a group.

What it guarantees:

- Answers are in one group when the same checks ended in the same way and the programs differ in
  names and layout alone. Answers that are all right are one group; essays are in none.
- What is decided is decided about who was in the group when somebody read it: the form has a
  version of its students, their hand-ins, points and comments.
- Points that a person gave to one answer stay, unless it is said that they need not.

What it does not do: decide who may (`group_handlers`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from autograder.course.cases import exercises
from autograder.feedback.requests import RequestError, clean
from autograder.gradebook.by_hand import MarkChanged, give
from autograder.gradebook.marks import Mark
from autograder.grading.report import CellReport, Report
from autograder.pages.answers import Answer, code_of
from autograder.pages.asked import points_given
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.exercises import ExercisesReader
from autograder.pages.misconceptions import Known
from autograder.pages.overview import ClassReader
from autograder.pages.work import digest


@dataclass(frozen=True)
class Group:
    """Like answers to one graded cell.

    Args:
        id: its name in addresses.
        answer: what they have in common.
        keys: student -> the report that counts.
        mistakes: what the course's named cases say about it; empty for nothing.
    """

    id: str
    answer: Answer
    keys: Mapping[str, str]
    mistakes: Sequence[str] = ()

    @property
    def is_right(self) -> bool:
        """Return whether nothing was lost."""
        return not self.answer.lost


@dataclass(frozen=True)
class Example:
    """One answer of a group.

    Args:
        key: of its report.
        cell: with its checks.
        code: what the student wrote, cell by cell.
    """

    key: str
    cell: CellReport
    code: Sequence[str]


@dataclass(frozen=True)
class Given:
    """What a group has in the gradebook.

    Args:
        marks: student -> when they handed in, and the points, as far as the gradebook knows.
        version: another one when the group, or any of it, is.
    """

    marks: Mapping[str, tuple[datetime, Mark]]
    version: str

    @property
    def by_hand(self) -> int:
        """Return of how many a person gave the points."""
        return sum(mark.manual is not None for _, mark in self.marks.values())


class Groups:
    """The groups of one course; usable from any thread.

    Args:
        course: the course.
        of_class: reads its class.
        reading: reads what was written.
    """

    def __init__(
        self, course: CourseReader, of_class: ClassReader, reading: ExercisesReader
    ) -> None:
        self.course = course
        self._class = of_class
        self._reading = reading

    def groups(self, assignment: Assignment, cell: str) -> list[Group]:
        """Return the groups of a graded cell, the largest first, what is right last."""
        found: dict[Answer, dict[str, str]] = {}
        for student, key in self._class.keys(assignment.name).items():
            answer = self._reading.answers(assignment, key).cells.get(cell)
            if answer is not None:
                found.setdefault(answer, {})[student] = key
        known = self._reading.known(assignment).get(cell, Known())
        groups = []
        for answer, keys in found.items():
            names = known.names(answer)[0] if answer.lost else ()
            mistakes = tuple(known.summaries[name] for name in names)
            groups.append(Group(_id(assignment.name, cell, answer), answer, keys, mistakes))
        return sorted(groups, key=lambda one: (one.is_right, -len(one.keys), one.id))

    def example(self, assignment: Assignment, cell: str, key: str) -> Example | None:
        """Return an answer; `None` when its report is gone."""
        report: Report | None = self.course.report_for_staff(key)
        if report is None:
            return None
        found = next((one for one in report.cells if one.grade_id == cell), None)
        if found is None:
            return None
        return Example(key, found, code_of(report, assignment.manifest, cell))

    def given(self, assignment: Assignment, cell: str, group: Group) -> Given:
        """Return what the gradebook has of a group: of the very hand-ins, and no others."""
        newest = self._class.newest()
        said = self.course.comments(assignment.name, filled_in(assignment, cell))
        marks = {}
        for student, (moment, mark) in self.course.of_cell(assignment.name, cell).items():
            if student not in group.keys or moment is None:
                continue
            if self.course.recorded_key(student, assignment.name) == group.keys[student]:
                marks[student] = moment, replace(mark, comment=said.get(student, ""))
        handed_in = {
            student: newest[student, assignment.name].folder.name
            for student in group.keys
            if (student, assignment.name) in newest
        }
        version = digest(repr((sorted(group.keys.items()), sorted(marks.items()), handed_in)))
        return Given(marks, version)

    def decide(
        self,
        assignment: Assignment,
        cell: str,
        group: Group,
        typed: str,
        comment: str,
        version: str,
        *,
        is_over: bool = False,
    ) -> int:
        """Give all of a group a comment, points, or both; return for how many that was done.

        Args:
            assignment: of it.
            cell: the graded cell.
            group: as it is now.
            typed: points as somebody typed them; empty: they stay.
            comment: for the students, behind what they were told before; empty: none.
            version: of what was read.
            is_over: points that a person gave do not stay.

        Raises:
            RequestError: it cannot be done like this; nothing was.
            MarkChanged: it is not what was read any more; nothing was done, or not for all.
        """
        given = self.given(assignment, cell, group)
        if given.version != version:
            raise MarkChanged(group.id)
        text = clean(comment)
        if not (text or typed.strip()):
            raise RequestError("Write a comment, or points; nothing was done.")
        if not given.marks:
            raise RequestError("The gradebook has none of these answers; nothing was done.")
        where = filled_in(assignment, cell)
        done = 0
        for student, (moment, mark) in sorted(given.marks.items()):
            points = points_given(typed, mark)
            if mark.manual is not None and not is_over:
                points = None
            told = text if text and text not in mark.comment else ""
            if points is None and not told:
                continue
            both = f"{mark.comment.rstrip()}\n\n{told}".lstrip() if told else None
            give(
                self.course.layout, student, assignment.name, cell, points, seen=mark,
                submitted_at=moment, comment=both, comment_cell=where, details={"group": group.id},
            )  # fmt: skip
            done += 1
        return done


def filled_in(assignment: Assignment, cell: str) -> str:
    """Return the last cell that a student fills in for a graded cell: comments stand there."""
    manifest = assignment.manifest
    if manifest is None:
        return cell
    answers = {name for one, found in exercises(manifest) if one.cell_id == cell for name in found}
    return next((one.cell_id for one in reversed(manifest.cells) if one.cell_id in answers), cell)


def _id(assignment: str, cell: str, answer: Answer) -> str:
    return hashlib.sha256(repr((assignment, cell, answer)).encode()).hexdigest()[:16]
