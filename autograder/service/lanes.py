"""What runs when: the jobs of the queue through the slots of two lanes.

A job begins in the lane of short ones, unless most of its assignment's were long of late. After
`SHORT_SECONDS` it goes on in the lane of long ones; when that is full and somebody waits, it is
stopped and waits there. What runs in the lane of long ones gives way on the processors. So endless
loops and training hold up nobody whose job is short.

What it guarantees:

- No more than `slots` jobs run in a lane, and no more of an order than it allows.
- Every job ends once: with an answer, or back in the queue when the service stops.
- All of it is decided in the event loop's thread; jobs run in others.

What it does not do: know what a job is.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from autograder.service.course import Answer
from autograder.service.pool import Run, Stopped
from autograder.service.protocol import Order, Origin, Result
from autograder.service.queue import Job, Lane, Queue

SHORT_SECONDS: Final = 2.0
_REMEMBERED: Final = 9  # jobs of an assignment

Work = Callable[[Order, Job, Run], Answer]


@dataclass(eq=False)
class _Running:
    """A job that runs."""

    job: Job
    order: Order
    run: Run
    lane: Lane
    put_back: Lane | None = None
    cancelled: bool = False

    @property
    def seconds(self) -> float:
        """How long its submission has run; starting servers does not count."""
        return 0.0 if self.run.began is None else time.monotonic() - self.run.began


class Lanes:
    """Runs the jobs of a queue. Made and used in the event loop.

    Args:
        queue: where jobs come from.
        slots: of each lane.
        work: does a job, in a thread.
        on_start: told of each job that begins.
        on_done: told of each job that is done; the second argument: it was its order's last.
        short_seconds: so long may a job run in the lane of short ones.
    """

    def __init__(
        self,
        queue: Queue,
        slots: int,
        work: Work,
        on_start: Callable[[Job], None],
        on_done: Callable[[Job, Answer, bool], None],
        short_seconds: float = SHORT_SECONDS,
    ) -> None:
        self.slots = slots
        self._queue = queue
        self._work = work
        self._on_start = on_start
        self._on_done = on_done
        self._short_seconds = short_seconds
        self._running: dict[int, _Running] = {}
        self._of_order: Counter[int] = Counter()
        self._held: set[int] = set()
        self._durations: dict[tuple[str, str], deque[float]] = {}
        self._threads = ThreadPoolExecutor(2 * slots, thread_name_prefix="gradlab-job")
        self._loop = asyncio.get_running_loop()
        self._is_stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return not self._running

    def lane_of(self, order: Order) -> Lane:
        """Return the lane in which the jobs of an order begin."""
        durations = self._durations.get((order.tenant.home, order.assignment), ())
        is_long = bool(durations) and statistics.median(durations) > self._short_seconds
        return Lane.LONG if is_long else Lane.SHORT

    def hold(self, number: int) -> None:
        """Let no job of an order begin until `release`."""
        self._held.add(number)

    def release(self, number: int) -> None:
        """Let the jobs of an order begin."""
        self._held.discard(number)
        self.fill()

    def fill(self) -> None:
        """Begin what can begin."""
        for lane in Lane:
            while not self._is_stopping and self._used(lane) < self.slots:
                job = self._queue.next(lane, self._blocked())
                if job is None:
                    break
                self._begin(job, lane)
        self._relieve()

    def cancel(self, number: int) -> None:
        """Stop what runs of an order; what waits is the queue's."""
        for one in self._running.values():
            if one.job.order_id == number:
                one.cancelled = True
                one.run.stop()

    async def stop(self) -> None:
        """Stop what runs; it waits in the queue for the next service."""
        self._is_stopping = True
        for one in self._running.values():
            one.put_back = one.lane
            one.run.stop()
        await self._idle.wait()
        self._threads.shutdown()

    def _used(self, lane: Lane) -> int:
        return sum(one.lane is lane for one in self._running.values())

    def _blocked(self) -> set[int]:
        full = {
            number
            for number, count in self._of_order.items()
            if 0 < self._queue.order(number).most <= count
        }
        return self._held | full

    def _begin(self, job: Job, lane: Lane) -> None:
        order = self._queue.order(job.order_id)
        running = _Running(job, order, Run(self._look_later, gives_way=lane is Lane.LONG), lane)
        self._running[job.id] = running
        self._of_order[job.order_id] += 1
        self._idle.clear()
        self._on_start(job)
        future = self._loop.run_in_executor(self._threads, self._work, order, job, running.run)
        future.add_done_callback(lambda done: self._ended(running, done))

    def _look_later(self) -> None:
        """See after a while whether a job that begins now is a long one."""
        self._loop.call_soon_threadsafe(self._loop.call_later, self._short_seconds, self._relieve)

    def _relieve(self) -> None:
        """Let jobs that have run for long leave the lane of short ones."""
        long = [one for one in self._running.values() if one.seconds >= self._short_seconds]
        for one in sorted(long, key=lambda one: one.seconds, reverse=True):
            if one.lane is not Lane.SHORT or one.put_back is not None:
                continue
            if self._used(Lane.LONG) < self.slots:
                one.lane = Lane.LONG
                one.run.give_way()
                self._loop.call_soon(self.fill)
            elif self._queue.waits(Lane.SHORT):
                one.put_back = Lane.LONG
                one.run.stop()

    def _ended(self, running: _Running, done: asyncio.Future[Answer]) -> None:
        job = running.job
        del self._running[job.id]
        self._of_order[job.order_id] -= 1
        if not self._of_order[job.order_id]:
            del self._of_order[job.order_id]
        error = done.exception()
        if error is None:
            self._remember(running)
            self._finish(job, done.result())
        elif running.cancelled:
            self._finish(job, Answer(Result(Origin.CANCELLED)))
        elif isinstance(error, Stopped) and running.put_back is not None:
            self._queue.put_back(job, running.put_back)
        else:
            fault = f"{type(error).__name__}: {error}"
            self._finish(job, Answer(Result(Origin.FAULT, fault=fault)))
        if not self._running:
            self._idle.set()
        self.fill()

    def _finish(self, job: Job, answer: Answer) -> None:
        was_last = self._queue.done(job, answer.result, answer.body)
        self._on_done(job, answer, was_last)

    def _remember(self, running: _Running) -> None:
        if running.run.began is not None:
            name = (running.order.tenant.home, running.order.assignment)
            durations = self._durations.setdefault(name, deque(maxlen=_REMEMBERED))
            durations.append(running.seconds)
