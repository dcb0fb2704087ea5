"""Find what was submitted: nbgrader's `submitted/<student>/<assignment>/`, whatever lies there.

What it guarantees:

- Every student who has something under the assignment's name is in the list, once, in the order of
  their ids; whatever is wrong with one folder is said for that student alone.
- No link is followed, nothing but small timestamp files is read, and no name that cannot be a key
  of the gradebook is passed on as one.

What it does not do: read notebooks (grading does).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.course.layout import Layout
from autograder.gradebook.autograded import TIMESTAMP_FORMAT, TIMESTAMP_NAME, read_small
from autograder.gradebook.errors import StudentIdError
from autograder.gradebook.student_id import check_student_id

MAX_TIMESTAMP_BYTES = 200


@dataclass(frozen=True)
class Collected:
    """What one student submitted.

    Args:
        student_id: the name of the student's folder.
        notebook: the notebook's path; `None` when there is none to read.
        submitted_at: naive UTC; `None` when it is not known.
        late_seconds: how long after the student's deadline.
        refusal: why there is no notebook, for the student; empty when there is one.
        note: something odd that staff should know; empty mostly.
        unusable: why nothing can be recorded under this id; the gradebook refuses it.
    """

    student_id: str
    notebook: Path | None
    submitted_at: datetime | None = None
    late_seconds: float = 0.0
    refusal: str = ""
    note: str = ""
    unusable: str = ""


def submissions(
    layout: Layout,
    assignment: str,
    deadlines: tuple[datetime | None, Mapping[str, datetime]] = (None, {}),
) -> list[Collected]:
    """Return all submissions of an assignment.

    Args:
        layout: the course.
        assignment: its name.
        deadlines: what `GradebookWriter.deadlines` says.
    """
    try:
        with os.scandir(layout.submitted) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and (entry.is_dir() or entry.is_symlink())
            )
    except FileNotFoundError:
        return []
    found = (submission_of(layout, name, assignment, deadlines) for name in names)
    return [collected for collected in found if collected is not None]


def submission_of(
    layout: Layout,
    student_id: str,
    assignment: str,
    deadlines: tuple[datetime | None, Mapping[str, datetime]],
) -> Collected | None:
    """Return what one student submitted; `None` for nothing."""
    folder = layout.submitted / student_id / assignment
    if not os.path.lexists(folder):
        return None
    try:
        check_student_id(student_id)
    except StudentIdError as error:
        return Collected(student_id, None, unusable=str(error))
    if folder.parent.is_symlink() or folder.is_symlink() or not folder.is_dir():
        kind = "a file" if folder.is_file() and not folder.is_symlink() else "a link"
        return Collected(
            student_id,
            None,
            refusal=f"The submission is {kind}; expected a folder with {assignment}.ipynb in it.",
        )
    notebook, refusal, note = notebook_in(folder, assignment)
    moment, odd = _timestamp(folder)
    due = deadlines[1].get(student_id, deadlines[0])
    late = max(0.0, (moment - due).total_seconds()) if moment and due else 0.0
    return Collected(
        student_id, notebook, moment, late, refusal, " ".join(filter(None, (note, odd)))
    )


def notebook_in(folder: Path, assignment: str) -> tuple[Path | None, str, str]:
    """Return a submission's notebook; else `None` and why, for the student; and what is odd."""
    expected = folder / f"{assignment}.ipynb"
    if os.path.lexists(expected):
        return expected, "", ""
    others = sorted(
        path for path in folder.glob("*.ipynb") if path.is_file() and not path.is_symlink()
    )
    if len(others) == 1:
        return others[0], "", f"{expected.name} was submitted under another name."
    if others:
        return None, f"There is no {expected.name}, but {len(others)} other notebooks.", ""
    return None, f"There is no {expected.name} in the submission.", ""


def _timestamp(folder: Path) -> tuple[datetime | None, str]:
    data = read_small(folder / TIMESTAMP_NAME, MAX_TIMESTAMP_BYTES)
    if data is None:
        missing = not os.path.lexists(folder / TIMESTAMP_NAME)
        return None, "" if missing else f"{TIMESTAMP_NAME} cannot be read."
    try:
        moment = _moment(data.decode().strip()) if data.strip() else None
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None, f"{TIMESTAMP_NAME} holds no time."
    return (
        (moment, "")
        if moment is None or 1970 < moment.year < 3000
        else (
            None,
            f"{TIMESTAMP_NAME} holds an impossible time.",
        )
    )


def _moment(text: str) -> datetime | None:
    """Read a time as nbgrader does; its own spelling without importing nbgrader."""
    try:
        return datetime.strptime(text, TIMESTAMP_FORMAT)  # noqa: DTZ007  # UTC, kept naive
    except ValueError:
        from nbgrader.utils import parse_utc

        moment: datetime | None = parse_utc(text)
        return moment
