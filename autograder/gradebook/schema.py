"""nbgrader's tables, as SQLAlchemy needs them to make statements.

Importing nbgrader takes seconds, half of what regrading a class takes, because it loads its server
extensions; grading needs to know its tables only.

What it guarantees: names, types and keys are those of nbgrader 0.9.6 (a test compares them).
What it does not do: connect, or make the tables (`autograder.gradebook.revision` does, from these).
"""

from __future__ import annotations

import os
import time
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    Interval,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData()


def new_key() -> str:
    """Return a new key of 32 hexadecimal digits, as nbgrader's are, the later the greater.

    The rows of a report then lie side by side in the index of keys, so that a commit writes few
    pages of it, however large the gradebook.
    """
    return f"{time.time_ns():016x}{os.urandom(8).hex()}"


def _key() -> Column[str]:
    return Column("id", String(32), primary_key=True, default=new_key)


def _of(name: str, key: str, *, nullable: bool = True) -> Column[str]:
    length = 128 if key.split(".")[0] in ("course", "student") else 32
    return Column(name, String(length), ForeignKey(key), nullable=nullable)


courses = Table(
    "course", METADATA, Column("id", String(128), primary_key=True, unique=True, nullable=False)
)
assignments = Table(
    "assignment",
    METADATA,
    _key(),
    Column("name", String(128), unique=True, nullable=False),
    Column("duedate", DateTime()),
    _of("course_id", "course.id", nullable=False),
)
notebooks = Table(
    "notebook",
    METADATA,
    _key(),
    Column("name", String(128), nullable=False),
    _of("assignment_id", "assignment.id"),
    Column("kernelspec", String(1024)),
    UniqueConstraint("name", "assignment_id"),
)
base_cells = Table(
    "base_cell",
    METADATA,
    _key(),
    Column("name", String(128), nullable=False),
    _of("notebook_id", "notebook.id", nullable=False),
    Column("type", String(50)),
    UniqueConstraint("name", "notebook_id", "type"),
)
grade_cells = Table(
    "grade_cells",
    METADATA,
    Column("id", String(32), ForeignKey("base_cell.id"), primary_key=True),
    Column("max_score", Float(), nullable=False),
    Column("cell_type", Enum("code", "markdown", name="grade_cell_type"), nullable=False),
)
solution_cells = Table(
    "solution_cells",
    METADATA,
    Column("id", String(32), ForeignKey("base_cell.id"), primary_key=True),
)
task_cells = Table(
    "task_cells",
    METADATA,
    Column("id", String(32), ForeignKey("base_cell.id"), primary_key=True),
    Column("max_score", Float(), nullable=False),
    Column("cell_type", Enum("code", "markdown", name="grade_cell_type"), nullable=False),
)
source_cells = Table(
    "source_cell",
    METADATA,
    _key(),
    Column("name", String(128), nullable=False),
    Column("cell_type", Enum("code", "markdown", name="source_cell_type"), nullable=False),
    Column("locked", Boolean, default=False, nullable=False),
    Column("source", Text()),
    Column("checksum", String(128)),
    _of("notebook_id", "notebook.id"),
    UniqueConstraint("name", "notebook_id"),
)
students = Table(
    "student",
    METADATA,
    Column("id", String(128), primary_key=True, nullable=False),
    Column("first_name", String(128)),
    Column("last_name", String(128)),
    Column("email", String(128)),
    Column("lms_user_id", String(128)),
)
submissions = Table(
    "submitted_assignment",
    METADATA,
    _key(),
    _of("assignment_id", "assignment.id"),
    _of("student_id", "student.id"),
    Column("timestamp", DateTime()),
    Column("extension", Interval()),
    UniqueConstraint("assignment_id", "student_id"),
)
submitted_notebooks = Table(
    "submitted_notebook",
    METADATA,
    _key(),
    _of("assignment_id", "submitted_assignment.id"),
    _of("notebook_id", "notebook.id"),
    Column("flagged", Boolean, default=False),
    Column("late_submission_penalty", Float(0)),
    UniqueConstraint("notebook_id", "assignment_id"),
)
grades = Table(
    "grade",
    METADATA,
    _key(),
    _of("notebook_id", "submitted_notebook.id"),
    _of("cell_id", "base_cell.id"),
    Column("auto_score", Float()),
    Column("manual_score", Float()),
    Column("extra_credit", Float()),
    Column("needs_manual_grade", Boolean, default=True, nullable=False),
    UniqueConstraint("cell_id", "notebook_id"),
)
comments = Table(
    "comment",
    METADATA,
    _key(),
    _of("notebook_id", "submitted_notebook.id"),
    _of("cell_id", "base_cell.id"),
    Column("auto_comment", Text()),
    Column("manual_comment", Text()),
    UniqueConstraint("cell_id", "notebook_id"),
)
