"""When assignments are due, and for whom later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from autograder.gradebook.extensions import Extensions
from autograder.gradebook.schema import assignments, submissions


def deadlines(
    connection: Connection, assignment: str, extensions: Extensions
) -> tuple[datetime | None, dict[str, datetime]]:
    """Return the due date of an assignment and those of students who have an extension.

    All are naive UTC, as nbgrader keeps them.

    Args:
        connection: for reading.
        assignment: its name.
        extensions: of the course; nbgrader's own count where there is none of ours.
    """
    query = (
        select(assignments.c.duedate, submissions.c.student_id, submissions.c.extension)
        .select_from(assignments)
        .outerjoin(
            submissions,
            (submissions.c.assignment_id == assignments.c.id)
            & submissions.c.extension.is_not(None),
        )
        .where(assignments.c.name == assignment)
    )
    rows = connection.execute(query).all()
    due: datetime | None = rows[0].duedate if rows else None
    if due is None:
        return None, {}
    known = {
        row.student_id: due + row.extension
        for row in rows
        if row.student_id and not extensions.is_ours(row.student_id, assignment)
    }
    return due, known | {name: one.deadline(due) for name, one in extensions.of(assignment).items()}
