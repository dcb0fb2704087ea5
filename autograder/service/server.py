"""The grading service: who asks, what is accepted, and who hears what becomes of it.

What it guarantees:

- It answers its own user only, and nobody who is confined in another way than itself.
- An order is on disk before it is acknowledged.
- Code that changed on disk is not run: the service puts back what runs and ends; the next one,
  which the client starts, goes on.
- What nobody can read any more is not run: an order whose reports are not kept ends with its
  client.
- When it ends, nothing is left but the queue: no server, no socket.

What it does not do: import torch, or grade (`pool` does).

Longer than other modules: connections, orders and their end share the state of one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from autograder.course import CourseError, Layout
from autograder.grading.report import CellReport, Report
from autograder.records.actor import Actor, acting
from autograder.sandbox import Graphics
from autograder.service import place, protocol
from autograder.service.course import Answer, Course, OpenRecorder, layout_of
from autograder.service.lanes import Lanes
from autograder.service.pool import Pool, Run
from autograder.service.protocol import (
    Item,
    Order,
    Origin,
    Priority,
    ProtocolError,
    Result,
    Tenant,
)
from autograder.service.queue import Job, Queue

TIDY_SECONDS = 20.0
GREETING_SECONDS = 10.0
CANCELLED = Result(Origin.CANCELLED)
STOPPED = (
    "the grading service was stopped. What it had accepted is graded when it runs again: run the "
    "command again."
)


@dataclass(frozen=True)
class Gpu:
    """A lease of a GPU: what student code may use, and what the keys say of it."""

    graphics: Graphics
    device: str


class Lender(Protocol):
    """Where GPUs are leased."""

    def check(self, order: Order, layout: Layout) -> None:
        """Raise `CourseError` when the order's profile can never be leased."""
        ...

    def lease(
        self, order: Order, layout: Layout, say: Callable[[str], None]
    ) -> AbstractContextManager[Gpu]:
        """Wait for a GPU of the order's profile, and have it as long as the block runs."""
        ...


@dataclass(frozen=True)
class Settings:
    """How a service runs.

    Args:
        slots: so many short jobs run at once, and so many long ones.
        idle_seconds: idle warm servers end after this time.
        ends_idle_seconds: the service ends when nobody has asked for so long; 0: never.
    """

    slots: int = os.cpu_count() or 1
    idle_seconds: float = 900.0
    ends_idle_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.slots < 1 or self.idle_seconds <= 0 or self.ends_idle_seconds < 0:
            raise ValueError(f"{self}: there must be a slot, and time must pass")


@dataclass(eq=False)
class _Client:
    """One connection."""

    writer: asyncio.StreamWriter
    events: asyncio.Queue[tuple[dict[str, Any], int | None]]
    order: int | None = None
    asks: Tenant | None = None  # whose order is being read
    may_order: bool = False


class Service:
    """Serves one user. Made and used in the event loop.

    Args:
        folder: descriptor of the service's folder, held alone.
        stamp: `place.fingerprint()` from before our modules were imported.
        isolation: the level under which student code runs.
        open_recorder: opens a course's gradebook.
        lender: leases a GPU for an order, for as long as it has jobs.
        settings: how it runs.
        pool: the warm pairs.
    """

    def __init__(
        self,
        folder: int,
        stamp: str,
        isolation: str,
        open_recorder: OpenRecorder,
        lender: Lender,
        settings: Settings,
        pool: Pool,
    ) -> None:
        self._folder = folder
        self._stamp = stamp
        self._isolation = isolation
        self._open_recorder = open_recorder
        self._lender = lender
        self._settings = settings
        self._circumstances = place.circumstances()
        self._standing = place.standing("self")
        self.pool = pool
        self.queue = Queue(f"/proc/self/fd/{folder}/queue.db")
        self.lanes = Lanes(self.queue, settings.slots, self._work, self._on_start, self._on_done)
        self._courses: dict[Tenant, Course] = {}
        self._clients: set[_Client] = set()
        self._open: dict[int, contextlib.ExitStack] = {}  # what an order holds until its end
        self._gpus: dict[int, Gpu] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        self._starts_anew = False
        self._used = time.monotonic()
        self._served = 0

    async def serve(self, ready: Callable[[], None]) -> None:
        """Serve until `end`, until nobody has asked for long, or until other code is installed.

        Args:
            ready: called once, when it listens.
        """
        self._token = _new_token(self._folder)
        with _listening(self._folder) as listener:
            server = await asyncio.start_unix_server(self._serve_client, sock=listener)
            self._go_on()
            gc.collect()
            gc.freeze()
            ready()
            tidying = asyncio.create_task(self._tidy())
            await self._ending.wait()
            tidying.cancel()
            server.close()
            for name in (place.SOCKET, place.TOKEN):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self._folder)  # in the folder, wherever it lies
        await self.lanes.stop()
        message = {"event": "stopping", "again": self._starts_anew, "say": STOPPED}
        for client in [*self._clients]:
            with contextlib.suppress(OSError):
                client.writer.write(protocol.pack(message))
                client.writer.close()
        await asyncio.to_thread(self._close)

    def end(self) -> None:
        """End soon. From the event loop."""
        self._ending.set()

    def _close(self) -> None:
        for stack in self._open.values():
            stack.close()
        self.pool.close()
        for course in self._courses.values():
            course.close()
        self.queue.close()

    def _go_on(self) -> None:
        """Go on with what an earlier service had accepted."""
        for number in self.queue.open_orders():
            self._begin(number, self.queue.order(number))
        self.lanes.fill()

    async def _tidy(self) -> None:
        """End what is unused, now and then; and the service itself when nobody asks."""
        often = min(TIDY_SECONDS, self._settings.idle_seconds / 4)
        if self._settings.ends_idle_seconds:
            often = min(often, self._settings.ends_idle_seconds / 4)
        while True:
            await asyncio.sleep(often)
            await asyncio.to_thread(self.pool.tidy)
            self.queue.tidy()
            if self._clients or not self.lanes.is_idle:
                self._used = time.monotonic()
            idle = time.monotonic() - self._used
            if 0 < self._settings.ends_idle_seconds < idle:
                self._ending.set()

    # -- clients ----------------------------------------------------------------------------------

    async def _serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection to its end; whatever it says ends this connection alone."""
        client = _Client(writer, asyncio.Queue())
        speaking = None
        try:
            answer = await self._greeted(reader, writer)
            if answer is None:
                return
            client.may_order = answer["event"] == "welcome"
            writer.write(protocol.pack(answer))
            self._clients.add(client)
            speaking = asyncio.create_task(self._speak(client))
            while True:
                message, body = await _read(reader)
                await self._answer(client, message, body)
        except (OSError, EOFError, ProtocolError, TimeoutError):
            pass
        finally:
            self._clients.discard(client)
            self._used = time.monotonic()
            if speaking is not None:
                speaking.cancel()
            if client.order is not None and not self._ending.is_set():
                self._leave(client.order)
            writer.close()

    async def _greeted(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> dict[str, Any] | None:
        """Return what a client is told at first; none when it is not spoken to."""
        pid, uid = place.peer(writer.get_extra_info("socket"))
        if uid != os.geteuid() or place.standing(pid) != self._standing:
            return None
        greeting = _read(reader, is_stranger=True)
        message, _body = await asyncio.wait_for(greeting, GREETING_SECONDS)
        if message["event"] != "hello" or not secrets.compare_digest(
            str(message.get("token")), self._token
        ):
            return None
        if message.get("fingerprint") != self._stamp and place.fingerprint() != self._stamp:
            self._starts_anew = True
            self._ending.set()
            return {"event": "refused", "again": True}
        fits = (message.get("fingerprint"), message.get("circumstances")) == (
            self._stamp,
            self._circumstances,
        )
        return {"event": "welcome" if fits else "refused"}

    async def _answer(self, client: _Client, message: dict[str, Any], body: bytes) -> None:
        kind = message["event"]
        if kind == "status":
            client.events.put_nowait((self._status(), None))
        elif kind == "submit" and client.may_order and client.order is None:
            await self._submit(client, message, body)
        elif kind == "cancel" and client.order is not None:
            self._cancel(client.order)
        elif kind == "forget" and client.order is not None:
            self.queue.forget(client.order)
            client.order = None
        else:
            raise ProtocolError(f"{kind} makes no sense here")

    async def _submit(self, client: _Client, message: dict[str, Any], body: bytes) -> None:
        order = Order.of(message["order"], protocol.items_from(message["items"], body))
        client.asks = order.tenant
        try:
            items, notes = await asyncio.to_thread(self._expand, order)
            number = self.queue.accept(order, items, self.lanes.lane_of(order))
        except Exception as error:  # noqa: BLE001  # of a course or a gradebook: what, it says
            is_input = isinstance(error, CourseError)
            refused = {"event": "refused", "input": is_input, "say": str(error) or repr(error)}
            client.events.put_nowait((refused, None))
            return
        finally:
            client.asks = None
        client.order = number
        self._served += 1
        for note in notes:
            client.events.put_nowait(({"event": "note", "content": note}, None))
        self._tell_state(client, number)
        if not self.queue.ended(number):
            self._begin(number, order)
            self.lanes.fill()

    def _expand(self, order: Order) -> tuple[list[Item], list[str]]:
        course = self._course(order.tenant)
        if order.gpu:
            self._lender.check(order, course.layout)
        with acting(Actor(*order.actor)):
            return course.expand(order)

    def _tell_state(self, client: _Client, number: int) -> None:
        """Tell a client how far its order is, which perhaps was accepted long ago."""
        waiting = self.queue.waiting(number)
        accepted = {"event": "accepted", "content": len(waiting)}
        client.events.put_nowait((accepted, None))
        for job_id, name, position in waiting:
            queued = {"event": "queued", "job": job_id, "name": name, "content": position}
            client.events.put_nowait((queued, None))
        for job_id, name, result in self.queue.results(number):
            done = {"event": "done", "job": job_id, "name": name, "result": asdict(result)}
            client.events.put_nowait((done, job_id))
        if self.queue.ended(number):
            client.events.put_nowait(({"event": "end", "order": number}, None))

    def _tell(self, number: int, message: dict[str, Any], report_of: int | None = None) -> None:
        for client in self._clients:
            if client.order == number:
                client.events.put_nowait((message, report_of))

    async def _speak(self, client: _Client) -> None:
        """Send a client what it is to hear, as fast as it reads."""
        with contextlib.suppress(OSError):
            while True:
                message, report_of = await client.events.get()
                body = b"" if report_of is None else self.queue.report(report_of)
                client.writer.write(protocol.pack(message, body))
                client.writer.write(body)
                await client.writer.drain()

    def _leave(self, number: int) -> None:
        """End an order whose client is gone, unless what it brings is kept."""
        if not self.queue.order(number).keeps:
            self._cancel(number)

    # -- orders -----------------------------------------------------------------------------------

    def _course(self, tenant: Tenant) -> Course:
        if tenant not in self._courses:

            def say(sentence: str) -> None:
                self._loop.call_soon_threadsafe(self._say, tenant, sentence)

            course = Course(layout_of(tenant), self._isolation, self._open_recorder, say)
            self._courses[tenant] = course
        return self._courses[tenant]

    def _say(self, tenant: Tenant, sentence: str) -> None:
        """Tell who has an order of a course open, or asks for one, what keeps it waiting."""
        for client in self._clients:
            if client.asks == tenant:
                client.events.put_nowait(({"event": "note", "content": sentence}, None))
        for number in self._open:
            if self.queue.order(number).tenant == tenant:
                self._tell(number, {"event": "note", "content": sentence})

    def _begin(self, number: int, order: Order) -> None:
        """Take what an order needs until its end."""
        if number in self._open:
            return
        self._open[number] = contextlib.ExitStack()
        if order.gpu or _is_batch(order):
            self.lanes.hold(number)
            task = asyncio.create_task(self._take(number, order))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take(self, number: int, order: Order) -> None:
        """Lease the order's GPU and look at the gradebook, then let its jobs begin."""
        stack = self._open[number]

        def say(sentence: str) -> None:
            note = {"event": "note", "content": sentence}
            self._loop.call_soon_threadsafe(self._tell, number, note)

        def take() -> None:
            course = self._course(order.tenant)
            if _is_batch(order):
                stack.enter_context(course.batch(order.assignment))
            if order.gpu:
                self._gpus[number] = stack.enter_context(
                    self._lender.lease(order, course.layout, say)
                )

        try:
            await asyncio.to_thread(take)
        except Exception as error:  # noqa: BLE001  # no lease, no gradebook: no job can run
            self._cancel(number, Result(Origin.FAULT, fault=str(error)))
        self.lanes.release(number)

    def _cancel(self, number: int, result: Result = CANCELLED) -> None:
        for job in self.queue.cancel(number, result):
            done = {"event": "done", "job": job.id, "name": job.name, "result": asdict(result)}
            self._tell(number, done)
        self.lanes.cancel(number)
        if self.queue.ended(number):
            self._ended(number)

    def _on_start(self, job: Job) -> None:
        self._tell(job.order_id, {"event": "started", "job": job.id, "name": job.name})

    def _on_done(self, job: Job, answer: Answer, was_last: bool) -> None:
        result = asdict(answer.result)
        done = {"event": "done", "job": job.id, "name": job.name, "result": result}
        self._tell(job.order_id, done, job.id if answer.body else None)
        if was_last:
            self._ended(job.order_id)
        elif answer.stops_order:
            self._cancel(job.order_id, answer.result)

    def _ended(self, number: int) -> None:
        self._tell(number, {"event": "end", "order": number})
        self._gpus.pop(number, None)
        stack = self._open.pop(number, None)
        if stack is not None:
            self._loop.run_in_executor(None, stack.close)

    def _work(self, order: Order, job: Job, run: Run) -> Answer:
        """Do a job; in a thread."""
        gpu = self._gpus.get(job.order_id)
        graphics, device = (None, "") if gpu is None else (gpu.graphics, gpu.device)

        def on_cell(cell: CellReport) -> None:
            content = {
                "exercise": cell.grade_id,
                "points": cell.points,
                "max_points": cell.max_points,
            }
            told = {"event": "cell", "job": job.id, "name": job.name, "content": content}
            self._loop.call_soon_threadsafe(self._tell, job.order_id, told)

        def grade(preparer: Any, prepared: Any, known: Any) -> Report:
            return self.pool.grade(preparer, prepared, known, run, graphics, on_cell)

        with acting(Actor(*order.actor)):
            item = Item(job.name, job.source, job.body)
            return self._course(order.tenant).grade(order, item, grade, device)

    def _status(self) -> dict[str, Any]:
        return {
            "event": "status",
            "pid": os.getpid(),
            "orders": self._served,
            "idle_pairs": len(self.pool),
            "isolation": self._isolation,
            **self.queue.counts(),
            "open": self.queue.open(),
        }


def _is_batch(order: Order) -> bool:
    """Tell whether all of the gradebook's rows are worth reading at once."""
    return order.record and order.priority is Priority.BATCH


async def _read(
    reader: asyncio.StreamReader, *, is_stranger: bool = False
) -> tuple[dict[str, Any], bytes]:
    head = await reader.readexactly(protocol.HEAD_BYTES)
    text, body = protocol.sizes(head, is_stranger=is_stranger)
    return protocol.unpack(await reader.readexactly(text)), await reader.readexactly(body)


@contextlib.contextmanager
def _listening(folder: int) -> Iterator[socket.socket]:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(place.SOCKET, dir_fd=folder)  # in the folder, wherever it lies
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(place.address_in(folder))
        yield listener


def _new_token(folder: int) -> str:
    token = secrets.token_hex(32)
    with os.fdopen(place.open_file(folder, place.TOKEN, os.O_WRONLY | os.O_TRUNC), "w") as file:
        file.write(token)
    return token
