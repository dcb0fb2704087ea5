"""When assignments are due, and for whom later: read from nbgrader's rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from autograder.gradebook.schema import assignments, submissions


def deadlines(
    connection: Connection, assignment: str
) -> tuple[datetime | None, dict[str, datetime]]:
    """Return the due date of an assignment and those of students who have an extension.

    All are naive UTC, as nbgrader keeps them.
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
    due = rows[0].duedate if rows else None
    if due is None:
        return None, {}
    return due, {row.student_id: due + row.extension for row in rows if row.student_id}
