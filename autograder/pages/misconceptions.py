"""Which of the course's named wrong cases an answer is like.

What it guarantees:

- An answer with the shape of a case is that case. Else it is like the cases that lose the same
  checks in the same way; where several do, it is said to be one of them, never which.

What it does not do: run anything. What a case loses is what `gradlab verify` last saw, else what
the case says itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.course import CourseError, exercises, load_cases
from autograder.course.cases import Case, instructor_answers
from autograder.course.manifest import Manifest
from autograder.feedback.likeness import shape_of
from autograder.feedback.losses import Losses, Lost
from autograder.grading.report import Verdict
from autograder.pages.answers import Answer

Names = tuple[str, ...]


@dataclass(frozen=True)
class Misconception:
    """What some students' answers are like.

    Args:
        names: of the wrong cases that it may be; one when it is known.
        summaries: of each, in the author's words.
        students: how many.
        exact: of these, how many wrote what the case has.
    """

    names: Names
    summaries: Sequence[str]
    students: int
    exact: int

    @property
    def said(self) -> str:
        """Return it in a sentence."""
        if len(self.names) == 1:
            return self.summaries[0]
        return f"One of {len(self.names)} named mistakes that lose the same checks."


@dataclass(frozen=True)
class Known:
    """The wrong cases of one exercise.

    Args:
        summaries: the author's words for each, by name.
        by_shape: what each has written.
        by_loss: which lose these checks in this way.
    """

    summaries: Mapping[str, str] = field(default_factory=dict)
    by_shape: Mapping[str, str] = field(default_factory=dict)
    by_loss: Mapping[Lost, Names] = field(default_factory=dict)

    def names(self, answer: Answer) -> tuple[Names, bool]:
        """Return the cases that a wrong answer is like, and whether it is the very one."""
        if answer.shape in self.by_shape:
            return (self.by_shape[answer.shape],), True
        return self.by_loss.get(answer.lost, ()), False

    def found(self, answers: Iterable[Answer]) -> tuple[list[Misconception], int]:
        """Return what answers are like, most students first, and how many are like no case."""
        students: Counter[Names] = Counter()
        exact: Counter[Names] = Counter()
        for answer in answers:
            if answer.lost:
                names, is_exact = self.names(answer)
                students[names] += 1
                exact[names] += is_exact
        unknown = students.pop((), 0)
        return [
            Misconception(names, [self.summaries[one] for one in names], count, exact[names])
            for names, count in sorted(students.items(), key=lambda one: (-one[1], one[0]))
        ], unknown


def known_of(manifest: Manifest, losses: Losses) -> dict[str, Known]:
    """Return the wrong cases of each graded cell; none while a case breaks the rules."""
    try:
        cases = [case for case in load_cases(manifest) if case.kind == "wrong"]
    except CourseError:
        return {}
    usual, seen = instructor_answers(manifest), losses.seen(manifest, cases)
    found = {}
    for cell, exercise in exercises(manifest):
        of_cell = [case for case in cases if exercise & set(case.answers)]
        losing = [case for case in of_cell if case.expected[cell.cell_id].loses(cell.points)]
        order = [one.cell_id for one in manifest.cells if one.cell_id in exercise]
        by_loss: dict[Lost, list[str]] = {}
        for case in losing:
            if lost := seen.get((case.name, cell.cell_id)) or _lost(case, cell.cell_id):
                by_loss.setdefault(lost, []).append(case.name)
        found[cell.cell_id] = Known(
            {case.name: case.summary for case in losing},
            {shape_of([{**usual, **case.answers}[one] for one in order]): case.name
             for case in reversed(losing)},
            {lost: tuple(sorted(names)) for lost, names in by_loss.items()},
        )  # fmt: skip
    return found


def _lost(case: Case, cell: str) -> Lost:
    """Return the checks that a case must lose, as far as it says which."""
    said = case.expected[cell].checks.items()
    return frozenset((name, Verdict(one)) for name, one in said if one != Verdict.PASSED)
