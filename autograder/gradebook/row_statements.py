"""The statements that write one submission's rows in nbgrader's tables; each made once.

What it guarantees: an insert becomes an update when the row exists, whoever made it meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import DateTime, Select, String, Table, and_, func, or_, select

from autograder.gradebook.database import Database
from autograder.gradebook.registry import Registered
from autograder.gradebook.schema import (
    assignments,
    base_cells,
    comments,
    grades,
    students,
    submissions,
    submitted_notebooks,
)
from autograder.gradebook.statement import given


def student_insert(database: Database) -> Any:
    """Return what makes a student that is not there yet."""
    new = database.insert(students).values(id=given("student", String))
    return new.on_conflict_do_nothing()


def submission_upsert(database: Database, registered: Registered) -> Any:
    """Return what makes a submission or takes its moment; it returns key, moment and extension."""
    new = database.insert(submissions).values(
        id=given("new_id", String),
        assignment_id=registered.assignment_id,
        student_id=given("student", String),
        timestamp=given("submitted_at", DateTime),
    )
    return new.on_conflict_do_update(
        index_elements=["assignment_id", "student_id"],
        set_={"timestamp": func.coalesce(new.excluded.timestamp, submissions.c.timestamp)},
    ).returning(submissions.c.id, submissions.c.timestamp, submissions.c.extension)


def standing_query(registered: Registered) -> Any:
    """Return due date, keys of cells and a student's points, of one moment."""
    cells = select(func.aggregate_strings(base_cells.c.id, ",")).where(
        base_cells.c.notebook_id == registered.notebook_id
    )
    return select(
        assignments.c.duedate,
        cells.scalar_subquery().label("cells"),
        _points(registered).scalar_subquery().label("points"),
    ).where(assignments.c.id == registered.assignment_id)


def _points(registered: Registered) -> Select[tuple[float]]:
    """Return the sum of a student's points; each table is entered by an index that it has."""
    return (
        select(func.sum(grades.c.auto_score))
        .select_from(submissions)
        .join(
            submitted_notebooks,
            and_(
                submitted_notebooks.c.notebook_id == registered.notebook_id,
                submitted_notebooks.c.assignment_id == submissions.c.id,
            ),
        )
        .join(
            grades,
            and_(
                grades.c.cell_id.in_(list(registered.grade_cells.values())),
                grades.c.notebook_id == submitted_notebooks.c.id,
            ),
        )
        .where(
            submissions.c.assignment_id == registered.assignment_id,
            submissions.c.student_id == given("student", String),
        )
    )


def notebook_upsert(database: Database, registered: Registered) -> Any:
    """Return what makes the notebook of a submission; it returns its key and its penalty."""
    new = database.insert(submitted_notebooks).values(
        id=given("new_id", String),
        notebook_id=registered.notebook_id,
        assignment_id=given("submission", String),
        flagged=False,
    )
    return new.on_conflict_do_update(
        index_elements=["notebook_id", "assignment_id"],
        set_={"flagged": submitted_notebooks.c.flagged},  # nothing changes: so that it is returned
    ).returning(submitted_notebooks.c.id, submitted_notebooks.c.late_submission_penalty)


def grades_upsert(database: Database, registered: Registered) -> Any:
    """Return what writes the scores of all cells; it returns who waits, and what counts."""
    new = database.insert(grades).values(
        _of_each(registered.grade_cells, grades, "auto_score", "needs_manual_grade")
    )
    upsert = new.on_conflict_do_update(
        index_elements=["cell_id", "notebook_id"],
        set_={
            "auto_score": new.excluded.auto_score,
            # evaluated on the row as it is then: a person may be scoring it at this moment
            "needs_manual_grade": or_(
                grades.c.manual_score.is_not(None), new.excluded.auto_score.is_(None)
            ),
        },
    )
    counted = func.coalesce(grades.c.manual_score, grades.c.auto_score) + func.coalesce(
        grades.c.extra_credit, 0.0
    )
    score = func.coalesce(counted, 0.0).label("score")
    return upsert.returning(grades.c.needs_manual_grade, score)


def comments_upsert(database: Database, registered: Registered) -> Any:
    """Return what writes the comments on all answers."""
    new = database.insert(comments).values(
        _of_each(registered.solution_cells, comments, "auto_comment")
    )
    return new.on_conflict_do_update(
        index_elements=["cell_id", "notebook_id"],
        set_={"auto_comment": new.excluded.auto_comment},
    )


def _of_each(cells: Mapping[str, str], table: Table, *columns: str) -> list[dict[str, Any]]:
    """Return the row of each cell; its number is in the names of its values."""
    return [
        {"cell_id": key, "notebook_id": given("notebook", String)}
        | {name: given(f"{name}_{number}", table.c[name].type) for name in ("id", *columns)}
        for number, key in enumerate(cells.values())
    ]
