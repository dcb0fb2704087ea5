"""A statement whose text is made once, for the few that every report needs.

SQLAlchemy looks at a statement anew each time it executes it, and at what comes back: several times
the work that SQLite has. Here the driver is given the text and the values.

What it guarantees: text, values and results are those that SQLAlchemy makes of the same statement,
each value converted by the type of its column.

What it does not do: say what becomes of a transaction when the driver fails (`Database` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, bindparam
from sqlalchemy.sql.compiler import SQLCompiler


def given(name: str, kind: Any) -> BindParameter[Any]:
    """Return the place of a value that `Statement.execute` is given under this name."""
    return bindparam(name, None, kind)  # without a value no text could be made


class Statement:
    """One statement, ready for one kind of database.

    Args:
        dialect: the database's, whose parameters have names.
        statement: what to execute; what is not known yet is `given`.
    """

    def __init__(self, dialect: Dialect, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        to_driver = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
        columns = getattr(statement, "exported_columns", ())
        self._dialect = dialect
        self._text = compiled.string
        self._values = compiled.params
        self._to_driver = [(n, c) for n, c in to_driver.items() if c and n in self._values]
        self._columns = [column.type.dialect_impl(dialect) for column in columns]
        self._from_driver: list[Any] | None = None

    def execute(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Execute it with these values; return its rows."""
        values = self._values | values
        for name, convert in self._to_driver:
            values[name] = convert(values[name])
        cursor = connection.connection.cursor()
        cursor.execute(self._text, values)
        rows = cursor.fetchall() if self._columns else []
        if rows and self._from_driver is None:
            self._from_driver = self._converters(cursor.description)
        cursor.close()
        return [self._converted(row) for row in rows]

    def _converters(self, description: Any) -> list[Any]:
        """Return what converts a row's values; it depends on what the driver makes of a column."""
        return [
            column.result_processor(self._dialect, described[1])
            for column, described in zip(self._columns, description, strict=True)
        ]

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        pairs = zip(self._from_driver or (), row, strict=True)
        return tuple(convert(value) if convert else value for convert, value in pairs)
