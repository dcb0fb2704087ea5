"""The service's parts in this process, one job after another: no socket, no queue."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from autograder.course import Layout
from autograder.course.manifest import Manifest
from autograder.gradebook.collected import Collected, submission_of, submissions
from autograder.gradebook.recorder import Gradebook
from autograder.grading import Preparer, Report
from autograder.grading.prepare import Prepared
from autograder.grading.report import CellReport
from autograder.service.course import Answer, Course, Grade, OpenRecorder
from autograder.service.pool import Pool, Run
from autograder.service.protocol import Order, Origin, Tenant


class MemoryRecorder:
    """A gradebook in memory; what was submitted lies in the submitted folder."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows: dict[str, Report] = {}
        self.writes: list[str] = []
        self.due: datetime | None = None

    def register(self, manifest: Manifest) -> None:
        """Nothing to register."""

    def collected(self, assignment: str, student: str | None = None) -> list[Collected]:
        """Return what lies there."""
        if student is None:
            return submissions(self.layout, assignment, (self.due, {}))
        found = submission_of(self.layout, student, assignment, (self.due, {}))
        return [] if found is None else [found]

    def decided(self, report: Report) -> Report:
        """Nobody decided anything."""
        return report

    def instead(self, *_what: object, never_lower: bool | None) -> str:
        """Nothing counts instead."""
        return ""

    @contextlib.contextmanager
    def remembering(self, assignment: str) -> Iterator[None]:
        """Nothing to remember."""
        yield

    def is_recorded(self, student_id: str, report: Report, submitted_at: datetime | None) -> bool:
        """Tell whether it is."""
        return self.rows.get(student_id) == report

    def record(
        self, student_id: str, manifest: Manifest, report: Report, submitted_at: datetime | None
    ) -> None:
        """Keep it."""
        self.rows[student_id] = report
        self.writes.append(student_id)

    def is_lost(self, error: Exception) -> bool:
        """It never is."""
        return False

    def settle(self, students: Iterable[str] | None = None, assignment: str = "") -> None:
        """Nobody is late."""

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Ran:
    """What the jobs of one order brought."""

    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Return the faults of ours."""
        results = [answer.result for answer in self.answers.values()]
        return [one.fault for one in results if one.origin is Origin.FAULT]

    @property
    def origins(self) -> dict[str, str]:
        """Return where the results came from."""
        return {name: str(one.result.origin) for name, one in sorted(self.answers.items())}

    def report(self, name: str) -> Report:
        """Return the report of a job."""
        return Report.from_bytes(self.answers[name].body)


def batch_order(layout: Layout, assignment: str, **rest: Any) -> Order:
    """Return the order of `gradlab grade`, with reports."""
    return Order(
        Tenant.of(layout),
        assignment,
        "a test",
        **{"collected": True, "record": True, "with_reports": True, **rest},
    )


def run_order(
    order: Order,
    grade: Grade,
    layout: Layout,
    open_recorder: OpenRecorder = Gradebook,
    on_answer: Callable[[str, Answer], None] = lambda _name, _answer: None,
    isolation: str = "full",
) -> Ran:
    """Do the jobs of an order as the service does; an order that is stopped ends there."""
    ran = Ran()
    course = Course(layout, isolation, open_recorder, lambda _sentence: None)
    with contextlib.closing(course):
        items, _notes = course.expand(order)
        held = course.batch(order.assignment) if order.record else contextlib.nullcontext()
        with held:
            for item in items:
                answer = course.grade(order, item, grade)
                ran.answers[item.name] = answer
                on_answer(item.name, answer)
                if answer.stops_order:
                    break
    return ran


def through(pool: Pool) -> Grade:
    """Return what grades with the pairs of a pool."""

    def grade(preparer: Preparer, prepared: Prepared, known: Mapping[str, CellReport]) -> Report:
        return pool.grade(preparer, prepared, known, Run())

    return grade
