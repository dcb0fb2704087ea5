"""Let a check count for everybody or for nobody, or as it was graded again: a row of the log.

What it guarantees: only a check that there is can be void.

What it does not do: write points; the next `gradlab grade` does, and pages show it at once.
"""

from __future__ import annotations

from autograder.course import CourseError, load_manifest
from autograder.course.check_file import read_check_file
from autograder.course.layout import Layout
from autograder.grading.decisions import Void
from autograder.records import Event, Log


def void(layout: Layout, assignment: str, decision: Void) -> None:
    """Write down what a check counts.

    Raises:
        CourseError: there is no such check.
        LogError: the log cannot be written.
    """
    must_be_there(layout, assignment, decision.cell, decision.check)
    Log(layout.log).record(
        Event.VOID, course=layout.course_id, assignment=assignment, **decision.to_json()
    )


def must_be_there(layout: Layout, assignment: str, cell: str, check: str) -> None:
    """Refuse a check that the course does not have.

    Raises:
        CourseError: there is no such check.
    """
    manifest = load_manifest(layout, assignment)
    if cell not in manifest.checks:
        known = ", ".join(manifest.checks)
        raise CourseError(f"{assignment} has no graded cell {cell!r}; there are {known}")
    names = read_check_file(manifest.checks[cell], manifest.cell(cell)).names
    if check not in names:
        raise CourseError(f"{cell} has no check {check!r}; there are {', '.join(names)}")
