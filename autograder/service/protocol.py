"""What a client and the service say to each other. The standard library only.

A message is a length, a JSON object and perhaps bytes. A client sends `hello`, then

| event | with | is answered by |
|---|---|---|
| `submit` | an `Order`, items' bytes | `refused`, or `accepted` (on disk) and its events |
| `cancel` | | nothing of its own: `end` comes sooner |
| `forget` | | nothing: its results have been read |
| `status` | | `status` |

A connection has one order at a time. An order that was accepted before is followed, not accepted
again. Its events are `note` (something to wait for, in words), and of each job `queued` (with its
position), `started`, `cell` for each graded cell whose checks are done, and `done`, whose result is
in `Result`. A `cell` is for who watches: it may come again with other points when something had to
run again, and does not come where a stored report is found. The result of `done` counts.

What it guarantees:

- Reading a message allocates no more than its limits allow, and runs nothing.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Self

MOST_TEXT_BYTES = 16 * 2**20
MOST_BODY_BYTES = 256 * 2**20
GREETING_BYTES = 4_096  # nothing longer is read of a stranger
_HEAD = struct.Struct(">IQ")
HEAD_BYTES = _HEAD.size


class ProtocolError(ValueError):
    """The other side said something that is no message."""


class Priority(IntEnum):
    """Who comes first."""

    WAITED_FOR = 0  # a person sits before it
    BATCH = 1


class Source(StrEnum):
    """What is to be graded."""

    FILE = "file"  # the file at this path, as it is when the order is accepted
    GIVEN = "given"  # the bytes that come with the job
    REFUSED = "refused"  # nothing: the bytes say why there is no notebook
    HANDED_IN = "handed in"  # the notebook at this path and those beside it, which never change
    STORED = "stored"  # what the student has in the submitted folder
    ANSWERED = "answered"  # the same, and the bytes are its report from another service
    KEPT = "kept"  # what a line of the log was graded from
    DRAWN = "drawn"  # what the report of this key was graded from; for its figures, without checks
    UNUSABLE = "unusable"  # nothing: the bytes say why nothing can be recorded under this name
    SPECIMEN = "specimen"  # a notebook of the author's proof, and which cells are checked
    PREPARED = "prepared"  # what another service has prepared


def new_token() -> str:
    """Return what no other order has."""
    return os.urandom(16).hex()


@dataclass(frozen=True)
class Tenant:
    """A course, as `autograder.course.Layout` has it.

    Args:
        root: the folder with `solutions/`.
        home: the data directory.
        course_id: its name in nbgrader and the hub.
        exchange: the root of an exchange of files that is not below `home`; empty: none.
        database: the gradebook's address.
    """

    root: str
    home: str
    course_id: str
    exchange: str
    database: str

    @classmethod
    def of(cls, layout: Any) -> Self:
        """Return the tenant of a course's layout."""
        exchange = "" if layout.exchange_root is None else str(layout.exchange_root)
        return cls(
            str(layout.root), str(layout.home), layout.course_id, exchange, layout.database_url
        )


@dataclass(frozen=True)
class Item:
    """One job of an order.

    Args:
        name: of the student, or what else its client calls it.
        source: what is graded.
        body: the notebook's bytes, a line of the log, a report's key, or a prepared submission, by
            source.
    """

    name: str
    source: Source
    body: bytes = b""


@dataclass(frozen=True)
class Order:
    """Jobs that somebody wants done: all of one assignment, and for one reason.

    Args:
        tenant: the course.
        assignment: its name.
        why: the client's reason, as `gradlab score`.
        items: the jobs; none, and `collected`, means what lies in the submitted folder.
        priority: who comes first.
        collected: grade what lies in the submitted folder.
        students: of those only these; empty: all.
        record: write reports, journal and gradebook.
        keep: write reports, and use those that are stored; `record` does so, too.
        fresh: run again what is graded and unchanged.
        never_lower: a recorded grade stays where the same hand-in would get less now; False: it
            does not, though that was decided before; `None`: what was decided before holds.
        most: how many of its jobs run at once; 0: as many as the service can.
        gpu: the profile of the GPU that student code may use; empty: none.
        settings: variables of the client's environment that say which GPUs there are.
        with_reports: events have the report's bytes.
        hasty: under the limits of mutants instead of the assignment's own.
        run: False: what is neither stored nor refused is not run; its result is `needed`.
        actor: who the log of events names: name, address, via.
        token: drawn by the client; an order that was accepted is not accepted again.
    """

    tenant: Tenant
    assignment: str
    why: str
    items: Sequence[Item] = ()
    priority: Priority = Priority.WAITED_FOR
    collected: bool = False
    students: Sequence[str] = ()
    record: bool = False
    keep: bool = False
    fresh: bool = False
    never_lower: bool | None = None
    most: int = 0
    gpu: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    with_reports: bool = False
    hasty: bool = False
    run: bool = True
    actor: Sequence[str] = ("", "", "")
    token: str = field(default_factory=new_token)

    @property
    def keeps(self) -> bool:
        """Whether what it brings is kept, whoever still waits for it."""
        return self.record or self.keep

    def head(self) -> dict[str, Any]:
        """Return all but the items, as plain JSON values."""
        plain = asdict(self)
        del plain["items"]
        return plain

    @classmethod
    def of(cls, head: Mapping[str, Any], items: Sequence[Item] = ()) -> Self:
        """Return the order of a head.

        Raises:
            ProtocolError: it is none.
        """
        try:
            tenant = Tenant(**head["tenant"])
            rest = {**head, "tenant": tenant, "priority": Priority(head["priority"])}
            return cls(**rest, items=items)
        except (KeyError, TypeError, ValueError) as error:
            raise ProtocolError(f"no order: {error!r}") from error


class Origin(StrEnum):
    """Where a result came from."""

    GRADED = "graded"  # the student's code ran now
    STORED = "stored"  # the report was stored before
    UNCHANGED = "unchanged"  # and the gradebook has it already
    KEPT = "kept"  # the gradebook has more for the same hand-in, and keeps it
    NEEDED = "needed"  # it has to run, and was not to; it has the key of the report
    REFUSED = "refused"  # the job makes no sense: no such line of the journal, a changed course
    FAULT = "fault"  # a fault of ours; no grade
    UNUSABLE = "unusable"  # its folder's name can be no student id; nothing can be recorded
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Result:
    """What became of one job: enough for a summary; the report's bytes come beside it.

    Args:
        origin: where it came from.
        key: of the report.
        points: earned; `None` without a report.
        max_points: that could be earned.
        waits: how many of them a person gives.
        refusal: why the submission could not be run, for the student.
        limits_hit: one sentence for each limit that was exceeded.
        repairs: how many things about the notebook were mended.
        late: whether it came after the due date.
        fault: what failed of ours, or why it is refused.
    """

    origin: Origin
    key: str = ""
    points: float | None = None
    max_points: float | None = None
    waits: float = 0.0
    refusal: str = ""
    limits_hit: Sequence[str] = ()
    repairs: int = 0
    late: bool = False
    fault: str = ""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """Return the result of plain JSON values."""
        limits = tuple(raw.get("limits_hit", ()))
        return cls(**{**raw, "origin": Origin(raw["origin"]), "limits_hit": limits})

    @property
    def is_graded(self) -> bool:
        """Whether there is a report."""
        return self.points is not None


@dataclass(frozen=True)
class Event:
    """Something about an order.

    Args:
        kind: `accepted`, `note`, `queued`, `started`, `cell`, `done` or `end`.
        name: of the job; empty for the order.
        content: by kind: how many jobs, a sentence, a position; of `cell` a mapping of `exercise`
            (the grade id), `points` and `max_points`.
        result: of `done`.
        body: the report's bytes, when they were asked for.
    """

    kind: str
    name: str = ""
    content: Any = None
    result: Result | None = None
    body: bytes = b""


def pack(message: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Return a message's bytes, without the body that follows them."""
    # ASCII: a lone surrogate in a student's text survives as an escape
    text = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
    return _HEAD.pack(len(text), len(body)) + text


def sizes(head: bytes, *, is_stranger: bool = False) -> tuple[int, int]:
    """Return how many bytes of text and of body follow.

    Raises:
        ProtocolError: more than the other side may say.
    """
    text, body = _HEAD.unpack(head)
    most = (GREETING_BYTES, 0) if is_stranger else (MOST_TEXT_BYTES, MOST_BODY_BYTES)
    if text > most[0] or body > most[1]:
        raise ProtocolError(f"a message of {text} and {body} bytes; expected at most {most}")
    return text, body


def unpack(text: bytes) -> dict[str, Any]:
    """Return a message.

    Raises:
        ProtocolError: it is none.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"no message: {error!r}") from error
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        raise ProtocolError("no message: it has no event")
    return message


def send(connection: socket.socket, message: Mapping[str, Any], body: bytes = b"") -> None:
    """Send a message over a blocking socket."""
    connection.sendall(pack(message, body))
    if body:
        connection.sendall(body)


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Receive a message over a blocking socket.

    Raises:
        ConnectionError: the other side is gone.
        ProtocolError: it is no message.
    """
    text, body = sizes(_exactly(connection, HEAD_BYTES))
    return unpack(_exactly(connection, text)), _exactly(connection, body)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = connection.recv(min(size - len(data), 2**20))
        if not part:
            raise ConnectionResetError("the grading service is gone")
        data += part
    return bytes(data)


def items_from(plain: Sequence[Mapping[str, Any]], body: bytes) -> list[Item]:
    """Return the items whose bytes follow each other in a body.

    Raises:
        ProtocolError: they do not fit.
    """
    items, place = [], 0
    try:
        for one in plain:
            size = int(one["size"])
            if size < 0:
                raise ValueError(size)
            data = body[place : place + size]
            items.append(Item(str(one["name"]), Source(one["source"]), data))
            place += size
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"no item: {error!r}") from error
    if place != len(body):
        raise ProtocolError(f"{len(body)} bytes for items of {place}")
    return items


def plain_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return what `items_from` reads."""
    return [{"name": one.name, "source": str(one.source), "size": len(one.body)} for one in items]
