"""A whole gradebook as a value that can be moved: every table of one database into another.

What it guarantees:

- What is read is one moment's state, whoever writes meanwhile.
- The copy has the same tables and rows, whatever revision of nbgrader made them, and whether either
  side is SQLite or PostgreSQL.
- A copy is whole or not there: it is one transaction of the target.

What it does not do: change a row (`revision` does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Enum,
    Interval,
    MetaData,
    String,
    Table,
    create_engine,
    select,
    text,
)
from sqlalchemy.engine import make_url

from autograder.gradebook.schema import METADATA

VERSIONS: Final = "alembic_version"
_CHUNK_ROWS: Final = 1000
Row = Mapping[str, Any]


def opened(url: str) -> Engine:
    """Return an engine for one short use of a gradebook."""
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def known(connection: Connection) -> MetaData:
    """Return the tables that a database has, with types that any database can hold."""
    found = MetaData()
    found.reflect(connection, resolve_fks=False)
    for table in found.tables.values():
        current = METADATA.tables.get(table.name)
        for column in table.columns:
            column.server_default = None  # written in the source's own dialect
            column.type = _portable(column, current)
    return found


def _portable(column: Column[Any], table: Table | None) -> Any:
    """Return a column's type; nbgrader's own word counts, SQLite forgets that of time spans."""
    if column.name == "extension":
        return Interval()
    if table is not None and column.name in table.columns:
        kind = table.columns[column.name].type
        return String() if isinstance(kind, Enum) else kind
    try:
        return column.type.as_generic()
    except NotImplementedError:
        return String()


def rows(connection: Connection, table: Table) -> Iterator[Sequence[Row]]:
    """Return a table's rows, some at a time, in the order of their keys."""
    order = list(table.primary_key.columns) or list(table.columns)
    found = connection.execute(select(table).order_by(*order))
    for part in found.mappings().partitions(_CHUNK_ROWS):
        yield [dict(row) for row in part]


def copy(source: Connection, target: Connection) -> None:
    """Copy every table into a database that has none of them.

    Args:
        source: inside a transaction, of which the copy shows the state.
        target: inside a transaction, which the caller commits.
    """
    tables = known(source)
    for table in tables.tables.values():
        _forget_dangling(table, tables)
    tables.create_all(target, checkfirst=False)
    for table in tables.sorted_tables:
        for part in rows(source, table):
            target.execute(table.insert(), part)


def _forget_dangling(table: Table, tables: MetaData) -> None:
    """Leave out references to tables that are gone, as nbgrader's migrations leave behind."""
    for constraint in list(table.foreign_key_constraints):
        targets = {one.target_fullname.rpartition(".")[0] for one in constraint.elements}
        if not targets <= set(tables.tables):
            table.constraints.discard(constraint)
            for one in constraint.elements:
                one.parent.foreign_keys.discard(one)
                table.foreign_keys.discard(one)


def drop(connection: Connection) -> None:
    """Drop every table of a gradebook."""
    found = MetaData()
    found.reflect(connection, resolve_fks=False)
    quote = connection.dialect.identifier_preparer.quote
    cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
    for table in found.tables.values():
        connection.execute(text(f"DROP TABLE {quote(table.name)}{cascade}"))


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Open a transaction that sees one moment's state."""
    engine = opened(url)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def fingerprint(connection: Connection) -> dict[str, str]:
    """Return a hash of every table's rows, the same wherever the rows lie."""
    prints = {}
    for name, table in sorted(known(connection).tables.items()):
        lines = sorted(
            json.dumps(dict(row), sort_keys=True, default=str)
            for part in rows(connection, table)
            for row in part
        )
        prints[name] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return prints
