"""Faults of ours, injected: whatever dies and whenever, running again gives the same grades.

The class is graded in this process by the real engine; its nursery outlives a batch, so that a
hundred batches do not import torch a hundred times. A few runs kill the whole command instead.

Longer than other modules: all of them compare with the same undisturbed run.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

import autograder.service.pool
from autograder.batch import elsewhere
from autograder.batch.clusters import ClusterKind, ClusterSettings, cluster_client
from autograder.course import Layout
from autograder.gradebook import GradebookError, GradebookWriter
from autograder.grading import Preparer, Refusal
from autograder.grading.grader import Grader
from autograder.grading.isolation import isolation_level
from autograder.grading.store import ReportStore
from autograder.sandbox import Nursery
from autograder.service.client import Place
from autograder.service.protocol import Order, Tenant

from ..postgres_server import PostgresServer
from .course import (
    ASSIGNMENT,
    STUDENTS,
    Ran,
    logged_keys,
    make_course,
    outcome,
    report_keys,
    run_batch,
    with_fresh_home,
)

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = [
    ("sqlite", 40),
    ("postgresql", 20),
    pytest.param("sqlite", 110, marks=pytest.mark.proof),
]
WORKER_KILLS = 12
STUDENT_KILLS = 2  # in one batch: a submission that is killed three times is held to do it itself
COMMAND_KILLS = 8
FULL_DISKS = 6
DATABASE_FAULTS = 6


class KeptNursery(Nursery):
    """A nursery that outlives the batches that use it."""

    def close(self) -> None:
        """Leave it running; `end` ends it."""

    def end(self) -> None:
        """End it."""
        super().close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[KeptNursery]:
    """One warm nursery for all batches."""
    nursery = KeptNursery()
    nursery.start()
    yield nursery
    nursery.end()


@pytest.fixture
def keep_nursery(nursery: KeptNursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every batch use it."""
    monkeypatch.setattr(autograder.service.pool, "Nursery", lambda: nursery)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The tiny course with its class."""
    return make_course(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def preparer(layout: Layout) -> Preparer:
    """Reads its submissions."""
    return Preparer(layout, isolation_level())


@pytest.fixture(scope="module")
def undisturbed(
    layout: Layout,
    preparer: Preparer,
    nursery: KeptNursery,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What a run leaves behind that nothing disturbs."""
    calm = with_fresh_home(layout, tmp_path_factory.mktemp("calm") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autograder.service.pool, "Nursery", lambda: nursery)
        assert run_batch(calm, preparer).faults == []
    left = outcome(calm)
    assert len(left["submissions"]) == STUDENTS
    assert sum(name.endswith(".ipynb") for name in left["notebooks"]) == STUDENTS
    assert len({row[2] for row in left["grades"]}) > 1  # right and wrong ones
    assert any("could not be read" in row[2] for row in left["comments"] if row[2])
    return left


def finish(layout: Layout, preparer: Preparer, undisturbed: dict[str, Any]) -> None:
    """Run again and assert that nothing shows what happened before."""
    assert run_batch(layout, preparer).faults == []
    assert_same(layout, undisturbed)


def assert_same(layout: Layout, undisturbed: dict[str, Any]) -> None:
    """Assert that all that was left behind is what an undisturbed run leaves."""
    left = outcome(layout)
    for part, value in undisturbed.items():
        assert left[part] == value, part
    assert report_keys(layout) <= logged_keys(layout)
    assert not list(layout.home.rglob(".*.part*"))  # of files that were never finished


class Killer:
    """Kills random processes of the engine at random moments, and remembers which."""

    def __init__(self, seed: int, kills: int) -> None:
        self.killed: Counter[str] = Counter()
        self._rng = random.Random(seed)
        self._hunted = ("student", "branch")[seed % 2]
        self._left = kills
        # one killer in four: starting the nursery again costs seconds
        self._nursery_after = self._rng.randrange(kills // 2) if seed % 4 == 1 else kills
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while self._left and not self._stop.wait(self._rng.uniform(0.0, 0.02)):
            found = engine_processes()
            if self.killed["nursery"] or self.killed.total() < self._nursery_after:
                found.pop("nursery", None)
            if not found or ("student" not in found and self._rng.random() < 0.97):
                continue  # mostly while a submission runs: servers take long to start
            hunted = found.get(self._hunted)
            for confined in ("student", "branch"):
                found.pop(confined, None)
            if "nursery" in found:
                kind = "nursery"
            elif self.killed[self._hunted] == STUDENT_KILLS:
                kind = self._rng.choice([*sorted(found), ""])
            elif hunted:
                found[self._hunted] = hunted
                kind = self._hunted
            else:  # most often wait: a branch lives for a few milliseconds only
                kind = self._rng.choice([*sorted(found), *[""] * 20])
            if not kind:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):
                self._rng.choice(found[kind]).kill()
                self.killed[kind] += 1
                self._left -= 1


def engine_processes() -> dict[str, list[psutil.Process]]:
    """Return the processes below this one by what they are."""
    found: dict[str, list[psutil.Process]] = {}
    here = psutil.Process()
    nurseries: set[int] = set()
    for process in here.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, OSError):
            if process.ppid() == here.pid:
                if "autograder.sandbox.zygote" not in " ".join(process.cmdline()):
                    continue
                nurseries.add(process.pid)
                kind = "nursery"
            else:
                kind = _kind(numbers(process.pid), process.ppid() in nurseries)
            found.setdefault(kind, []).append(process)
    found.pop("", None)
    return found


def _kind(in_namespaces: list[int], of_the_nursery: bool) -> str:
    if len(in_namespaces) == 1:
        return "trusted server or supervisor" if of_the_nursery else "check process or builder"
    if len(in_namespaces) == 2:
        return "student server"
    return "student" if in_namespaces[-1] == 1 else "branch"


def numbers(pid: int) -> list[int]:
    """Return the process's number in every pid namespace that it is in, ours first."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Make the address of an empty gradebook of the kind that the test's parameter names."""
    if request.param == "sqlite":
        return lambda: ""
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database


@pytest.mark.usefixtures("keep_nursery")
@pytest.mark.parametrize(("new_database", "kills"), KILLS, indirect=["new_database"])
def test_killed_processes_change_no_grade(
    layout: Layout,
    preparer: Preparer,
    undisturbed: dict[str, Any],
    new_database: Callable[[], str],
    kills: int,
    tmp_path: Path,
) -> None:
    """Nursery, servers, students, their branches, check processes: killed at any moment."""
    killed: Counter[str] = Counter()
    number = 0
    while killed.total() < kills:
        number += 1
        again = with_fresh_home(layout, tmp_path / f"home{number}", new_database())
        with Killer(number, kills=12) as killer:
            run_batch(again, preparer)
        killed += killer.killed
        finish(again, preparer, undisturbed)
        assert number < kills
    expected = {"student", "branch", "student server", "check process or builder"}
    expected |= {"nursery", "trusted server or supervisor"} if kills > 100 else set()
    assert set(killed) >= expected


def test_killed_dask_workers_change_no_grade(
    layout: Layout, preparer: Preparer, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """Workers elsewhere and whatever runs below them: killed at any moment, some batches over."""
    rng = random.Random(7)
    killed: Counter[str] = Counter()
    number = 0
    while killed.total() < WORKER_KILLS:
        number += 1
        again = with_fresh_home(layout, tmp_path / f"home{number}")
        # a cluster for each turn: dask gives a worker up that is killed while it starts
        with cluster_client(ClusterKind.LOCAL, 2, ClusterSettings()) as client:
            client.wait_for_workers(2)
            moments = set(rng.sample(range(1, STUDENTS), 4))
            done = 0

            def kill(_result: object) -> None:
                nonlocal done
                done += 1
                if done in moments:  # noqa: B023 - called in this turn of the loop only
                    pids = client.run(os.getpid, on_error="ignore").values()
                    with contextlib.suppress(psutil.NoSuchProcess):
                        workers = [psutil.Process(pid) for pid in pids]
                        below = [one for each in workers for one in each.children(recursive=True)]
                        victim = rng.choice(below if below and done % 2 else workers)
                        victim.kill()
                        killed["worker" if victim in workers else "below a worker"] += 1

            def through_dask(on_result: Callable[[object], None]) -> list[str]:
                order = Order(Tenant.of(again), ASSIGNMENT, "a test", collected=True, record=True)  # noqa: B023
                faults = []
                for event in elsewhere.grade(order, lambda: nullcontext(client), 600.0, print):
                    if event.kind == "done":
                        on_result(event)
                        assert event.result is not None
                        faults += [event.result.fault] if event.result.fault else []
                return faults

            through_dask(kill)
            assert through_dask(lambda _result: None) == []
            assert_same(again, undisturbed)
            assert number < WORKER_KILLS
    assert set(killed) == {"worker", "below a worker"}


@pytest.mark.usefixtures("keep_nursery")
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("number", range(FULL_DISKS))
def test_a_full_disk_changes_no_grade(
    layout: Layout, preparer: Preparer, undisturbed: dict[str, Any], tmp_path: Path, number: int
) -> None:
    """The batch ends with an error, and when there is room again all is as ever."""
    home = tmp_path / "home"
    home.mkdir()
    options = ["-t", "tmpfs", "-o", "size=16m", "tmpfs"]
    subprocess.run(["mount", *options, str(home)], check=True)
    try:
        again = with_fresh_home(layout, home)
        left = random.Random(number).randrange(4_096, 700_000)  # a whole run needs about 800 kB
        fill(home / "ballast", left)
        assert fails(lambda: run_batch(again, preparer))
        (home / "ballast").unlink()
        finish(again, preparer, undisturbed)
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def fill(path: Path, left: int) -> None:
    """Fill the disk but for some bytes."""
    status = os.statvfs(path.parent)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - left)


def fails(action: Callable[[], Ran]) -> str:
    """Return what failed of a batch, nothing when nothing did."""
    try:
        return " ".join(action().faults)
    except (OSError, GradebookError) as error:
        return str(error)


@pytest.mark.usefixtures("keep_nursery")
@pytest.mark.parametrize("number", range(DATABASE_FAULTS))
def test_a_database_that_is_gone_for_a_while_changes_no_grade(
    layout: Layout, preparer: Preparer, undisturbed: dict[str, Any], tmp_path: Path, number: int
) -> None:
    """Moved away in the middle of a batch, and back, or lost for good: all is as ever."""
    again = with_fresh_home(layout, tmp_path / "home")
    files = [again.home / f"gradebook.db{suffix}" for suffix in ("", "-wal", "-shm")]
    away = tmp_path / "away"
    away.mkdir()
    moment = random.Random(number).randrange(1, STUDENTS)
    count = 0

    def lose(_result: object) -> None:
        nonlocal count
        count += 1
        if count == moment:
            for file in files:
                if file.exists():
                    file.rename(away / file.name)

    fails(lambda: run_batch(again, preparer, lose))
    if number % 2:
        for file in files:
            file.unlink(missing_ok=True)
            if (away / file.name).exists():
                (away / file.name).rename(file)
    finish(again, preparer, undisturbed)


@pytest.mark.usefixtures("keep_nursery")
@pytest.mark.parametrize("comes_back", ["at once", "later"])
@pytest.mark.parametrize("number", range(3))
def test_a_database_server_that_crashes_changes_no_grade(
    layout: Layout,
    preparer: Preparer,
    undisturbed: dict[str, Any],
    postgres_server: PostgresServer,
    tmp_path: Path,
    number: int,
    comes_back: str,
) -> None:
    """PostgreSQL ends in mid-batch as by a power cut, and starts again: all is as ever."""
    again = with_fresh_home(layout, tmp_path / "home", postgres_server.new_database())
    moment = random.Random(number).randrange(1, STUDENTS - 1)
    count = 0

    def crash(_result: object) -> None:
        nonlocal count
        count += 1
        if count == moment:
            postgres_server.stop()
            if comes_back == "at once":
                postgres_server.start()

    try:
        error = fails(lambda: run_batch(again, preparer, crash))
    finally:
        if comes_back == "later":
            postgres_server.start()
    assert count >= moment
    if comes_back == "later":
        assert error.startswith("the gradebook")
        assert "run again" in error
    finish(again, preparer, undisturbed)


@pytest.mark.usefixtures("keep_nursery")
@pytest.mark.parametrize("number", range(2))
def test_a_locked_database_changes_no_grade(
    layout: Layout, preparer: Preparer, undisturbed: dict[str, Any], tmp_path: Path, number: int
) -> None:
    """Somebody else holds it for longer than we wait: an error, and later all is as ever."""
    again = with_fresh_home(layout, tmp_path / "home")
    said: list[str] = []
    holders: list[sqlite3.Connection] = []

    def hold(_result: object) -> None:
        if not holders:
            holder = sqlite3.connect(again.home / "gradebook.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            holders.append(holder)

    error = fails(lambda: run_batch(again, preparer, hold, say=said.append, patience_seconds=3))
    assert "the gradebook" in error
    assert said
    holders[0].close()
    finish(again, preparer, undisturbed)


def feedback(layout: Layout) -> dict[str, bytes]:
    """Return what `nbgrader generate_feedback` makes for the class."""
    command = [str(Path(sys.executable).parent / "nbgrader"), "generate_feedback", ASSIGNMENT]
    (layout.root / "nbgrader_config.py").write_bytes((ROOT / "nbgrader_config.py").read_bytes())
    done = subprocess.run(
        command, cwd=layout.root, env=environment(layout), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    pages = layout.feedback.glob(f"*/{ASSIGNMENT}/*.html")
    return {str(page.relative_to(layout.feedback)): page.read_bytes() for page in pages}


def environment(layout: Layout) -> dict[str, str]:
    """Return the environment of a command on the course."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GRADLAB_")}
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept['PATH']}"
    return kept | {"GRADLAB_COURSE": str(layout.root), "GRADLAB_HOME": str(layout.home)}


def test_a_killed_service_changes_no_grade(
    layout: Layout,
    preparer: Preparer,
    undisturbed: dict[str, Any],
    nursery: KeptNursery,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The service is killed at eight moments of `gradlab grade`, the last between two grades.

    The command goes on with the next service. What students read in the end is compared as well.
    """
    monkeypatch.setattr(autograder.service.pool, "Nursery", lambda: nursery)
    calm = with_fresh_home(layout, tmp_path / "calm")
    run_batch(calm, preparer)
    pages = feedback(calm)
    assert len(pages) == STUDENTS
    for number in range(COMMAND_KILLS):
        again = with_fresh_home(layout, tmp_path / f"home{number}")
        program = str(Path(sys.executable).parent / "gradlab")
        command = [program, "grade", ASSIGNMENT, "--jobs", "1", "--json"]
        with subprocess.Popen(command, env=environment(again), stdout=subprocess.PIPE) as running:
            wait_for_grades(again, running, number)
            answer = Place().ask("status")
            if answer is not None:
                service = psutil.Process(answer["pid"])
                below = service.children(recursive=True)
                service.kill()
                gone, alive = psutil.wait_procs(below, timeout=30)
                assert alive == [], gone
            assert running.communicate(timeout=120)[0]
        assert running.returncode == 0
        assert_same(again, undisturbed)
        assert feedback(again) == pages, number


def wait_for_grades(layout: Layout, running: subprocess.Popen[bytes], number: int) -> None:
    """Wait until so many autograded notebooks lie there, or the command has ended."""
    end = time.monotonic() + 120
    while running.poll() is None and time.monotonic() < end:
        if number == 0 and (layout.home / "gradebook.db").exists():
            return  # while it is being made
        if 0 < number <= len(list(layout.autograded.glob("*/*/*.ipynb"))):
            return
        threading.Event().wait(0.002)


@pytest.mark.usefixtures("keep_nursery")
def test_a_grade_that_was_recorded_has_a_line_in_the_log(
    layout: Layout, preparer: Preparer, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """Stopped directly after recording, the line is there; nothing would add it later."""

    class Stopped(BaseException):
        """Stands for a kill."""

    again = with_fresh_home(layout, tmp_path / "home")

    def stop(*_: object, **__: object) -> None:
        raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GradebookWriter, "record", record_then(stop))
        with contextlib.suppress(Stopped):
            run_batch(again, preparer)
    finish(again, preparer, undisturbed)


def record_then(stop: Callable[[], None]) -> Callable[..., None]:
    """Return a recorder's method that records and is stopped at once."""

    def record(writer: GradebookWriter, *arguments: Any) -> None:
        writer.write(*arguments)
        stop()

    return record


@pytest.mark.usefixtures("keep_nursery")
def test_a_stored_report_can_be_graded_again_to_the_byte(
    layout: Layout, preparer: Preparer, nursery: KeptNursery, tmp_path: Path
) -> None:
    """What lies under a key is what grading gives, with other processes and in another order."""
    again = with_fresh_home(layout, tmp_path / "home")
    run_batch(again, preparer)
    stored = ReportStore(again.graded)
    with Grader(preparer, [ASSIGNMENT], nursery) as grader:
        for path in sorted(again.submitted.glob("*/*/*.ipynb"), reverse=True):
            prepared = preparer.prepare(ASSIGNMENT, path.read_bytes())
            if isinstance(prepared, Refusal):
                report = preparer.refusal_report(prepared)
            else:
                report = grader.run(prepared)
            assert stored.report_bytes(report.key) == report.to_bytes()
