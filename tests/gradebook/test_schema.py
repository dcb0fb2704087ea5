"""Our description of nbgrader's tables, against nbgrader."""

from __future__ import annotations

import subprocess
import sys

import pytest
from nbgrader.api import Base
from sqlalchemy import Column, Dialect, Enum, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from autograder.gradebook import schema


def described(column: Column[object]) -> dict[str, object]:
    kind = column.type
    return {
        "type": type(kind).__name__,
        "length": getattr(kind, "length", None),
        "values": kind.enums if isinstance(kind, Enum) else None,
        "name": kind.name if isinstance(kind, Enum) else None,
        "key": column.primary_key,
        "nullable": column.nullable,
        "refers to": sorted(key.target_fullname for key in column.foreign_keys),
        "default": None if column.default is None else str(column.default.arg)[:9],
    }


def unique(table: Table) -> set[tuple[str, ...]]:
    return {
        tuple(sorted(column.name for column in constraint.columns))
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }


def test_all_tables_are_there() -> None:
    """No table of nbgrader's is missing, none is invented."""
    assert schema.METADATA.tables.keys() == Base.metadata.tables.keys()


@pytest.mark.parametrize("name", sorted(schema.METADATA.tables))
def test_a_table_is_nbgraders(name: str) -> None:
    """Columns, types, keys, defaults and constraints agree."""
    ours, theirs = schema.METADATA.tables[name], Base.metadata.tables[name]
    assert {c.name: described(c) for c in ours.columns} == {
        c.name: described(c) for c in theirs.columns
    }
    assert unique(ours) == unique(theirs)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda d: d.name)
@pytest.mark.parametrize("name", sorted(schema.METADATA.tables))
def test_a_table_is_made_as_nbgrader_makes_it(name: str, dialect: Dialect) -> None:
    """The statement that makes it is the same, word by word."""
    ours, theirs = schema.METADATA.tables[name], Base.metadata.tables[name]
    made, expected = (str(CreateTable(t).compile(dialect=dialect)) for t in (ours, theirs))
    assert made == expected


def test_keys_are_as_long_as_nbgraders_and_grow() -> None:
    """Rows made together lie together in the index; no two keys are the same."""
    keys = [schema.new_key() for _ in range(1_000)]
    assert all(len(key) == 32 and int(key, 16) for key in keys)
    assert len(set(keys)) == len(keys)
    moments = [key[:16] for key in keys]
    assert moments == sorted(moments)
    assert len({key[16:] for key in keys}) == len(keys)


def test_the_writer_does_not_import_nbgrader() -> None:
    """A regrade pays for no import that it does not need."""
    program = (
        "import sys; import autograder.gradebook.writer, autograder.gradebook.collected, "
        "autograder.gradebook.revision;"
        "print([name for name in sys.modules if name.split('.')[0] in ('nbgrader', 'nbconvert')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
