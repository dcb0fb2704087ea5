"""The exchange in this process with a clock that tests set, and behind a real hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.handin.exchange import Exchange
from autograder.handin.identity import Caller
from autograder.handin.settings import ExchangeSettings
from autograder.handin.storage import CourseStore

from ..exchange_hub import COURSE, OTHER, RealHub, release

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
STUDENTS = (
    "alice",
    "bob",
    "dave",
    *(f"student{number:03}" for number in range(60)),
    *(f"desk{n}" for n in range(10)),
)


class SetClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def stores(tmp_path: Path) -> dict[str, CourseStore]:
    """Return two courses with the assignment `tiny`."""
    found = {}
    for course in (COURSE, OTHER):
        folder = tmp_path / "exchange" / course
        release(folder)
        found[course] = CourseStore(course, folder, tmp_path / f"{course}.jsonl")
    return found


@pytest.fixture
def exchange(stores: dict[str, CourseStore], clock: SetClock) -> Exchange:
    return Exchange(stores, ExchangeSettings(), clock)


@pytest.fixture
def alice() -> Caller:
    return Caller("alice", frozenset({f"nbgrader-{COURSE}"}))


@pytest.fixture
def bob() -> Caller:
    return Caller("bob", frozenset({f"nbgrader-{COURSE}"}))


@pytest.fixture
def tom() -> Caller:
    """Return a TA."""
    return Caller("tom", frozenset({f"nbgrader-{COURSE}", f"formgrade-{COURSE}"}))


@pytest.fixture
def ines() -> Caller:
    """Return an instructor."""
    groups = (f"{kind}-{COURSE}" for kind in ("nbgrader", "formgrade", "instructor"))
    return Caller("ines", frozenset(groups))


@pytest.fixture(scope="session")
def real_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    hub = RealHub(tmp_path_factory.mktemp("hub"), {"submission_bytes": 3_000_000}, STUDENTS)
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()
