"""The connection to nbgrader's gradebook: SQLite or PostgreSQL, opened once, one writer at a time.

What it guarantees:

- The tables are nbgrader's own; a gradebook that several programs open for the first time at once
  is made once, in one transaction. One whose maker was killed before it noted their revision is
  completed, if nothing is in it.
- `transaction` commits everything or nothing. On SQLite it takes the write lock at its start, so a
  transaction never fails half way because another program wrote in between; while another program
  holds the lock it waits, says so, and gives up only after `patience_seconds`.
- SQLite keeps a write-ahead log where the file system can: formgrader's readers and a batch do not
  block each other. A transaction survives the death of any process once committed.

What it does not do: know what the tables mean.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import ClauseElement, Connection, Engine, Table, create_engine, event, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from autograder.gradebook.errors import GradebookBusyError, GradebookError
from autograder.gradebook.revision import check_revision, make_tables, revision
from autograder.gradebook.schema import courses
from autograder.gradebook.statement import Statement

PATIENCE_SECONDS = 600.0
BUSY_MILLISECONDS = 1_000  # how long SQLite itself waits before we say that we are waiting
LOCK_KEY = 0x67726164  # PostgreSQL's advisory lock of programs that make tables or assignments
_LOCKED = ("database is locked", "database table is locked")


class Database:
    """nbgrader's database, ready to be written to.

    Args:
        url: SQLAlchemy URL.
        course_id: the course that assignments belong to.
        home: folder for the lock file under which a new gradebook is made.
        on_wait: called with one sentence when something else holds the gradebook.
        patience_seconds: how long to wait for it.

    Raises:
        OutdatedError: its tables are those of another revision of nbgrader.
        GradebookError: the database cannot be opened.
    """

    def __init__(
        self,
        url: str,
        course_id: str,
        home: Path,
        on_wait: Callable[[str], None],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._on_wait = on_wait
        self._patience_seconds = patience_seconds
        self._is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._driver: Any = make_url(url).get_dialect().import_dbapi()
        self._shown_url = make_url(url).render_as_string(hide_password=True)
        home.mkdir(parents=True, exist_ok=True)
        try:
            self._make_tables(url, course_id, home)
            self.engine = self._engine(url)
        except OperationalError as error:
            raise GradebookError(
                f"the gradebook {self._shown_url} cannot be opened: {error.orig}. Check "
                "GRADLAB_DB_URL and that the server runs or the folder can be written."
            ) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction; commit at the end, or roll back when the block raises.

        Raises:
            GradebookBusyError: another program held the gradebook for too long.
            GradebookError: the database cannot be reached or written, as when its disk is full.
        """
        with self._said():
            connection = self._wait(lambda: self._begun(self.engine, "BEGIN IMMEDIATE"))
            try:
                yield connection
                # without a write-ahead log, readers can hold up a commit too
                self._wait(connection.connection.commit)
            except self._driver.OperationalError as error:
                connection.invalidate(error)  # SQLAlchemy has not seen that it may be broken
                raise
            finally:
                connection.close()  # rolls back what is not committed

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Say in our words that the database failed."""
        try:
            yield
        except (OperationalError, self._driver.OperationalError) as error:
            raise GradebookError(
                f"the gradebook {self._shown_url} failed: {_cause(error)}. What was being written "
                "is not in it; run again when the cause is gone."
            ) from error

    def _begun(self, engine: Engine, begin: str) -> Connection:
        """Return a connection in a transaction, which SQLite's driver has to be told to begin."""
        connection = engine.connect()
        try:
            if self._is_sqlite:
                driver: Any = connection.connection.driver_connection
                driver.execute(begin)
        except BaseException:
            connection.close()
            raise
        return connection

    def lock_registration(self, connection: Connection) -> None:
        """Let one transaction at a time change assignments, as SQLite's write lock does."""
        if not self._is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})

    def insert(self, table: Table) -> Any:
        """Return an `INSERT` of this database that knows `ON CONFLICT`."""
        if self._is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # late: its drivers take long to import

        return postgresql.insert(table)

    def statement(self, statement: ClauseElement) -> Statement:
        """Return a statement that is executed often, its text made."""
        return Statement(self.engine.dialect, statement)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection for reading; it sees what is committed and locks nothing."""
        with self._said(), self._begun(self.engine, "BEGIN") as connection:
            yield connection

    def _wait(self, action: Callable[[], Any]) -> Any:
        give_up = time.monotonic() + self._patience_seconds
        said = False
        while True:
            try:
                return action()
            except (OperationalError, self._driver.OperationalError) as error:
                if not (self._is_sqlite and any(text in str(_cause(error)) for text in _LOCKED)):
                    raise
                if time.monotonic() > give_up:
                    raise GradebookBusyError(
                        f"the gradebook {self._shown_url} stayed locked by another program for "
                        f"{self._patience_seconds:g} seconds; nothing was written. Close what "
                        "holds it (another batch, formgrader, a database browser) and run again."
                    ) from error
            if not said:
                said = True
                self._on_wait(
                    "Another program is writing to the gradebook; waiting until it has finished."
                )

    def _engine(self, url: str) -> Engine:
        if not self._is_sqlite:
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, paramstyle="named")

        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # our BEGIN (`_begun`), not sqlite3's own
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            with contextlib.suppress(Exception):  # another program reads at this moment: next time
                connection.execute("PRAGMA journal_mode = WAL")
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            level = "NORMAL" if mode == "wal" else "FULL"
            connection.execute(f"PRAGMA synchronous = {level}")

        return engine

    def _make_tables(self, url: str, course_id: str, home: Path) -> None:
        with (home / ".gradebook.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._on_wait("Another program is opening the gradebook; waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            with self._alone_on_the_server(url):
                self._wait(lambda: self._make_or_check(url, course_id))

    def _make_or_check(self, url: str, course_id: str) -> None:
        """Make the tables where there are none, and the course; refuse tables of another kind.

        Raises:
            OutdatedError: the tables are of another revision.
        """
        engine = self._engine(url)
        try:
            with self._begun(engine, "BEGIN") as connection:
                is_whole = bool(revision(connection))
            if not is_whole:
                with self._begun(engine, "BEGIN IMMEDIATE") as connection:
                    make_tables(connection)
                    connection.commit()
            with self._begun(engine, "BEGIN") as connection:
                check_revision(connection, self._shown_url)
                known = connection.scalar(select(courses.c.id).where(courses.c.id == course_id))
            if known is None:
                with self._begun(engine, "BEGIN IMMEDIATE") as connection:
                    row = self.insert(courses).values(id=course_id)
                    connection.execute(row.on_conflict_do_nothing())
                    connection.commit()
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def _alone_on_the_server(self, url: str) -> Iterator[None]:
        """Hold a lock that programs on other machines see too; the lock file is of this one."""
        if self._is_sqlite:
            yield
            return
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
                yield
        finally:
            engine.dispose()


def _cause(error: Any) -> Any:
    """Return what the driver said, without SQLAlchemy's words around it."""
    return getattr(error, "orig", error)
