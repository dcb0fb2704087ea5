"""The one file that remembers leases, the queue and the hours used.

What it guarantees:

- Every change is one transaction that no other process sees half of; a change waits for its turn.
- Reading takes no lock that keeps others from changing, and does not wait while they prepare a
  change.
- The database itself refuses to hand out a unit twice, whatever the code above it believes.
- What is on the disk survives the death of any process at any moment.

What it does not do: decide anything.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.gpu.demand import Demand, Request
from autograder.gpu.device import Device
from autograder.gpu.errors import GpuError
from autograder.gpu.lease import Lease, Purpose
from autograder.gpu.processes import Holder

VERSION = 1
WAIT_SECONDS = 30.0
_SCHEMA = """
create table request (
    id integer primary key autoincrement,
    owner text not null, server text not null, profile text not null, course text not null,
    courses text not null, priority integer not null, purpose text not null, holder text not null,
    asked_at real not null, seen_at real not null
) strict;
create table lease (
    id text primary key,
    owner text not null, server text not null, course text not null, courses text not null,
    profile text not null, purpose text not null, holder text not null, cost real not null,
    device text not null, share integer,
    granted_at real not null, ends_at real, seen_at real not null,
    busy_at real not null, warned_at real, over_at real
) strict;
create table held (
    uuid text not null, share integer not null, whole integer not null, parent text not null,
    lease text not null references lease (id) on delete cascade,
    primary key (uuid, share)
) strict;
create trigger handed_out_once before insert on held
when exists (
    select 1 from held where
        (uuid = new.uuid and (whole or new.whole))
        or uuid = new.parent
        or (parent != '' and parent = new.uuid)
)
begin
    select raise(abort, 'this device is handed out already');
end;
create table used (
    owner text not null, course text not null, profile text not null, purpose text not null,
    began_at real not null, ended_at real not null, cost real not null
) strict;
create index used_by on used (course, ended_at);
create table notice (
    id integer primary key autoincrement,
    lease text not null references lease (id) on delete cascade,
    key text not null, at real not null, text text not null,
    unique (lease, key)
) strict;
"""


class Store:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Make the file if it is not there.

        Raises:
            GpuError: it was written by a newer version.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            with self.read() as rows:
                if rows.scalar("pragma user_version") == VERSION:
                    return
        with self.change() as rows:
            version = rows.scalar("pragma user_version")
            if version == 0:
                path.chmod(0o600)
                rows.make()
            elif version != VERSION:
                raise GpuError(f"{path} is of version {version}; this program knows {VERSION}")

    @contextlib.contextmanager
    def change(self) -> Iterator[Rows]:
        """Give one transaction; everything in it happens, or nothing."""
        with self._transaction("begin immediate") as rows:
            yield rows

    @contextlib.contextmanager
    def read(self) -> Iterator[Rows]:
        """Give the tables as they are at one moment; changing them fails."""
        with self._transaction("begin") as rows:
            rows.run("pragma query_only = on")
            yield rows

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[Rows]:
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            connection.execute("pragma foreign_keys = on")
            connection.execute(begin)
            try:
                yield Rows(connection)
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")
        except sqlite3.Error as error:
            raise GpuError(f"{self.path}: {error}") from error
        finally:
            connection.close()


class Rows:
    """The tables within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Wrap a connection in a transaction."""
        self._connection = connection

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(statement, values)

    def scalar(self, statement: str, *values: Any) -> Any:
        """Return the first value of the first row, `None` without rows."""
        row = self.run(statement, *values).fetchone()
        return None if row is None else row[0]

    def make(self) -> None:
        """Make the tables."""
        statement = ""
        for line in _SCHEMA.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self.run(statement)
                statement = ""
        self.run(f"pragma user_version = {VERSION}")

    def requests(self) -> list[Request]:
        """Return the queue, in no order."""
        return [
            Request(
                row[0],
                Demand(
                    owner=row[1], server=row[2], profile=row[3], course=row[4],
                    courses=frozenset(row[5].split()), priority=row[6], purpose=Purpose(row[7]),
                    holder=Holder.parse(row[8]),
                ),
                row[9],
                row[10],
            )
            for row in self.run(
                "select id, owner, server, profile, course, courses, priority, purpose, holder, "
                "asked_at, seen_at from request"
            )
        ]  # fmt: skip

    def add_request(self, demand: Demand, now: float, since: float) -> int:
        """Put a demand into the queue, in the place of an earlier one for the same server.

        Args:
            demand: what is wanted.
            now: the time.
            since: an earlier one for the same profile that was seen after that keeps its place:
                the hub was started again, or the person pressed twice.
        """
        whose = (demand.owner, demand.server, demand.purpose, str(demand.holder or ""))
        asked_at = self.scalar(
            "select min(asked_at) from request where owner = ? and server = ? and purpose = ? and "
            "holder = ? and profile = ? and seen_at > ?",
            *whose, demand.profile, since,
        )  # fmt: skip
        self.run(
            "delete from request where owner = ? and server = ? and purpose = ? and holder = ?",
            *whose,
        )
        cursor = self.run(
            "insert into request (owner, server, profile, course, courses, priority, purpose, "
            "holder, asked_at, seen_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            demand.owner, demand.server, demand.profile, demand.course,
            " ".join(sorted(demand.courses)), demand.priority, demand.purpose,
            str(demand.holder or ""), now if asked_at is None else asked_at, now,
        )  # fmt: skip
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def remove_requests(self, numbers: Iterable[int]) -> None:
        """Take requests out of the queue."""
        for number in numbers:
            self.run("delete from request where id = ?", number)

    def leases(self) -> list[Lease]:
        """Return all leases, the oldest first."""
        return [
            _lease(row)
            for row in self.run(f"select {_LEASE} from lease order by granted_at, id")  # noqa: S608
        ]

    def lease(self, lease_id: str) -> Lease | None:
        """Return one lease."""
        row = self.run(f"select {_LEASE} from lease where id = ?", lease_id).fetchone()  # noqa: S608
        return None if row is None else _lease(row)

    def holders(self) -> dict[str, Holder]:
        """Return the processes that leases stand or fall with."""
        rows = self.run("select id, holder from lease where holder != ''")
        found = {lease_id: Holder.parse(text) for lease_id, text in rows}
        return {lease_id: holder for lease_id, holder in found.items() if holder is not None}

    def add_lease(self, lease: Lease, demand: Demand, cost: float) -> None:
        """Hand out what a lease has.

        Raises:
            sqlite3.IntegrityError: it is handed out already.
        """
        device, now = lease.device, lease.granted_at
        self.run(
            "insert into lease (id, owner, server, course, courses, profile, purpose, holder, "
            "cost, device, share, granted_at, ends_at, seen_at, busy_at) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            lease.id, lease.owner, lease.server, lease.course, " ".join(sorted(demand.courses)),
            lease.profile, lease.purpose, str(demand.holder or ""), cost,
            json.dumps(asdict(device)), lease.share, now, lease.ends_at, now, now,
        )  # fmt: skip
        self.run(
            "insert into held (uuid, share, whole, parent, lease) values (?, ?, ?, ?, ?)",
            device.uuid, lease.share or 0, int(lease.share is None), device.parent, lease.id,
        )  # fmt: skip

    def end_lease(self, lease_id: str, ended_at: float) -> bool:
        """Take back what a lease has and write down the hours; `False` when there is no such."""
        self.run(
            "insert into used (owner, course, profile, purpose, began_at, ended_at, cost) "
            "select owner, course, profile, purpose, granted_at, max(granted_at, ?), cost "
            "from lease where id = ?",
            ended_at, lease_id,
        )  # fmt: skip
        return self.run("delete from lease where id = ?", lease_id).rowcount > 0

    def hours(self, course: str, owner: str | None, since: float, now: float) -> float:
        """Return the hours that a course, or a person in it, has used; running ones included."""
        person = "" if owner is None else " and owner = ?"
        values = (course,) if owner is None else (course, owner)
        total = 0.0
        for table, end in (("used", "ended_at"), ("lease", "?2")):
            begin = "began_at" if table == "used" else "granted_at"
            text = (
                f"select sum(cost * (min({end}, ?2) - max({begin}, ?1))) from {table} "  # noqa: S608
                f"where {end} > ?1 and {begin} < ?2 and course = ?3{person.replace('?', '?4')}"
            )
            total += self.scalar(text, since, now, *values) or 0.0
        return total / 3600

    def lengths(self, profile: str, most: int = 50) -> list[float]:
        """Return how long the latest sessions of a profile lasted."""
        rows = self.run(
            "select ended_at - began_at from used where profile = ? and purpose = ? "
            "order by ended_at desc limit ?",
            profile, Purpose.SESSION, most,
        )  # fmt: skip
        return [row[0] for row in rows]


_LEASE = "id, owner, server, course, profile, purpose, device, share, granted_at, ends_at"


def _lease(row: tuple[Any, ...]) -> Lease:
    given = json.loads(row[6])
    device = Device(**(given | {"nodes": tuple(given["nodes"])}))
    number, owner, server, course, profile, purpose, _, share, granted_at, ends_at = row
    return Lease(
        number, owner, server, course, profile, Purpose(purpose), device, share, granted_at, ends_at
    )
