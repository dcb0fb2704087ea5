"""The numbers of the hub for Prometheus: sessions, submissions, grading, GPUs, health, disk.

What it guarantees:

- Numbers come from what is durable (gradebook, log of events, leases), so that they are
  right after a restart and whichever program did the work.
- What cannot be read is left out, and `gradlab_readable` says so; a scrape never fails for it.
- No account's name is in them: labels are courses, assignments, actions, profiles and states.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import create_engine, text

from autograder.course.layout import Layout
from autograder.operations.health import PARTS, Health
from autograder.operations.tail import Key, Tail
from autograder.records import Event, Log

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NO_ACTIONS = (Event.BEGIN, Event.GRADED, Event.FAULT)
_log = logging.getLogger("gradlab.metrics")
_SUBMISSIONS = text(
    "SELECT a.name, count(DISTINCT s.id), count(DISTINCT n.id) FROM assignment a "
    "JOIN submitted_assignment s ON s.assignment_id = a.id "
    "LEFT JOIN submitted_notebook m ON m.assignment_id = s.id "
    "LEFT JOIN grade g ON g.notebook_id = m.id AND g.needs_manual_grade "
    "LEFT JOIN submitted_notebook n ON n.id = g.notebook_id GROUP BY a.name"
)


class Graphics(Protocol):
    """The GPU allocator, as far as it is counted."""

    def devices(self) -> Mapping[Key, int]:
        """Return how many devices there are, by (kind,)."""
        ...

    def leases(self) -> Mapping[Key, int]:
        """Return how many leases there are, by (course, purpose, profile)."""
        ...

    def waiting(self) -> Mapping[Key, int]:
        """Return how many requests wait, by (course, purpose, profile)."""
        ...


class Collector:
    """Collects the numbers at each scrape.

    Args:
        home: the data directory.
        courses: the courses.
        sessions: how many notebook servers there are, by state; `None` while the hub is silent.
        health: what the last look found.
        graphics: the GPU allocator; `None` without one.
    """

    def __init__(
        self,
        home: Path,
        courses: Sequence[Layout],
        sessions: Callable[[], Mapping[str, int] | None],
        health: Callable[[], Health],
        graphics: Graphics | None = None,
    ) -> None:
        self._home = home
        self._courses = tuple(courses)
        self._sessions = sessions
        self._health = health
        self._graphics = graphics
        self._events = {
            one.course_id: [Tail(path, _counted) for path in Log(one.log).paths] for one in courses
        }

    def collect(self) -> Iterable[Metric]:
        """Return all numbers, for prometheus_client."""
        readable = GaugeMetricFamily(
            "gradlab_readable", "Whether a source of numbers could be read.", labels=["source"]
        )
        for name, source in (
            ("health", self._from_health),
            ("sessions", self._from_sessions),
            ("gradebook", self._from_gradebook),
            ("log", self._from_log),
            ("disk", self._from_disk),
            ("gpu", self._from_graphics),
        ):
            try:
                found = list(source())
            except Exception as error:  # noqa: BLE001 (the others are told all the same)
                _log.warning("%s cannot be read: %s", name, error)
                readable.add_metric([name], 0)
                continue
            readable.add_metric([name], 1)
            yield from found
        yield readable

    def _from_health(self) -> Iterator[Metric]:
        health = self._health()
        up = GaugeMetricFamily("gradlab_up", "Whether a part works.", labels=["part"])
        for part in PARTS:
            up.add_metric([part], part not in health.problems)
        yield up

    def _from_sessions(self) -> Iterator[Metric]:
        sessions = self._sessions()
        if sessions is None:
            raise ConnectionError("the hub does not tell")
        yield _gauge("gradlab_sessions", "Notebook servers.", ["state"],
                     {(state,): number for state, number in sessions.items()})  # fmt: skip

    def _from_gradebook(self) -> Iterator[Metric]:
        submitted: dict[Key, float] = {}
        waiting: dict[Key, float] = {}
        for course in self._courses:
            engine = create_engine(course.database_url)
            try:
                with engine.connect() as connection:
                    rows = connection.execute(_SUBMISSIONS).all()
            finally:
                engine.dispose()
            for name, everybody, by_hand in rows:
                submitted[course.course_id, name] = everybody
                waiting[course.course_id, name] = by_hand
        labels = ["course", "assignment"]
        yield _gauge("gradlab_submissions", "Submissions in the gradebook.", labels, submitted)
        yield _gauge(
            "gradlab_submissions_to_grade_by_hand", "Submissions that wait for a person.",
            labels, waiting,
        )  # fmt: skip

    def _from_log(self) -> Iterator[Metric]:
        actions: Counter[Key] = Counter()
        graded: Counter[Key] = Counter()
        newest: dict[Key, float] = {}
        for course, tails in self._events.items():
            for tail in tails:
                tail.look()
                for (event, assignment, outcome), number in tail.counts.items():
                    if event not in _NO_ACTIONS:
                        actions[event, course, assignment] += number
                        when = tail.newest[event, assignment, outcome]
                        seconds = datetime.fromisoformat(when).timestamp()
                        newest[event,] = max(newest.get((event,), 0.0), seconds)
                    if outcome:
                        graded[course, assignment, outcome] += number
        yield _counter("gradlab_actions", "Releases, submissions, collections, grades and so on.",
                       ["action", "course", "assignment"], actions)  # fmt: skip
        yield _gauge("gradlab_last_action_timestamp_seconds", "When something was last done.",
                     ["action"], newest)  # fmt: skip
        yield _counter("gradlab_graded", "Submissions graded, and faults of ours.",
                       ["course", "assignment", "outcome"], graded)  # fmt: skip

    def _from_disk(self) -> Iterator[Metric]:
        free = shutil.disk_usage(self._home).free
        yield _gauge("gradlab_free_bytes", "Space for the data directory.", [], {(): free})

    def _from_graphics(self) -> Iterator[Metric]:
        if self._graphics is None:
            return
        labels = ["course", "purpose", "profile"]
        yield _gauge("gradlab_gpu_devices", "GPUs, slices and shared GPUs.", ["kind"],
                     self._graphics.devices())  # fmt: skip
        yield _gauge("gradlab_gpu_leases", "Devices in use.", labels, self._graphics.leases())
        yield _gauge("gradlab_gpu_queue", "Requests that wait.", labels, self._graphics.waiting())


def rendered(collector: Collector) -> bytes:
    """Return the numbers in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return generate_latest(registry)


def _counted(line: dict[str, Any]) -> Key:
    """Return event, assignment, and how grading ended; empty where nothing was graded."""
    event = str(line["event"] if "event" in line else line["action"])  # the latter: audit trails
    outcome = ("refused" if line.get("refusal") else "graded") if "report" in line else ""
    return event, str(line["assignment"]), "fault" if event == Event.FAULT else outcome


def _gauge(
    name: str, text_: str, labels: list[str], values: Mapping[Key, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text_, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _counter(name: str, text_: str, labels: list[str], values: Counter[Key]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text_, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family
