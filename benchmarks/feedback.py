"""From receipt to verdict: students hand in, are graded at once, and how long that takes.

A class hands in through a real hub's exchange; beside it runs grading on submit. Two in a hundred
hand in an endless loop, two in a hundred train a model (another assignment); the others' answers
are drawn from the assignment's right and wrong cases. Each student's notebook is another one. The
same files are then handed in at a hub without grading on submit, collected, and graded by a batch,
into empty folders: its time is what the last verdict is compared with. Before both the grading
service has graded something of each assignment, as in a class.

    python benchmarks/feedback.py                  # 50 in ten seconds
    python benchmarks/feedback.py 500/60 500/0     # 500 in a minute; 500 at the same instant
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from autograder.course import Layout, load_cases, load_manifest, notebook_bytes, submission_notebook
from autograder.course.cases import instructor_answers
from autograder.feedback.collecting import collect
from autograder.feedback.grader import ACTOR
from autograder.feedback.outcomes import Outcomes
from autograder.service.client import Place, grade
from autograder.service.protocol import Item, Order, Priority, Source, Tenant
from tests.exchange_hub import COURSE, RealHub, content_of, folder_with, release
from tests.tiny_course import CONFIG

ROOT = Path(__file__).parents[1]
USUAL, TRAINING = "recurrent", "gans"
LOOPS, TRAINS = 0.02, 0.02
LOOP = "while True:\n    pass\n"
LINES = 64  # how many hand in at the same instant
GIVE_UP_SECONDS = 1_800.0


@dataclass(frozen=True)
class Work:
    """What one student hands in."""

    student: str
    assignment: str
    data: bytes
    kind: str


def warm(layout: Layout) -> None:
    """Let the grading service grade something of each assignment."""
    for name in (USUAL, TRAINING):
        manifest = load_manifest(layout, name)
        data = notebook_bytes(submission_notebook(manifest, instructor_answers(manifest)))
        names = [f"warm{number}" for number in range(os.cpu_count() or 1)]
        items = [Item(name, Source.GIVEN, data) for name in names]
        for _event in grade(Order(Tenant.of(layout), name, "a benchmark", items)):
            pass


def works(layout: Layout, number: int) -> list[Work]:
    """Return what a class hands in; the same for the same number."""
    draw = random.Random(number)
    manifests = {name: load_manifest(layout, name) for name in (USUAL, TRAINING)}
    cases = [case for case in load_cases(manifests[USUAL]) if case.kind != "hostile"]
    special = draw.sample(range(number), max(2, round(number * (LOOPS + TRAINS))))
    loops = set(special[: max(1, round(number * LOOPS))])
    found = []
    for place in range(number):
        student = f"student{place:03}"
        if place in special and place not in loops:
            name, kind, answers = (
                TRAINING,
                "training",
                dict(instructor_answers(manifests[TRAINING])),
            )
        else:
            name, kind = USUAL, "usual"
            answers = dict(instructor_answers(manifests[USUAL])) | draw.choice(cases).answers
        code = [
            cell.cell_id
            for cell in manifests[name].cells
            if cell.cell_id in answers and cell.cell_type == "code"
        ]
        if place in loops:
            kind = "loop"
            answers[code[0]] = LOOP
        answers[code[-1]] += f"\n# {student}\n"  # nobody's report is another's
        notebook = notebook_bytes(submission_notebook(manifests[name], answers))
        found.append(Work(student, name, notebook, kind))
    return found


def course_in(folder: Path) -> None:
    """Make the course that is handed in for; no pauses, for everybody hands in once."""
    for name in (USUAL, TRAINING):
        shutil.copytree(ROOT / "solutions" / name, folder / "solutions" / name)
    (folder / "nbgrader_config.py").write_text(CONFIG)


@contextmanager
def hub_with(folder: Path, students: Sequence[str], *, grades: bool) -> Iterator[RealHub]:
    """Run a hub with the course."""
    folder.mkdir()
    settings = {"requests_each": 100_000}
    hub = RealHub(folder, settings, students=tuple(students), grades=grades)
    course_in(hub.layout(COURSE).root)
    hub.start()
    try:
        for name in (USUAL, TRAINING):
            release(hub.store().folder, name)
        yield hub
    finally:
        hub.stop()


def hand_in(hub: RealHub, folder: Path, given: Sequence[Work], seconds: float) -> dict[str, float]:
    """Let everybody hand in within `seconds`; return when each had the receipt."""
    clients = {one.student: hub.client(one.student, patience_seconds=300.0) for one in given}
    folders = {
        one.student: folder_with(folder / one.student, {f"{one.assignment}.ipynb": one.data})
        for one in given
    }
    order = random.Random(1).sample(list(given), len(given))
    received: dict[str, float] = {}
    begun = time.time()

    def one(place: int) -> None:
        work = order[place]
        time.sleep(max(0.0, begun + seconds * place / len(order) - time.time()))
        with content_of(folders[work.student]) as content:
            clients[work.student].submit(COURSE, work.assignment, content)
        received[work.student] = time.time()

    with ThreadPoolExecutor(LINES) as pool:
        list(pool.map(one, range(len(order))))
    received["begun"] = begun
    return received


def verdicts(layout: Layout, given: Sequence[Work], stop: threading.Event) -> dict[str, float]:
    """Wait for all verdicts; return when each was there."""
    outcomes = Outcomes(layout.attempts)
    waiting = {one.student: one for one in given}
    found: dict[str, float] = {}
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while waiting and time.monotonic() < give_up and not stop.is_set():
        time.sleep(0.2)
        for student, work in list(waiting.items()):
            history = outcomes.read(student, work.assignment)
            graded = [one.graded_at for one in history.outcomes.values() if one.key]
            if graded:
                found[student] = graded[0]
                del waiting[student]
    return found


def batch(hub: RealHub, given: Sequence[Work]) -> dict[str, float]:
    """Collect and grade what was handed in, as staff do; return what it took."""
    layout, store = hub.layout(COURSE), hub.store()
    begun = time.monotonic()
    for name in (USUAL, TRAINING):
        for submission in store.submissions(assignment=name):
            collect(layout, store, submission, ACTOR)
    collected = time.monotonic()
    graded = 0
    for name in sorted({one.assignment for one in given}):
        order = Order(
            Tenant.of(layout), name, "a benchmark", collected=True, record=True,
            priority=Priority.BATCH,
        )  # fmt: skip
        for event in grade(order):
            graded += bool(event.kind == "done" and event.result and event.result.is_graded)
    return {
        "collect_seconds": collected - begun,
        "grade_seconds": time.monotonic() - collected,
        "graded": graded,
    }


def scenario(root: Path, number: int, seconds: float) -> dict[str, Any]:
    """Measure one class."""
    root.mkdir()
    course_in(root / "course")
    given = works(Layout(root / "course", root / "none"), number)
    students = [one.student for one in given]
    with hub_with(root / "on_submit", students, grades=True) as hub:
        warm(hub.layout(COURSE))
        received = hand_in(hub, root / "homes", given, seconds)
        graded = verdicts(hub.layout(COURSE), given, threading.Event())
    latencies = {one.student: graded[one.student] - received[one.student] for one in given
                 if one.student in graded}  # fmt: skip
    last = max(graded.values()) - received["begun"]
    with hub_with(root / "batch", students, grades=False) as hub:
        warm(hub.layout(COURSE))
        again = hand_in(hub, root / "homes_again", given, 0.0)
        handed_in = max(again.values()) - again["begun"]
        by_batch = batch(hub, given)
    in_all = handed_in + by_batch["collect_seconds"] + by_batch["grade_seconds"]
    usual = sorted(latencies[one.student] for one in given
                   if one.kind == "usual" and one.student in latencies)  # fmt: skip
    return {
        "students": number,
        "seconds": seconds,
        "kinds": {kind: sum(one.kind == kind for one in given)
                  for kind in ("usual", "loop", "training")},
        "failures": number - len(graded),
        "receipt_to_verdict_seconds": figures(list(latencies.values())),
        "of_usual_ones": figures(usual),
        "last_verdict_after_first_hand_in_seconds": round(last, 2),
        "batch_of_the_same": {
            "hand_in_seconds": round(handed_in, 2),
            **{name: round(value, 2) for name, value in by_batch.items()},
            "in_all_seconds": round(in_all, 2),
        },
        "ratio_to_hand_in_plus_batch": round(last / in_all, 3),
    }  # fmt: skip


def figures(latencies: Sequence[float]) -> dict[str, float]:
    """Return percentiles."""
    cuts = quantiles(latencies, n=100, method="inclusive")  # else some exceed the most
    return {
        "p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3),
        "most": round(max(latencies), 3),
    }  # fmt: skip


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "scenarios", nargs="*", default=["50/10"], help="students/seconds, such as 500/60"
    )
    given = parser.parse_args()
    report: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(prefix="gradlab-feedback-") as folder:
        os.environ["GRADLAB_SERVICE"] = str(Path(folder, "service"))
        Place().connect().close()  # warm, as under `gradlab serve`
        report["scenarios"] = []
        for text in given.scenarios:
            number, _, seconds = text.partition("/")
            root = Path(folder, f"s{len(report['scenarios'])}")
            report["scenarios"].append(scenario(root, int(number), float(seconds)))
    report["load_after"] = os.getloadavg()[0]
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
