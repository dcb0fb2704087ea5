"""What grading now would change about a recorded grade: which checks come out otherwise.

What it guarantees: two reports are compared check by check, by name; the same verdicts are no
change, whatever the messages say.

What it does not do: grade, or write anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.grading.report import Report


@dataclass(frozen=True)
class Change:
    """One check that comes out otherwise.

    Args:
        grade_id: the graded cell.
        check: its check.
        was: the recorded verdict; empty for a check that there was not.
        now: the verdict now; empty for one that there is not any more.
        points: of the cell now less those recorded.
    """

    grade_id: str
    check: str
    was: str
    now: str
    points: float


def changes(recorded: Report, now: Report) -> list[Change]:
    """Return the checks whose verdicts differ, in the order of the report now.

    Args:
        recorded: the report whose grade is recorded.
        now: the report of the same submission now.
    """
    old, new = ({cell.grade_id: cell for cell in report.cells} for report in (recorded, now))
    found: list[Change] = []
    for grade_id in dict.fromkeys([*new, *old]):
        was, is_ = (
            {check.name: str(check.verdict) for check in cells[grade_id].checks}
            if grade_id in cells
            else {}
            for cells in (old, new)
        )
        points = [
            (cells[grade_id].points or 0.0) if grade_id in cells else 0.0 for cells in (old, new)
        ]
        found += [
            Change(grade_id, name, was.get(name, ""), is_.get(name, ""), points[1] - points[0])
            for name in dict.fromkeys([*is_, *was])
            if was.get(name, "") != is_.get(name, "")
        ]
    return found
