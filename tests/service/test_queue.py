"""The queue on disk: what is accepted is not lost, and who comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.retries import SERVICE_DEATHS
from autograder.service import queue as module
from autograder.service.protocol import Item, Order, Origin, Priority, Result, Source, Tenant
from autograder.service.queue import Lane, Queue, QueueFull

COURSE = Tenant("/course", "/home", "course", "", "sqlite://")
OTHER = Tenant("/other", "/other/home", "other", "", "sqlite://")
GRADED = Result(Origin.GRADED, "k" * 64, 1.0, 2.0, limits_hit=("slow",))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where the queue lies."""
    return str(tmp_path / "queue.db")


@pytest.fixture
def queue(path: str) -> Iterator[Queue]:
    """An empty queue."""
    made = Queue(path)
    yield made
    made.close()


def accept(queue: Queue, *names: str, lane: Lane = Lane.SHORT, **rest: Any) -> int:
    """Accept an order with a job for each name."""
    items = [Item(name, Source.GIVEN, name.encode()) for name in names]
    order = Order(**{"tenant": COURSE, "assignment": "tiny", "why": "", "record": True, **rest})
    return queue.accept(order, items, lane)


def run_all(queue: Queue, lane: Lane = Lane.SHORT) -> list[str]:
    """Do all jobs of a lane; return their names in order."""
    names = []
    while (job := queue.next(lane)) is not None:
        names.append(job.name)
        queue.done(job, GRADED)
    return names


def test_who_is_waited_for_comes_before_batches(queue: Queue) -> None:
    """A hand-in does not wait for a class."""
    accept(queue, "ada", "bob", priority=Priority.BATCH)
    accept(queue, "eve", priority=Priority.WAITED_FOR)
    assert run_all(queue) == ["eve", "ada", "bob"]


def test_open_orders_say_how_far_they_are(queue: Queue) -> None:
    """Of which course and assignment, and how many jobs wait, run and are done; no ended one."""
    accept(queue, "ada", "bob", "eve")
    accept(queue, "zoe", tenant=OTHER, assignment="other", lane=Lane.LONG)
    first = queue.next(Lane.SHORT)
    assert first is not None
    queue.done(first, GRADED)
    queue.next(Lane.SHORT)
    assert queue.open() == [
        {"home": "/home", "assignment": "tiny", "waiting": 1, "running": 1, "done": 1},
        {"home": "/other/home", "assignment": "other", "waiting": 1, "running": 0, "done": 0},
    ]
    run_all(queue, Lane.LONG)
    assert [one["assignment"] for one in queue.open()] == ["tiny"]


def test_it_is_fair_between_students(queue: Queue) -> None:
    """Who hands in five times at once has one turn, then the others have theirs."""
    for _ in range(5):
        accept(queue, "ada")
    for name in ("bob", "eve"):
        accept(queue, name)
    accept(queue, "ada", tenant=OTHER)  # somebody else, in another course
    assert run_all(queue) == ["ada", "bob", "eve", "ada", "ada", "ada", "ada", "ada"]


def test_a_long_batch_of_nobody_does_not_hold_up_a_class(queue: Queue) -> None:
    """An author's proof has many jobs; a class that comes later has its turns in between."""
    accept(queue, "one", "two", "three", priority=Priority.BATCH, record=False)
    first = queue.next(Lane.SHORT)
    assert first is not None
    queue.done(first, GRADED)
    accept(queue, "ada", "bob", priority=Priority.BATCH)
    assert run_all(queue) == ["two", "ada", "bob", "three"]


def test_a_lane_has_its_own_jobs_and_held_orders_wait(queue: Queue) -> None:
    """What is held is passed over, not waited for."""
    long = accept(queue, "long", lane=Lane.LONG)
    held = accept(queue, "held")
    accept(queue, "ada")
    found = queue.next(Lane.SHORT, {held})
    assert found is not None
    assert (found.name, found.body, found.source) == ("ada", b"ada", Source.GIVEN)
    assert queue.next(Lane.SHORT, {held}) is None
    assert queue.waits(Lane.SHORT)
    assert run_all(queue, Lane.LONG) == ["long"]
    assert queue.ended(long)


def test_what_was_accepted_is_there_after_a_kill(queue: Queue, path: str) -> None:
    """With what ran among it; nothing was closed."""
    number = accept(queue, "ada", "bob", "eve")
    done, running = queue.next(Lane.SHORT), queue.next(Lane.SHORT)
    assert done is not None
    assert running is not None
    queue.done(done, GRADED, b"report")
    again = Queue(path)
    assert again.open_orders() == [number]
    assert list(again.results(number)) == [(done.id, "ada", GRADED)]
    assert again.report(done.id) == b"report"
    assert again.order(number).record
    assert run_all(again) == ["bob", "eve"]
    assert again.ended(number)
    again.close()


def test_what_kills_the_service_each_time_is_a_fault(path: str) -> None:
    """It does not end every service that ever starts."""
    for attempt in range(SERVICE_DEATHS + 1):
        queue = Queue(path)
        if attempt == 0:
            number = accept(queue, "ada")
        job = queue.next(Lane.SHORT)
        assert (job is None) == (attempt == SERVICE_DEATHS)
        results = list(queue.results(number))
        queue.close()
    ((_id, _name, result),) = results
    assert (result.origin, "died 3 times" in result.fault) == (Origin.FAULT, True)


def test_a_stop_is_no_death(path: str) -> None:
    """What was put back may be put back for ever."""
    queue = Queue(path)
    accept(queue, "ada")
    for _ in range(2 * SERVICE_DEATHS):
        job = queue.next(Lane.SHORT)
        assert job is not None
        queue.put_back(job, Lane.SHORT)
        queue.close()
        queue = Queue(path)
    assert run_all(queue) == ["ada"]
    queue.close()


def test_an_order_is_accepted_once(queue: Queue) -> None:
    """A client that did not hear the answer asks again and has one order."""
    first = accept(queue, "ada", token="t")
    assert accept(queue, "ada", token="t") == first
    assert run_all(queue) == ["ada"]


def test_cancelling_leaves_what_runs(queue: Queue) -> None:
    """Waiting jobs have their result at once; the order ends with the last."""
    number = accept(queue, "ada", "bob")
    job = queue.next(Lane.SHORT)
    assert job is not None
    assert [one.name for one in queue.cancel(number, Result(Origin.CANCELLED))] == ["bob"]
    assert not queue.ended(number)
    assert queue.done(job, GRADED)
    assert queue.ended(number)
    queue.forget(number)
    assert list(queue.results(number)) == []


def test_an_order_of_nothing_has_ended(queue: Queue) -> None:
    """A class that submitted nothing is not waited for."""
    assert queue.ended(accept(queue))


def test_positions_are_those_of_the_order_of_turns(queue: Queue) -> None:
    """The first in the queue is number one."""
    accept(queue, "ada", "bob", priority=Priority.BATCH)
    number = accept(queue, "eve", priority=Priority.BATCH)
    assert [(name, place) for _id, name, place in queue.waiting(number)] == [("eve", 3)]


def test_it_is_bounded(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many jobs or bytes are refused; when some are done there is room again."""
    monkeypatch.setattr(module, "MOST_JOBS", 2)
    accept(queue, "ada", "bob")
    with pytest.raises(QueueFull, match="2 jobs wait already"):
        accept(queue, "eve")
    run_all(queue)
    accept(queue, "eve")
    monkeypatch.setattr(module, "MOST_BYTES", 5)
    with pytest.raises(QueueFull):
        accept(queue, "zoe")


def test_results_that_nobody_fetches_go(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour; until then they can be fetched."""
    number = accept(queue, "ada")
    run_all(queue)
    queue.tidy()
    assert list(queue.results(number))
    monkeypatch.setattr(module, "KEPT_SECONDS", -1.0)
    queue.tidy()
    assert list(queue.results(number)) == []
