"""500 students submit within a minute: latency, throughput and memory, network against folder.

Both exchanges get the same class through nbgrader's own plug-in interface, from the same process on
the same machine: the network exchange behind a real hub, with its service in a process of its own;
nbgrader's folder directly. Afterwards every receipt is compared with the stored bytes.

    python benchmarks/exchange_load.py                # 500 students in 60 s, then all at once
    python benchmarks/exchange_load.py --students 60 --seconds 10
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import logging
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import default
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).parents[1]))

from gradlab_exchange import ExchangeClient
from gradlab_exchange.student import Submit
from tests.exchange_hub import COURSE, RealHub, release

NOTEBOOK_BYTES = 200_000
LINES = 64  # how many submit at the same instant when all come at once
QUIET = logging.getLogger("exchange_load")


class TokenSubmit(Submit):
    """The plug-in with a token of its own: one process plays all students."""

    token = ""

    def client(self) -> ExchangeClient:
        """Return a connection as that student."""
        return ExchangeClient(str(self.url), self.token, patience_seconds=120.0)


def config_of(home: Path, student: str, assignment: str) -> Config:
    """Return nbgrader's settings on one student's server."""
    config = Config()
    config.CourseDirectory.root = str(home)
    config.CourseDirectory.course_id = COURSE
    config.CourseDirectory.student_id = student
    config.CourseDirectory.assignment_id = assignment
    config.Exchange.assignment_dir = str(home)
    config.Exchange.cache = str(home / "cache")
    return config


def prepare(folder: Path, students: list[str], assignment: str) -> None:
    """Give each student work of their own."""
    for number, student in enumerate(students):
        work = folder / student / assignment
        work.mkdir(parents=True)
        data = random.Random(f"{assignment} {number}").randbytes(NOTEBOOK_BYTES)
        (work / f"{assignment}.ipynb").write_bytes(data)


def run(students: list[str], submit: Callable[[str], None], seconds: float) -> dict[str, Any]:
    """Let everybody submit at drawn moments within `seconds`; return what it took."""
    order = random.Random(1).sample(range(len(students)), len(students))
    latencies: list[float] = []
    begun = time.monotonic()

    def one(place: int) -> None:
        due = begun + seconds * place / len(students)
        time.sleep(max(0.0, due - time.monotonic()))
        start = due if seconds else time.monotonic()  # waiting for a free line counts, too
        submit(students[order[place]])
        latencies.append(time.monotonic() - start)

    with ThreadPoolExecutor(LINES) as pool:
        list(pool.map(one, range(len(students))))
    wall = time.monotonic() - begun
    cuts = quantiles(latencies, n=100)
    return {
        "submissions": len(latencies),
        "wall_seconds": round(wall, 2),
        "per_second": round(len(latencies) / wall, 1),
        "latency_milliseconds": {
            "p50": round(1000 * cuts[49], 1),
            "p95": round(1000 * cuts[94], 1),
            "p99": round(1000 * cuts[98], 1),
            "most": round(1000 * max(latencies), 1),
        },
    }


@contextlib.contextmanager
def watched(process: psutil.Process) -> Iterator[dict[str, float]]:
    """Note the most memory that a process has, and the processor time that it uses."""
    found = {"memory_before": process.memory_info().rss / 1e6, "memory_most": 0.0}
    before = process.cpu_times()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            found["memory_most"] = max(found["memory_most"], process.memory_info().rss / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()
        after = process.cpu_times()
        found["processor_seconds"] = after.user + after.system - before.user - before.system


def network(hub: RealHub, homes: Path, students: list[str], seconds: float, name: str) -> Any:
    """Submit over the network, and compare every receipt with what is stored."""
    release(hub.store().folder, name)
    prepare(homes, students, name)
    tokens = {student: hub.token(student) for student in students}
    receipts: dict[str, Any] = {}

    def submit(student: str) -> None:
        config = config_of(homes / student, student, name)
        plug_in = TokenSubmit(coursedir=CourseDirectory(config=config), config=config, log=QUIET)
        plug_in.url, plug_in.token = hub.url, tokens[student]
        plug_in.start()
        receipts[student] = plug_in.receipt

    _keeper, worker = hub.service()
    with watched(worker) as service:
        figures = run(students, submit, seconds)
    stored = {one.student: one.folder for one in hub.store().submissions(assignment=name)}
    wrong = [
        student
        for student, receipt in receipts.items()
        for file in receipt.files
        if hashlib.sha256((stored[student] / file.path).read_bytes()).hexdigest() != file.sha256
    ]
    return figures | {
        "lost": len(students) - len(stored),
        "receipts_that_differ_from_the_stored_bytes": len(wrong),
        "service": {key: round(value, 1) for key, value in service.items()},
    }


def files(root: Path, homes: Path, students: list[str], seconds: float, name: str) -> Any:
    """Submit into nbgrader's folder."""
    course = root / COURSE
    release(course, name)
    for folder, mode in ((root, 0o777), (course / "inbound", 0o733)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    prepare(homes, students, name)

    def submit(student: str) -> None:
        config = config_of(homes / student, student, name)
        config.Exchange.root = str(root)
        default.ExchangeSubmit(
            coursedir=CourseDirectory(config=config), authenticator=Authenticator(config=config),
            config=config, log=QUIET,
        ).start()  # fmt: skip

    figures = run(students, submit, seconds)
    return figures | {"lost": len(students) - len(list((course / "inbound").iterdir()))}


def main() -> None:
    """Measure both, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    QUIET.addHandler(logging.NullHandler())
    QUIET.propagate = False
    students = [f"student{number:03}" for number in range(given.students)]
    report: dict[str, Any] = {
        "students": given.students, "notebook_bytes": NOTEBOOK_BYTES, "cores": os.cpu_count(),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="gradlab-load-") as folder:
        root = Path(folder)
        (root / "hub").mkdir()
        hub = RealHub(root / "hub", students=tuple(students))
        hub.start()
        try:
            for label, seconds in (("within the time", given.seconds), ("all at once", 0.0)):
                name = label.replace(" ", "_")
                homes = root / name
                report[label] = {
                    "seconds": seconds,
                    "network": network(hub, homes / "network", students, seconds, name),
                    "files": files(
                        root / f"files_{name}", homes / "files", students, seconds, name
                    ),
                }
        finally:
            hub.stop()
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
