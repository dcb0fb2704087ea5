"""The author's proof: an exercise grades right answers right and named wrong ones wrong.

What it guarantees:

- The instructor's notebook gets full marks, the untouched notebook gets nothing, and each case
  under `submissions/` gets exactly the points and verdicts that it expects.
- Everything goes through the same grader as a student's submission.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.course import (
    Case,
    instructor_answers,
    load_cases,
    notebook_bytes,
    release_notebook,
    submission_notebook,
)
from autograder.course.manifest import Manifest
from autograder.grading.prepare import Preparer
from autograder.grading.report import Report


@dataclass(frozen=True)
class Specimen:
    """One submission whose report is known beforehand.

    Args:
        name: `instructor`, `untouched`, or the case's name.
        notebook: the bytes that a student would submit.
        case: the case, `None` for the first two.
        full: whether full marks are expected (the first two only).
    """

    assignment: str
    name: str
    notebook: bytes
    case: Case | None = None
    full: bool = False


def specimens(manifest: Manifest) -> Iterator[Specimen]:
    """Return all submissions whose report is known: instructor's, untouched, cases."""
    solved = submission_notebook(manifest, instructor_answers(manifest))
    name = manifest.assignment
    yield Specimen(name, "instructor", notebook_bytes(solved), full=True)
    yield Specimen(name, "untouched", notebook_bytes(release_notebook(manifest)))
    for case in load_cases(manifest):
        yield Specimen(name, case.name, notebook_bytes(case.notebook(manifest)), case)


def differences(preparer: Preparer, specimen: Specimen, report: Report) -> list[str]:
    """Return what of a report is not as it must be, one sentence each; empty when all is."""
    if report.refusal:
        return [f"refused: {report.refusal}"]
    found: list[str] = []
    manifest = preparer.manifest(specimen.assignment)
    graded = {cell.grade_id: cell for cell in report.cells if not cell.manual}
    for cell in manifest.graded:
        got = graded[cell.cell_id]
        said = "; ".join(
            f"{check.name} {check.verdict}: {check.message} {check.detail}".strip()
            for check in got.checks
            if check.verdict != "passed"
        )
        if specimen.case is None:
            wanted = cell.points if specimen.full else 0.0
        else:
            wanted = specimen.case.expected[cell.cell_id].points
        if abs((got.points or 0.0) - wanted) > 1e-5:
            found.append(f"{cell.cell_id}: {got.points:g} points, expected {wanted:g} ({said})")
        if specimen.case is not None:
            verdicts = {check.name: str(check.verdict) for check in got.checks}
            for name, verdict in specimen.case.expected[cell.cell_id].checks.items():
                if verdicts.get(name) != verdict:
                    came = verdicts.get(name, "absent")
                    found.append(f"{cell.cell_id}.{name}: {came}, expected {verdict} ({said})")
    return found
