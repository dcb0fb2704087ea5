"""The pool of warm pairs, with graders that run nothing and have named faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from autograder.course import Layout
from autograder.course.manifest import Manifest
from autograder.grading import GraderFault, Preparer
from autograder.grading.prepare import Prepared
from autograder.grading.report import Report
from autograder.grading.retries import ATTEMPTS
from autograder.service.pool import Pool, Run, Stopped

from ..batch.conftest import (
    FakeGrader,
    GraderThatFailsOnce,
    GraderThatHangs,
    GraderThatNeverStarts,
    submission,
)


class Counting(Pool):
    """A pool that knows which pairs were made, and which were ended."""

    def __init__(self, kind: type[FakeGrader] = FakeGrader, most: int = 2) -> None:
        self.made: list[FakeGrader] = []
        self.closed: list[FakeGrader] = []

        def make(preparer: Preparer, *_: object) -> FakeGrader:
            grader = kind(preparer)
            grader.close = lambda: self.closed.append(grader)  # type: ignore[method-assign]
            self.made.append(grader)
            return grader

        super().__init__(most, make=make)  # type: ignore[arg-type]


@pytest.fixture
def prepared(preparer: Preparer, manifest: Manifest) -> Prepared:
    """One submission."""
    return preparer.prepare("tiny", submission(manifest, 3))


@pytest.fixture
def pools() -> Iterator[list[Pool]]:
    """Pools that are closed at the end."""
    made: list[Pool] = []
    yield made
    for pool in made:
        pool.close()


def test_a_pair_serves_one_after_another(preparer: Preparer, prepared: Prepared) -> None:
    """Fifty submissions need one pair; it is ended with the pool."""
    pool = Counting()
    for _ in range(50):
        assert pool.grade(preparer, prepared, {}, Run()).key == prepared.keys.report
    assert (len(pool.made), len(pool)) == (1, 1)
    pool.close()
    assert pool.closed == pool.made


def test_a_changed_assignment_meets_no_old_pair(
    preparer: Preparer, prepared: Prepared, layout: Layout
) -> None:
    """Whatever file of it changed, even to the same length at the same time."""
    pool = Counting()
    pool.grade(preparer, prepared, {}, Run())
    check = layout.solutions / "tiny" / "checks" / "test_size.py"
    times = check.stat()
    check.write_text(check.read_text().replace("3", "4"))
    import os

    os.utime(check, ns=(times.st_atime_ns, times.st_mtime_ns))
    pool.grade(preparer, prepared, {}, Run())
    assert len(pool.made) == 2


def test_the_pool_is_bounded(preparer: Preparer, prepared: Prepared) -> None:
    """What has been unused for longest ends first; nothing that is unused for long stays."""
    pool = Counting(most=0)
    pool.grade(preparer, prepared, {}, Run())
    assert len(pool) == 0
    assert pool.closed == pool.made
    pool = Counting(most=1)
    pool.grade(preparer, prepared, {}, Run())
    pool._idle_seconds = -1.0
    pool.tidy()
    assert (len(pool), pool.closed) == (0, pool.made)


def test_a_fault_is_tried_again_with_a_fresh_pair(preparer: Preparer, prepared: Prepared) -> None:
    """A server that dies once costs nothing but time."""
    GraderThatFailsOnce.failures = iter([True])
    pool = Counting(GraderThatFailsOnce)
    assert pool.grade(preparer, prepared, {}, Run()).key == prepared.keys.report
    assert pool.closed == pool.made[:1]


def test_a_fault_that_stays_is_said(preparer: Preparer, prepared: Prepared) -> None:
    """After all attempts; no pair is left."""
    pool = Counting(GraderThatNeverStarts)
    with pytest.raises(GraderFault, match="the servers do not start"):
        pool.grade(preparer, prepared, {}, Run())
    assert len(pool.made) == ATTEMPTS
    assert pool.closed == pool.made


def test_a_lasting_fault_is_tried_once(preparer: Preparer, prepared: Prepared) -> None:
    """What would fail in the same way is not tried again."""

    class Lasting(FakeGrader):
        def run(self, *_: object) -> Report:
            raise GraderFault("the check is too heavy", lasting=True)

    pool = Counting(Lasting)
    with pytest.raises(GraderFault, match="too heavy"):
        pool.grade(preparer, prepared, {}, Run())
    assert len(pool.made) == 1


def test_a_run_is_stopped_from_outside(preparer: Preparer, prepared: Prepared) -> None:
    """It ends at once, neither tried again nor a fault; before it began, too."""
    pool = Counting(GraderThatHangs)
    pool.grade(preparer, prepared, {}, Run())
    run = Run()
    ended: list[BaseException] = []

    def grade() -> None:
        try:
            pool.grade(preparer, prepared, {}, run)
        except Stopped as stopped:
            ended.append(stopped)

    thread = threading.Thread(target=grade)
    thread.start()
    (hanging,) = pool.made
    assert isinstance(hanging, GraderThatHangs)
    hanging.asked.wait(20)
    run.stop()
    thread.join(20)
    assert len(ended) == 1
    assert (len(pool), pool.closed) == (0, pool.made)
    with pytest.raises(Stopped):
        pool.grade(preparer, prepared, {}, run)


def test_a_negative_pool_is_an_error() -> None:
    """It would keep nothing and end nothing."""
    with pytest.raises(ValueError, match="-1 pairs"):
        Pool(-1)


def test_a_pair_that_gave_way_serves_only_what_gives_way(
    preparer: Preparer, prepared: Prepared, pools: list[Pool]
) -> None:
    """What is lowered stays so: nobody who waits gets it."""
    pool = Counting()
    pools.append(pool)
    slow = Run()
    slow.on_begin = slow.give_way
    pool.grade(preparer, prepared, {}, slow)
    assert slow.gives_way
    pool.grade(preparer, prepared, {}, Run())
    assert len(pool.made) == 2
    pool.grade(preparer, prepared, {}, Run(gives_way=True))
    pool.grade(preparer, prepared, {}, Run())
    assert len(pool.made) == 2
