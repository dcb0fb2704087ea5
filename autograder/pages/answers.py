"""What a student wrote for an exercise, as its report has it.

What it guarantees: a cell of the student's own belongs to the exercise that it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.course.manifest import Manifest, Role
from autograder.feedback.likeness import shape_of
from autograder.grading.report import ExecutedCell, Report, Verdict

Pattern = tuple[tuple[str, Verdict], ...]


def own_cells(report: Report, manifest: Manifest | None, cell: str) -> tuple[ExecutedCell, ...]:
    """Return what a student wrote for a cell that earns points, without that cell itself."""
    roles: Mapping[str, Role] = (
        {one.cell_id: one.role for one in manifest.cells} if manifest else {}
    )
    found: list[ExecutedCell] = []
    for one in report.notebook:
        if one.cell_id == cell:
            return tuple(found)
        role = roles.get(one.cell_id)
        if role in (Role.GRADED, Role.ESSAY):
            found.clear()
        elif role is not Role.GIVEN:
            found.append(one)
    return ()


@dataclass(frozen=True)
class Answer:
    """One student's answer to an exercise with checks.

    Args:
        pattern: each check with how it ended.
        shape: the same for answers that differ in names and layout alone; empty for nothing.
    """

    pattern: Pattern
    shape: str = ""

    @property
    def lost(self) -> frozenset[tuple[str, Verdict]]:
        """Return the checks that did not pass."""
        return frozenset(one for one in self.pattern if one[1] is not Verdict.PASSED)


@dataclass(frozen=True)
class Answers:
    """What one report says of all exercises.

    Args:
        cells: graded cell -> the answer.
        repairs: code and cell of what had to be mended.
    """

    cells: Mapping[str, Answer] = field(default_factory=dict)
    repairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, report: Report, manifest: Manifest | None) -> Answers:
        """Return what a report says; a refused one says nothing."""
        if report.refusal:
            return cls()
        cells = {}
        for cell in report.cells:
            if cell.manual:
                continue
            pattern = tuple((check.name, check.verdict) for check in cell.checks)
            answer = Answer(pattern)
            if answer.lost:  # what is right needs no comparing
                texts = code_of(report, manifest, cell.grade_id)
                answer = Answer(pattern, shape_of(texts))
            cells[cell.grade_id] = answer
        return cls(cells, tuple((one.code, one.cell_id) for one in report.repairs))


def code_of(report: Report, manifest: Manifest | None, cell: str) -> list[str]:
    """Return the code that a student wrote for a graded cell, cell by cell."""
    return [one.source for one in own_cells(report, manifest, cell) if one.cell_type == "code"]
