"""What a report means for nbgrader's rows: automatic scores and comments.

What it guarantees: the values are nbgrader's own for the same cells, apart from the checks' scores;
a report that does not fit its manifest is an error, never a score.
"""

from __future__ import annotations

from autograder.course.manifest import Cell, Manifest, Role
from autograder.gradebook.errors import MismatchError
from autograder.gradebook.notebook import is_unanswered
from autograder.grading.report import Report

NO_RESPONSE = "No response."  # nbgrader's words
UNREADABLE = "This submission could not be read; see the note at the top of the notebook."


def automatic_scores(manifest: Manifest, report: Report) -> dict[str, float | None]:
    """Return grade id -> automatic score; `None` where a person has to decide.

    An essay that was left as released, or that could not be read, is 0 without a person's look.
    """
    points = {cell.grade_id: cell.points for cell in report.cells}
    scores: dict[str, float | None] = {}
    for cell in manifest.cells:
        if cell.role is Role.GRADED:
            scores[cell.cell_id] = 0.0 if report.refusal else points[cell.cell_id]
        elif cell.role is Role.ESSAY:
            unread = bool(report.refusal) or is_unanswered(cell, report)
            scores[cell.cell_id] = 0.0 if unread else None
    return scores


def automatic_comments(manifest: Manifest, report: Report) -> dict[str, str | None]:
    """Return grade id -> automatic comment of each cell that the student fills in."""

    def comment(cell: Cell) -> str | None:
        if report.refusal:
            return UNREADABLE
        return NO_RESPONSE if is_unanswered(cell, report) else None

    filled_in = (Role.ANSWER, Role.ESSAY)
    return {cell.cell_id: comment(cell) for cell in manifest.cells if cell.role in filled_in}


def check_fits(manifest: Manifest, report: Report) -> None:
    """Compare what a report graded with what the manifest says is graded.

    Raises:
        MismatchError: they differ.
    """
    if report.assignment != manifest.assignment:
        raise MismatchError(
            f"a report of {report.assignment!r} came with the manifest of {manifest.assignment!r}"
        )
    expected = {
        cell.cell_id: (float(cell.points), cell.role is Role.ESSAY)
        for cell in manifest.cells
        if cell.role in (Role.GRADED, Role.ESSAY)
    }
    got = {cell.grade_id: (float(cell.max_points), cell.manual) for cell in report.cells}
    if got != expected and not (report.refusal and not got):
        wrong = sorted(key for key in {*got, *expected} if got.get(key) != expected.get(key))
        raise MismatchError(
            f"the report of {manifest.assignment!r} does not fit its manifest at {wrong}: it has "
            f"{[got.get(key) for key in wrong]}, expected {[expected.get(key) for key in wrong]} "
            "(points, manual). Build the assignment and grade again."
        )
