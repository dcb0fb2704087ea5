"""Register an assignment in nbgrader's gradebook: what its `SaveCells` does, in one transaction.

What it guarantees:

- Afterwards the rows of assignment, notebook and cells are those that nbgrader would have written
  for the same release notebook; a due date and everything else that people entered is untouched.
- Registering again changes nothing. Unlike in nbgrader, cells may be added, and cells be removed,
  while there are submissions; only what a person entered for a removed cell is never thrown away:
  then nothing is changed and the error names the cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, or_, select, update

from autograder.course.manifest import Manifest, Role
from autograder.course.notebooks import nbgrader_checksum
from autograder.gradebook.errors import RegistrationError
from autograder.gradebook.schema import (
    assignments,
    base_cells,
    comments,
    grade_cells,
    grades,
    new_key,
    notebooks,
    solution_cells,
    source_cells,
    submitted_notebooks,
    task_cells,
)

_SUBTABLES: Mapping[str, Table] = {
    "GradeCell": grade_cells,
    "SolutionCell": solution_cells,
    "TaskCell": task_cells,
}


@dataclass(frozen=True)
class Registered:
    """The gradebook's keys of one assignment.

    Args:
        assignment_id: key of the assignment.
        notebook_id: key of its notebook.
        grade_cells: grade id -> key of the cell that has points.
        solution_cells: grade id -> key of the cell that can have a comment.
    """

    assignment_id: str
    notebook_id: str
    grade_cells: Mapping[str, str]
    solution_cells: Mapping[str, str]

    @cached_property
    def cells(self) -> frozenset[str]:
        """Return the keys of all cells."""
        return frozenset((*self.grade_cells.values(), *self.solution_cells.values()))


def register(
    connection: Connection, course_id: str, manifest: Manifest, kernelspec: Mapping[str, Any]
) -> Registered:
    """Bring the gradebook up to an assignment's manifest.

    Raises:
        RegistrationError: a removed cell or notebook has scores or comments that people entered.
    """
    assignment_id = _row(
        connection, assignments, {"name": manifest.assignment}, course_id=course_id
    )
    _remove_other_notebooks(connection, assignment_id, manifest)
    keys = {"name": manifest.assignment, "assignment_id": assignment_id}
    notebook_id = _row(connection, notebooks, keys)
    connection.execute(
        update(notebooks)
        .where(notebooks.c.id == notebook_id)
        .values(kernelspec=json.dumps(dict(kernelspec)))
    )
    cells = _register_cells(connection, notebook_id, manifest)
    _register_sources(connection, notebook_id, manifest)
    return Registered(
        assignment_id,
        notebook_id,
        {name: key for (name, kind), key in cells.items() if kind == "GradeCell"},
        {name: key for (name, kind), key in cells.items() if kind == "SolutionCell"},
    )


def _register_cells(
    connection: Connection, notebook_id: str, manifest: Manifest
) -> dict[tuple[str, str], str]:
    wanted: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in manifest.cells:
        if cell.role in (Role.GRADED, Role.ESSAY):
            values = {"max_score": float(cell.points), "cell_type": cell.cell_type}
            wanted[cell.cell_id, "GradeCell"] = values
        if cell.role in (Role.ANSWER, Role.ESSAY):
            wanted[cell.cell_id, "SolutionCell"] = {}
    present = {
        (row.name, row.type): row.id
        for row in connection.execute(
            select(base_cells).where(base_cells.c.notebook_id == notebook_id)
        )
    }
    query = select(grade_cells).where(grade_cells.c.id.in_(list(present.values())))
    graded = {row.id: row for row in connection.execute(query)}
    for name, kind in sorted(set(present) - set(wanted)):
        _remove_cell(connection, manifest.assignment, name, kind, present.pop((name, kind)))
    for (name, kind), values in wanted.items():
        table = _SUBTABLES[kind]
        if (name, kind) not in present:
            key = present[name, kind] = new_key()
            connection.execute(
                insert(base_cells).values(id=key, name=name, notebook_id=notebook_id, type=kind)
            )
            connection.execute(insert(table).values(id=key, **values))
        elif values and _differs(graded.get(present[name, kind]), values):
            connection.execute(
                update(table).where(table.c.id == present[name, kind]).values(**values)
            )
    return present


def _register_sources(connection: Connection, notebook_id: str, manifest: Manifest) -> None:
    query = select(source_cells).where(source_cells.c.notebook_id == notebook_id)
    present = {row.name: row for row in connection.execute(query)}
    for cell in manifest.cells:
        values = {
            "cell_type": cell.cell_type,
            "locked": cell.role not in (Role.ANSWER, Role.ESSAY),
            "source": cell.source,
            "checksum": nbgrader_checksum(cell, cell.source),
        }
        row = present.pop(cell.cell_id, None)
        if row is None:
            keys = {"id": new_key(), "name": cell.cell_id, "notebook_id": notebook_id}
            connection.execute(insert(source_cells).values(**keys, **values))
        elif _differs(row, values):
            changed = update(source_cells).where(source_cells.c.id == row.id)
            connection.execute(changed.values(**values))
    if present:
        others = [row.id for row in present.values()]
        connection.execute(delete(source_cells).where(source_cells.c.id.in_(others)))


def _differs(row: Row[Any] | None, values: Mapping[str, Any]) -> bool:
    return row is None or any(row._mapping[name] != value for name, value in values.items())


def _row(connection: Connection, table: Table, keys: Mapping[str, Any], **values: Any) -> str:
    """Return the id of the row that has the keys; make it when there is none."""
    matches = [table.c[column] == value for column, value in keys.items()]
    found = connection.scalar(select(table.c.id).where(*matches))
    if found is None:
        found = new_key()
        connection.execute(insert(table).values(id=found, **keys, **values))
    return str(found)


def _remove_cell(connection: Connection, assignment: str, name: str, kind: str, key: str) -> None:
    _refuse_loss(connection, assignment, f"cell {name!r}", [key])
    connection.execute(delete(grades).where(grades.c.cell_id == key))
    connection.execute(delete(comments).where(comments.c.cell_id == key))
    if kind in _SUBTABLES:
        table = _SUBTABLES[kind]
        connection.execute(delete(table).where(table.c.id == key))
    connection.execute(delete(base_cells).where(base_cells.c.id == key))


def _remove_other_notebooks(connection: Connection, assignment_id: str, manifest: Manifest) -> None:
    others = connection.execute(
        select(notebooks.c.id, notebooks.c.name).where(
            notebooks.c.assignment_id == assignment_id, notebooks.c.name != manifest.assignment
        )
    ).all()
    for other in others:
        cells = connection.execute(
            select(base_cells).where(base_cells.c.notebook_id == other.id)
        ).all()
        _refuse_loss(
            connection, manifest.assignment, f"notebook {other.name!r}", [row.id for row in cells]
        )
        for row in cells:
            _remove_cell(connection, manifest.assignment, row.name, row.type, row.id)
        for table in (source_cells, submitted_notebooks):
            connection.execute(delete(table).where(table.c.notebook_id == other.id))
        connection.execute(delete(notebooks).where(notebooks.c.id == other.id))


def _refuse_loss(
    connection: Connection, assignment: str, what: str, cell_keys: Iterable[str]
) -> None:
    keys = list(cell_keys)
    scored = select(grades.c.id).where(
        grades.c.cell_id.in_(keys),
        or_(grades.c.manual_score.is_not(None), grades.c.extra_credit.is_not(None)),
    )
    commented = select(comments.c.id).where(
        comments.c.cell_id.in_(keys), comments.c.manual_comment.is_not(None)
    )
    count = len(connection.scalars(scored).all()) + len(connection.scalars(commented).all())
    if count:
        raise RegistrationError(
            f"assignment {assignment!r} no longer has {what}, but {count} scores or comments that "
            "people entered belong to it; nothing was changed. Put it back, or remove those scores "
            "in formgrader first."
        )
