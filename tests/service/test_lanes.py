"""What runs when: short and long jobs, of work that ends when it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autograder.service.course import Answer
from autograder.service.lanes import Lanes
from autograder.service.pool import Run
from autograder.service.protocol import Item, Order, Origin, Result, Source, Tenant
from autograder.service.queue import Job, Lane, Queue

COURSE = Tenant("/course", "/home", "course", "", "sqlite://")
DONE = Answer(Result(Origin.GRADED))


class Works:
    """Jobs that run for as long as their name says."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.gave_way: list[str] = []
        self.let_go = threading.Event()

    def __call__(self, order: Order, job: Job, run: Run) -> Answer:
        """Do a job."""
        self.begun.append(job.name)
        run.begin()
        if job.name.startswith("endless"):
            ended = threading.Event()
            if run.gives_way:
                self.gave_way.append(job.name)
            given = partial(self.gave_way.append, job.name)
            run._grader = _Ending(ended.set, given)  # type: ignore[assignment]
            while not (ended.wait(0.002) or self.let_go.is_set()):
                pass
            if ended.is_set():
                self.stopped.append(job.name)
                run.check()
        if job.name == "broken":
            raise KeyError("broken")
        return DONE


@dataclass
class _Ending:
    """What a run asks of its pair."""

    kill: Callable[[], None]
    give_way: Callable[[], None]


class Scene:
    """Lanes with a queue, inside an event loop."""

    def __init__(self, path: Path, slots: int, short_seconds: float) -> None:
        self.queue = Queue(str(path))
        self.works = Works()
        self.results: dict[str, Origin] = {}
        self.running: set[str] = set()
        self.most = 0
        self.changed = asyncio.Event()
        self.lanes = Lanes(
            self.queue, slots, self.works, self._on_start, self._on_done, short_seconds
        )

    def order(self, *names: str, assignment: str = "tiny", **rest: Any) -> int:
        """Accept an order and let it begin."""
        order = Order(COURSE, assignment, "a test", **rest)
        items = [Item(name, Source.GIVEN) for name in names]
        number = self.queue.accept(order, items, self.lanes.lane_of(order))
        self.lanes.fill()
        return number

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that jobs bring about."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110  # threads bring it about
                await asyncio.sleep(0.002)

    def _on_start(self, job: Job) -> None:
        self.running.add(job.name)
        self.most = max(self.most, len(self.running))

    def _on_done(self, job: Job, answer: Answer, was_last: bool) -> None:
        self.running.discard(job.name)
        self.results[job.name] = answer.result.origin


def play(tmp_path: Path, slots: int, short_seconds: float, scene: Callable[[Scene], Any]) -> Scene:
    """Run a scene to its end; nothing of it runs on."""

    async def run() -> Scene:
        made = Scene(tmp_path / "queue.db", slots, short_seconds)
        try:
            await scene(made)
        finally:
            made.works.let_go.set()
            await made.lanes.stop()
            made.queue.close()
        return made

    return asyncio.run(run())


def test_no_more_run_than_there_are_slots(tmp_path: Path) -> None:
    """Every job ends once, whatever their number."""
    names = [str(number) for number in range(40)]

    async def scene(on: Scene) -> None:
        on.order(*names)
        await on.until(lambda: len(on.results) == 40)

    made = play(tmp_path, 2, 10.0, scene)
    assert made.most <= 2
    assert sorted(made.works.begun) == sorted(names)


def test_an_order_has_no_more_than_it_asked_for(tmp_path: Path) -> None:
    """The other slots are for others."""

    async def scene(on: Scene) -> None:
        on.order("endless-1", "endless-2", most=1)
        await on.until(lambda: on.works.begun == ["endless-1"])
        on.order("short")
        await on.until(lambda: "short" in on.results)
        assert on.works.begun == ["endless-1", "short"]

    play(tmp_path, 3, 100.0, scene)


@pytest.mark.parametrize("endless", [2, 5])
def test_endless_loops_hold_up_no_class(tmp_path: Path, endless: int) -> None:
    """As many as there are slots go on in the other lane; what is more waits there."""

    async def scene(on: Scene) -> None:
        on.order(*(f"endless-{number}" for number in range(endless)))
        on.order(*"abcdefgh")
        await on.until(lambda: len(on.results) == 8)
        assert not any(name.startswith("endless") for name in on.results)
        on.works.let_go.set()
        await on.until(lambda: len(on.results) == 8 + endless)

    made = play(tmp_path, 2, 0.02, scene)
    assert set(made.results.values()) == {Origin.GRADED}
    assert len(made.works.stopped) >= endless - 4


def test_what_runs_long_is_left_alone_when_nobody_waits(tmp_path: Path) -> None:
    """Stopping it would only lose what it has done."""

    async def scene(on: Scene) -> None:
        on.order("endless-1", "endless-2")
        await on.until(lambda: len(on.works.begun) == 2)
        await asyncio.sleep(0.1)

    assert play(tmp_path, 1, 0.01, scene).works.stopped.count("endless-1") <= 1


def test_an_assignment_of_long_jobs_begins_in_their_lane(tmp_path: Path) -> None:
    """So that a batch of them is not begun twice each; and in it they give way to short ones."""

    async def scene(on: Scene) -> None:
        on.order("endless-1")
        await asyncio.sleep(0.05)
        on.works.let_go.set()
        await on.until(lambda: len(on.results) == 1)
        order = Order(COURSE, "tiny", "a test")
        assert on.lanes.lane_of(order) is Lane.LONG
        assert on.lanes.lane_of(Order(COURSE, "other", "a test")) is Lane.SHORT
        assert on.works.gave_way == ["endless-1"]
        on.order("endless-2", "other")
        await on.until(lambda: len(on.results) == 3)
        assert on.works.gave_way == ["endless-1", "endless-2"]

    play(tmp_path, 1, 0.02, scene)


def test_cancelling_stops_what_runs_and_nothing_else(tmp_path: Path) -> None:
    """The cancelled order's jobs say so; another order's go on."""

    async def scene(on: Scene) -> None:
        number = on.order("endless-1")
        on.order("endless-2")
        await on.until(lambda: len(on.works.begun) == 2)
        on.queue.cancel(number, Result(Origin.CANCELLED))
        on.lanes.cancel(number)
        await on.until(lambda: "endless-1" in on.results)
        assert on.results == {"endless-1": Origin.CANCELLED}

    play(tmp_path, 2, 100.0, scene)


def test_a_stop_puts_back_what_runs(tmp_path: Path) -> None:
    """The next service begins it again; a held order begins when it is let go."""

    async def scene(on: Scene) -> None:
        held = on.queue.accept(Order(COURSE, "t", ""), [Item("held", Source.GIVEN)], Lane.SHORT)
        on.lanes.hold(held)
        on.order("endless-1")
        await on.until(lambda: on.works.begun == ["endless-1"])
        on.lanes.release(held)
        await on.until(lambda: "held" in on.results)
        await on.lanes.stop()
        assert on.queue.counts() == {"waiting": 1, "running": 0, "done": 1}

    assert play(tmp_path, 2, 100.0, scene).results == {"held": Origin.GRADED}


def test_a_mistake_of_ours_is_a_fault_of_that_job(tmp_path: Path) -> None:
    """The lane goes on."""

    async def scene(on: Scene) -> None:
        on.order("broken", "whole")
        await on.until(lambda: len(on.results) == 2)

    made = play(tmp_path, 1, 10.0, scene)
    assert made.results == {"broken": Origin.FAULT, "whole": Origin.GRADED}
