"""Make of a student's wrong answer a named wrong case of the course, so that the course learns.

What it guarantees: nobody's words come along: comments, docstrings and annotations are left out.
"""

from __future__ import annotations

from pathlib import Path

from autograder.course import CourseError, Layout, exercises, load_manifest
from autograder.course.manifest import Manifest
from autograder.course.writing_cases import write_wrong_case
from autograder.feedback.likeness import plain_code
from autograder.grading.report import Report, Verdict


def learn(layout: Layout, report: Report, cell: str, name: str, summary: str) -> Path:
    """Write a case that has what a report's student wrote; return its folder.

    Args:
        layout: of the course.
        report: as it was graded.
        cell: the graded cell.
        name: of the case.
        summary: what is wrong about it, in one sentence.

    Raises:
        CourseError: the cell has nothing wrong in this report, or it cannot be a case.
    """
    manifest = load_manifest(layout, report.assignment)
    found = next((one for one in report.cells if one.grade_id == cell and one.checks), None)
    if found is None or cell not in manifest.checks:
        known = ", ".join(one.grade_id for one in report.cells if one.checks)
        raise CourseError(f"the report has no graded cell {cell!r}; there are {known or 'none'}")
    checks = {check.name: str(check.verdict) for check in found.checks}
    if set(checks.values()) == {str(Verdict.PASSED)}:
        raise CourseError(f"{cell} has full marks in this report: it is no wrong case")
    try:
        answers = answers_of(report, manifest, cell)
    except ValueError as error:
        raise CourseError(f"{error}; write the case by hand") from error
    return write_wrong_case(manifest, name, summary, answers, cell, found.points or 0.0, checks)


def answers_of(report: Report, manifest: Manifest, cell: str) -> dict[str, str]:
    """Return the code that a student wrote for a graded cell, by answer cell of the course.

    Code in cells of the student's own goes in front of the next answer cell, or behind the last.

    Raises:
        ValueError: it cannot be read as Python.
    """
    (exercise,) = (found for one, found in exercises(manifest) if one.cell_id == cell)
    known = {one.cell_id for one in manifest.cells}
    answers: dict[str, str] = {}
    own: list[str] = []
    for one in report.notebook:
        if one.cell_id == cell:
            break
        if one.cell_type != "code" or (one.cell_id in known and one.cell_id not in exercise):
            own = own if one.cell_type != "code" else []
        elif one.cell_id in exercise:
            answers[one.cell_id] = "\n".join([*own, plain_code(one.source)])
            own = []
        else:
            own.append(plain_code(one.source))
    if own and answers:
        last = list(answers)[-1]
        answers[last] = "\n".join([answers[last], *own])
    return {name: text for name, text in answers.items() if text.strip()}
