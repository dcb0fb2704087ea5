"""The jobs that were accepted, on disk, and which comes next.

What it guarantees:

- `accept` returns when the order has reached the disk. An order that was accepted before, by its
  token, is not accepted again.
- A job that ran when the service died runs again; one with which the service died `SERVICE_DEATHS`
  times gets a fault.
- Who is waited for comes before batches; otherwise everybody's first waiting job comes before
  anybody's second, and who came first comes first.
- It is bounded: no more than `MOST_JOBS` wait, and their bytes take no more than `MOST_BYTES`.
- Results stay until the client has read them, `KEPT_SECONDS` at the most.

What it does not do: run jobs. It is used by one thread.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from autograder.grading.retries import SERVICE_DEATHS
from autograder.service.protocol import Item, Order, Origin, Result, Source

MOST_JOBS = 50_000
MOST_BYTES = 4 * 2**30
KEPT_SECONDS = 3_600.0
_DIED = f"the grading service died {SERVICE_DEATHS} times while this ran"
_TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    head TEXT NOT NULL,
    ended REAL
);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    whose TEXT NOT NULL,
    source TEXT NOT NULL,
    body BLOB NOT NULL,
    size INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    starts INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    report BLOB
);
CREATE INDEX IF NOT EXISTS jobs_of_order ON jobs (order_id);
CREATE INDEX IF NOT EXISTS waiting_of ON jobs (whose, priority, turn) WHERE state = 0;
CREATE INDEX IF NOT EXISTS waiting ON jobs (lane, priority, turn, id) WHERE state = 0;
"""


class QueueFull(Exception):
    """No more jobs are accepted for now."""


class Lane(IntEnum):
    """Where a job runs: short ones do not wait for long ones."""

    SHORT = 0
    LONG = 1


class State(IntEnum):
    """How far a job is."""

    WAITING = 0
    RUNNING = 1
    DONE = 2


@dataclass(frozen=True)
class Job:
    """One job of an order."""

    id: int
    order_id: int
    name: str
    source: Source
    body: bytes


class Queue:
    """The queue in one SQLite file.

    Args:
        address: of the file; made when it is not there.
    """

    def __init__(self, address: str) -> None:
        self._database = sqlite3.connect(address, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("PRAGMA foreign_keys = ON")
        self._database.executescript(_TABLES)
        self._orders: dict[int, Order] = {}
        self._begin_again()

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        self._database.close()

    def accept(self, order: Order, items: Sequence[Item], lane: Lane) -> int:
        """Write an order and its jobs to the disk; return its number.

        Raises:
            QueueFull: too much waits already.
        """
        known = self._one("SELECT id FROM orders WHERE token = ?", order.token)
        if known is not None:
            return int(known[0])
        count, size = self._one("SELECT count(*), total(size) FROM jobs WHERE state != 2") or (0, 0)
        more = sum(len(one.body) for one in items)
        if count + len(items) > MOST_JOBS or size + more > MOST_BYTES:
            raise QueueFull(f"{count} jobs wait already; try again when some are done")
        self._database.execute("PRAGMA synchronous = FULL")  # the one commit that must not be lost
        with self._transaction():
            cursor = self._database.execute(
                "INSERT INTO orders (token, head) VALUES (?, ?)",
                (order.token, json.dumps(order.head())),
            )
            number = int(cursor.lastrowid or 0)
            query = "SELECT coalesce(min(turn), 0) FROM jobs WHERE state = 0 AND priority = ?"
            (now,) = self._one(query, int(order.priority)) or (0,)
            for item in items:
                self._insert(number, order, item, lane, now)
            self._end_if_done(number)  # of no jobs
        self._database.execute("PRAGMA synchronous = NORMAL")
        return number

    def order(self, number: int) -> Order:
        """Return an order, without its items."""
        if number not in self._orders:
            row = self._one("SELECT head FROM orders WHERE id = ?", number)
            assert row is not None, number
            self._orders[number] = Order.of(json.loads(row[0]))
        return self._orders[number]

    def next(self, lane: Lane, held: Collection[int] = ()) -> Job | None:
        """Return the job that comes next in a lane, which then runs; none when none can.

        Args:
            lane: which.
            held: orders of which none may start now.
        """
        row = self._one(
            "SELECT id, order_id, name, source, body FROM jobs INDEXED BY waiting "
            "WHERE state = 0 AND lane = ? AND order_id NOT IN (SELECT value FROM json_each(?)) "
            "ORDER BY priority, turn, id LIMIT 1",
            int(lane),
            json.dumps(sorted(held)),
        )
        if row is None:
            return None
        self._database.execute(
            "UPDATE jobs SET state = 1, starts = starts + 1 WHERE id = ?", (row[0],)
        )
        return Job(row[0], row[1], json.loads(row[2]), Source(row[3]), row[4])

    def waits(self, lane: Lane) -> bool:
        """Tell whether a job waits in a lane."""
        query = "SELECT 1 FROM jobs WHERE state = 0 AND lane = ? LIMIT 1"
        return self._one(query, int(lane)) is not None

    def put_back(self, job: Job, lane: Lane) -> None:
        """Let a job that ran wait again, in a lane; its start does not count."""
        self._database.execute(
            "UPDATE jobs SET state = 0, lane = ?, starts = starts - 1 WHERE id = ?",
            (int(lane), job.id),
        )

    def done(self, job: Job, result: Result, report: bytes = b"") -> bool:
        """Note what became of a job; True when it was the last of its order."""
        self._database.execute(
            "UPDATE jobs SET state = 2, result = ?, report = ?, body = x'', size = 0 WHERE id = ?",
            (json.dumps(asdict(result)), report, job.id),
        )
        return self._end_if_done(job.order_id)

    def cancel(self, number: int, result: Result) -> list[Job]:
        """Give what of an order waits a result without running it; return those jobs."""
        rows = self._all(
            "SELECT id, order_id, name, source FROM jobs WHERE order_id = ? AND state = 0", number
        )
        jobs = [Job(row[0], row[1], json.loads(row[2]), Source(row[3]), b"") for row in rows]
        with self._transaction():
            for job in jobs:
                self.done(job, result)
        return jobs

    def results(self, number: int) -> Iterator[tuple[int, str, Result]]:
        """Yield the jobs of an order that are done: id, name and result."""
        query = "SELECT id, name, result FROM jobs WHERE order_id = ? AND state = 2 ORDER BY id"
        for row in self._all(query, number):
            yield row[0], json.loads(row[1]), Result.of(json.loads(row[2]))

    def report(self, job_id: int) -> bytes:
        """Return the report's bytes of a job that is done; empty when it has none."""
        row = self._one("SELECT report FROM jobs WHERE id = ?", job_id)
        return row[0] if row is not None and row[0] is not None else b""

    def waiting(self, number: int) -> list[tuple[int, str, int]]:
        """Return id and name of each waiting job of an order, and its position from 1."""
        query = "SELECT id, order_id, name FROM jobs WHERE state = 0 ORDER BY priority, turn, id"
        rows = enumerate(self._all(query), 1)
        return [(row[0], json.loads(row[2]), place) for place, row in rows if row[1] == number]

    def ended(self, number: int) -> bool:
        """Tell whether all jobs of an order are done."""
        row = self._one("SELECT ended FROM orders WHERE id = ?", number)
        return row is None or row[0] is not None

    def forget(self, number: int) -> None:
        """Drop an order whose results have been read."""
        self._orders.pop(number, None)
        self._database.execute("DELETE FROM orders WHERE id = ? AND ended NOT NULL", (number,))

    def tidy(self) -> None:
        """Drop results that nobody has fetched for long."""
        before = time.time() - KEPT_SECONDS
        for (number,) in self._all("SELECT id FROM orders WHERE ended < ?", before):
            self.forget(number)

    def open_orders(self) -> list[int]:
        """Return the orders that are not done."""
        return [row[0] for row in self._all("SELECT id FROM orders WHERE ended IS NULL")]

    def counts(self) -> dict[str, int]:
        """Return how many jobs wait, run and are done."""
        rows = self._all("SELECT state, count(*) FROM jobs GROUP BY state")
        found = {State(state): count for state, count in rows}
        return {state.name.lower(): found.get(state, 0) for state in State}

    def open(self) -> list[dict[str, Any]]:
        """Return each open order with how many of its jobs wait, run and are done."""
        query = (
            "SELECT order_id, state, count(*) FROM jobs JOIN orders ON orders.id = order_id "
            "WHERE ended IS NULL GROUP BY order_id, state ORDER BY order_id"
        )
        found: dict[int, dict[str, Any]] = {}
        for number, state, count in self._all(query):
            if number not in found:
                order = self.order(number)
                found[number] = {"home": order.tenant.home, "assignment": order.assignment}
                found[number] |= {one.name.lower(): 0 for one in State}
            found[number][State(state).name.lower()] = count
        return list(found.values())

    def _begin_again(self) -> None:
        """Let run again what ran when the service died."""
        with self._transaction():
            self._database.execute("UPDATE jobs SET state = 0 WHERE state = 1")
            query = "SELECT id, order_id, name, source FROM jobs WHERE state = 0 AND starts >= ?"
            for row in self._all(query, SERVICE_DEATHS):
                job = Job(row[0], row[1], json.loads(row[2]), Source(row[3]), b"")
                self.done(job, Result(Origin.FAULT, fault=_DIED))
            for number in self.open_orders():
                self._end_if_done(number)
        self.tidy()

    def _insert(self, number: int, order: Order, item: Item, lane: Lane, now: int) -> None:
        # a student's jobs queue behind each other, and so do those that are nobody's
        whose = f"{order.tenant.home}\0{json.dumps(item.name)}" if order.keeps else order.token
        query = "SELECT max(turn) + 1 FROM jobs WHERE state = 0 AND whose = ? AND priority = ?"
        (after_own,) = self._one(query, whose, int(order.priority)) or (None,)
        self._database.execute(
            "INSERT INTO jobs (order_id, name, whose, source, body, size, priority, turn, lane) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                json.dumps(item.name),  # a folder's name may be no Unicode
                whose,
                str(item.source),
                item.body,
                len(item.body),
                int(order.priority),
                max(now, after_own or 0),
                int(lane),
            ),
        )

    def _end_if_done(self, number: int) -> bool:
        query = "SELECT 1 FROM jobs WHERE order_id = ? AND state != 2 LIMIT 1"
        if self._one(query, number) is not None:
            return False
        self._database.execute(
            "UPDATE orders SET ended = ? WHERE id = ? AND ended IS NULL", (time.time(), number)
        )
        return True

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _one(self, query: str, *values: object) -> Any:
        return self._database.execute(query, values).fetchone()

    def _all(self, query: str, *values: object) -> list[Any]:
        return self._database.execute(query, values).fetchall()
